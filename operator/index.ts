export { Actor, type Authorise, type Intent, localActor, onlyActor } from './actor.ts';
export type { Decision, Snapshot } from './decision.ts';
export type { AuditEvent } from './store/audit-event.ts';
export type { AuditHead } from './store/audit-log.ts';
export type {
  Change,
  Creation,
  EnvironmentStore,
  ListedEnvironment,
  Outcome,
  Refusal,
} from './store/environment-store.ts';
export { environmentFolder, type FileStoreOptions, openFileStore } from './store/file-store.ts';
export { type AddDeployment, addDeployment, removeDeployment } from './verbs/deployments.ts';
export { type BindPack, bindPack, type NewLock, removePack } from './verbs/env-packs.ts';
export { type CreateEnvironment, createEnvironment } from './verbs/environments.ts';
export { assertEnvironment } from './verbs/invariant.ts';
export {
  archive,
  drain,
  type Moved,
  markFailed,
  markInactive,
  markReady,
  markWarming,
  restage,
  stageRevision,
} from './verbs/revisions.ts';
export { clearTraffic, type Dial, rollbackTraffic, setTraffic } from './verbs/traffic.ts';
export { setTrustRoot } from './verbs/trust-roots.ts';
