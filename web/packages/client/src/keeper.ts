/** Edits the server has not acknowledged, kept on this device until it has. */

/** A stretch of editing as it is kept. */
export interface Edits {
  readonly epoch: number;
  /** Whose they are (`owners.ts`); null if that is not known. */
  readonly owner: string | null;
  /** When they were kept, in milliseconds since 1970. */
  readonly at: number;
  /** One Yjs update; it may build on what only the server has. */
  readonly update: Uint8Array;
}

export interface KeptEdits extends Edits {
  readonly key: number;
}

/** Where unsaved edits outlive the page. */
export interface EditStore {
  /** Return everything kept for a document, whosever it is, oldest first. */
  load(scope: string): Promise<readonly KeptEdits[]>;
  /** Keep edits; returns the key to forget them by. */
  keep(scope: string, edits: Edits): Promise<number>;
  forget(keys: readonly number[]): Promise<void>;
  /** Let go of what is held open; a later use opens it again. */
  close?(): void;
}

const DATABASE = "collab-unsaved-edits";
const STORE = "edits";
const BY_SCOPE = "scope";

/** What was kept before edits had owners lacks `owner` and `at`. */
type Row = Omit<Edits, "owner" | "at"> & Partial<Edits> & { readonly scope: string };

/** The browser's own database. Rejects where there is none, or where the browser forbids it. */
export class IndexedDbStore implements EditStore {
  #database: Promise<IDBDatabase> | undefined;

  async load(scope: string): Promise<readonly KeptEdits[]> {
    const store = (await this.#open()).transaction(STORE).objectStore(STORE);
    const index = store.index(BY_SCOPE);
    const [keys, rows] = await Promise.all([
      finished(index.getAllKeys(scope)),
      finished<Row[]>(index.getAll(scope)),
    ]);
    return rows.map(({ epoch, update, owner = null, at = 0 }, i) => {
      return { key: Number(keys[i]), epoch, owner, at, update };
    });
  }

  async keep(scope: string, edits: Edits): Promise<number> {
    const transaction = (await this.#open()).transaction(STORE, "readwrite");
    const row: Row = { scope, ...edits };
    const key = finished(transaction.objectStore(STORE).add(row));
    await committed(transaction);
    return Number(await key);
  }

  async forget(keys: readonly number[]): Promise<void> {
    const store = (await this.#open()).transaction(STORE, "readwrite").objectStore(STORE);
    await Promise.all(keys.map((key) => finished(store.delete(key))));
  }

  close(): void {
    // What was begun before ends first; a database that never opened needs no closing.
    void this.#database?.then(
      (database) => database.close(),
      () => {},
    );
    this.#database = undefined;
  }

  #open(): Promise<IDBDatabase> {
    this.#database ??= openDatabase().then((database) => {
      // Another page wants a newer form of it, or the browser has closed it.
      database.onversionchange = () => this.close();
      database.onclose = () => this.close();
      return database;
    });
    return this.#database;
  }
}

/** What no store would take: it lasts as long as the page, which asks before it is closed. */
class PageStore {
  readonly #rows = new Map<number, KeptEdits & { readonly scope: string }>();
  /** The keys of databases are positive. */
  #key = 0;

  /** Return what is kept for a document, oldest first. */
  load(scope: string): readonly KeptEdits[] {
    return [...this.#rows.values()].filter((row) => row.scope === scope);
  }

  /** Keep edits; returns the key to forget them by. */
  keep(scope: string, edits: Edits): number {
    this.#key -= 1;
    this.#rows.set(this.#key, { scope, key: this.#key, ...edits });
    globalThis.addEventListener?.("beforeunload", stay);
    return this.#key;
  }

  forget(keys: readonly number[]): void {
    for (const key of keys) this.#rows.delete(key);
    if (this.#rows.size === 0) globalThis.removeEventListener?.("beforeunload", stay);
  }
}

const stay = (event: Event) => event.preventDefault();

/** The one of this page. */
export const pageStore = new PageStore();

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
