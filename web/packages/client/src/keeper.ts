/** Edits the server has not acknowledged, kept on this device until it has. */

/** One kept stretch of editing. */
export interface KeptEdits {
  readonly key: number;
  readonly epoch: number;
  /** One Yjs update; it may build on what only the server has. */
  readonly update: Uint8Array;
}

/** Where unsaved edits outlive the page. */
export interface EditStore {
  /** Return everything kept for a document, oldest first. */
  load(scope: string): Promise<readonly KeptEdits[]>;
  /** Keep an update; returns the key to forget it by. */
  keep(scope: string, epoch: number, update: Uint8Array): Promise<number>;
  forget(keys: readonly number[]): Promise<void>;
}

const DATABASE = "collab-unsaved-edits";
const STORE = "edits";
const BY_SCOPE = "scope";

interface Row {
  scope: string;
  epoch: number;
  update: Uint8Array;
}

/** The browser's own database. Rejects where the browser forbids it (some private windows). */
export class IndexedDbStore implements EditStore {
  #database: Promise<IDBDatabase> | undefined;

  async load(scope: string): Promise<readonly KeptEdits[]> {
    const store = (await this.#open()).transaction(STORE).objectStore(STORE);
    const index = store.index(BY_SCOPE);
    const [keys, rows] = await Promise.all([
      finished(index.getAllKeys(scope)),
      finished<Row[]>(index.getAll(scope)),
    ]);
    return rows.map(({ epoch, update }, i) => ({ key: Number(keys[i]), epoch, update }));
  }

  async keep(scope: string, epoch: number, update: Uint8Array): Promise<number> {
    const transaction = (await this.#open()).transaction(STORE, "readwrite");
    const row: Row = { scope, epoch, update };
    const key = finished(transaction.objectStore(STORE).add(row));
    await committed(transaction);
    return Number(await key);
  }

  async forget(keys: readonly number[]): Promise<void> {
    const store = (await this.#open()).transaction(STORE, "readwrite").objectStore(STORE);
    await Promise.all(keys.map((key) => finished(store.delete(key))));
  }

  #open(): Promise<IDBDatabase> {
    this.#database ??= openDatabase();
    return this.#database;
  }
}

function openDatabase(): Promise<IDBDatabase> {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => {
    const store = opening.result.createObjectStore(STORE, { autoIncrement: true });
    store.createIndex(BY_SCOPE, "scope");
  };
  return finished(opening);
}

function finished<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}
