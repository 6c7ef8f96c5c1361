/** @collab/client: a Yjs provider that says truthfully what is saved. */

export {
  type CredentialOptions,
  Credentials,
  isSamePerson,
  type TokenProvider,
} from "./credentials.ts";
export * from "./documents.ts";
export { Emitter, type Listener } from "./events.ts";
export * from "./history.ts";
export { type EditStore, type Edits, IndexedDbStore, type KeptEdits } from "./keeper.ts";
export { CollabProvider, type ProviderEvents, type ProviderOptions } from "./provider.ts";
export { ApiError, type RestOptions } from "./rest.ts";
export * from "./sharing.ts";
export type { Refusal, SaveState, Status } from "./state.ts";
export {
  type Connection,
  type ConnectionListener,
  type ConnectionOptions,
  SocketConnection,
} from "./transport.ts";
export type { Answer, Auth, ErrorCode, Role, User, WireError } from "./wire.ts";
