/** One stay of an element in one document: from its opening to its end. */

import type { CollabProvider } from "@collab/client";
import { connections, type Lease } from "./connections.ts";
import type { CollabEditorEventMap, EventName } from "./events.ts";
import type { Reader } from "./formats.ts";
import type { Destination, Settings } from "./settings.ts";
import type { Shell } from "./shell.ts";
import { Stage } from "./stage.ts";
import { noToken, type Trouble, unreachable } from "./words.ts";

/** What a visit asks of its element. */
export interface VisitHost {
  readonly shell: Shell;
  emit<E extends EventName>(name: E, detail: CollabEditorEventMap[E]["detail"]): void;
  /** The text came, changed or went: forms want to know. */
  changed(): void;
  /** Say to whoever made the page what is wrong. */
  hint(trouble: Trouble): void;
  /** Open the document anew. */
  reopen(): void;
}

/** A server, or a token, may be away this long before it is spoken of. */
const PATIENCE_MS = 2_000;

export class Visit {
  readonly #host: VisitHost;
  readonly #lease: Lease;
  readonly #stage: Stage;
  readonly #leave: (() => void)[] = [];
  #settings: Settings;
  #told = "";
  #present = "";
  #isReady = false;
  /** Whether the document was here before what comes now. */
  #wasLoaded: boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: VisitHost, { identity, document }: Destination, settings: Settings) {
    this.#host = host;
    this.#settings = settings;
    this.#lease = connections.lease(identity, document, () => host.reopen());
    this.#wasLoaded = this.provider.loaded;
    this.#stage = new Stage(host.shell, this.#lease, settings, {
      opened: () => this.#opened(),
      failed: (trouble) => this.#failed(trouble),
      reopen: () => this.#lease.discard(),
    });
  }

  /** Hear the document from now on, and tell how it stands; the element knows its visit by now. */
  begin(): void {
    const { provider } = this;
    this.#listen(provider);
    this.#tellStatus(provider);
    this.#tellPresence(provider);
  }

  get settings(): Settings {
    return this.#settings;
  }

  get provider(): CollabProvider {
    return this.#lease.provider;
  }

  get stage(): Stage {
    return this.#stage;
  }

  /** What the document says; null as long as it has not come. */
  get reader(): Reader | null {
    return this.provider.loaded ? this.#stage.reader : null;
  }

  /** Follow what changed and needs no new beginning. */
  update(settings: Settings, { identity }: Destination): void {
    this.#settings = settings;
    this.#lease.want(identity);
    this.#stage.update(settings);
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const leave of this.#leave.splice(0)) leave();
    this.#stage.destroy();
    this.#lease.release();
  }

  #listen(provider: CollabProvider): void {
    const tell = () => this.#tellStatus(provider);
    const changed = (_: Uint8Array, origin: unknown) => {
      // What comes in with the document is no change of it; what is written while offline is one.
      if (!this.#wasLoaded) return;
      this.#host.changed();
      this.#host.emit("change", { origin: origin === provider ? "remote" : "local" });
    };
    provider.doc.on("update", changed);
    this.#leave.push(
      () => provider.doc.off("update", changed),
      provider.on("status", tell),
      provider.on("saveState", tell),
      provider.on("synced", () => {
        this.#wasLoaded = provider.loaded;
        this.#host.changed();
      }),
      provider.on("editable", () => this.#host.changed()),
      provider.on("saved", () => this.#host.emit("saved", {})),
      provider.on("users", () => this.#tellPresence(provider)),
      provider.on("error", ({ code, message }) => this.#host.emit("error", { code, message })),
    );
  }

  #tellPresence({ users }: CollabProvider): void {
    const present = users
      .map(({ id, name, color, role }) => [id, name, color, role].join())
      .join("\n");
    if (present === this.#present) return;
    this.#present = present;
    this.#host.emit("presence", { users });
  }

  #tellStatus({ status, saveState }: CollabProvider): void {
    const { kind, unsaved } = saveState;
    const told = `${status} ${kind} ${unsaved}`;
    if (told === this.#told) return;
    this.#told = told;
    this.#host.emit("status", { status, saveState: kind, unsaved });
    if (status === "offline") {
      this.#timer ??= setTimeout(() => this.#tellWhy(), PATIENCE_MS);
      return;
    }
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** It may be the page's function for tokens that fails, and not the server. */
  #tellWhy(): void {
    const { credentials, provider, server } = this.#lease;
    if (credentials.failure) this.#failed(noToken(String(credentials.failure)));
    else if (!provider.loaded) this.#failed(unreachable(server));
  }

  #opened(): void {
    this.#host.changed();
    const { document, role, user } = this.provider;
    if (this.#isReady || !role || !user) return;
    this.#isReady = true;
    this.#host.emit("ready", { document, role, user });
  }

  #failed(trouble: Trouble): void {
    this.#host.hint(trouble);
    this.#host.emit("error", { code: trouble.code, message: trouble.message });
  }
}
