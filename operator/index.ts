export { Actor, type Authorise, type Intent, localActor, onlyActor } from './actor.ts';
export type { Decision, Snapshot } from './decision.ts';
export { type AskedPermission, type Assessment, assess, examine } from './packs/assessment.ts';
export { EnvironmentPacks, openArtifact, type PackPorts } from './packs/environment-packs.ts';
export { type Forecast, forecast } from './packs/forecast.ts';
export { nextEnd } from './packs/holding.ts';
export {
  addPack,
  type InstallOrder,
  type InstallPorts,
  install,
  type PackOrder,
  removePack,
  trustRootOf,
  whyBound,
} from './packs/installation.ts';
export { isMore, type PermissionChange } from './packs/permission-diff.ts';
export { checkRevocations, type RevocationCheck, type RevocationPorts } from './packs/revocations.ts';
export { rollbackPack } from './packs/rollback.ts';
export { planUpdate, type UpdateConsent, type UpdateOrder, type UpdatePlan, updatePack } from './packs/update.ts';
export { type DeployOrder, deploy } from './rollout/deploy.ts';
export { clearDial, type DialGuard, rollbackDial, turnDial } from './rollout/dial.ts';
export type { RolloutPorts, Runtime } from './rollout/ports.ts';
export { archive, drain } from './rollout/retirement.ts';
export { type StageOrder, stage } from './rollout/staging.ts';
export { warm } from './rollout/warming.ts';
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
export { type CreateEnvironment, createEnvironment } from './verbs/environments.ts';
export type { Moved } from './verbs/revisions.ts';
export { endOverride, overrideRevocation } from './verbs/revocations.ts';
export type { Dial } from './verbs/traffic.ts';
export { type NewTrustRoot, setTrustRoot } from './verbs/trust-roots.ts';
