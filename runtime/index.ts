// router

export { signRevisionToken } from './router/revision-token.ts';
export { createRouter, type Router, type RouterEvent, type RouterLimits, type RouterOptions } from './router/server.ts';
export type { Pins } from './router/session-pin.ts';
export type { CookieKeys, SigningKey } from './router/signing-key.ts';
export type { DeploymentStats, RouterStats } from './router/stats.ts';
export type { IgnoredCount, RevisionCount } from './router/tally.ts';

// worker, supervisor and control

export { type Control, type ControlHandlers, type ControlOptions, createControl } from './control/control.ts';
export { type ControlClient, connectControl } from './control/control-client.ts';
export { controlPath } from './control/control-path.ts';
export { ServeStatus, type WitnessOrder } from './control/control-route.ts';
export { acquireServeLock, type ServeLock } from './control/serve-lock.ts';
export { openRunFolder, runFolder } from './supervisor/run-folder.ts';
export { createSupervisor, type Supervisor, type SupervisorOptions } from './supervisor/supervisor.ts';
export type { WorkerFacts } from './supervisor/tenancy.ts';
export type { OnCall } from './supervisor/worker-call.ts';
export type { WorkerLine } from './supervisor/worker-line.ts';
export type { WorkerTimes } from './supervisor/worker-ports.ts';
export { type ExpectedWorker, type Observation, observeWorker } from './witness.ts';
export type { BundleBytes } from './worker/bundle-bytes.ts';
