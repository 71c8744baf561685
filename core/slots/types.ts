export type * from './context.ts';
export type * from './deployer.ts';
export type * from './secrets.ts';
export type * from './sessions.ts';
export type * from './state.ts';
export type * from './telemetry.ts';
export type * from './worker.ts';
