// router

export { signRevisionToken } from './router/revision-token.ts';
export { createRouter, type Router, type RouterEvent, type RouterLimits, type RouterOptions } from './router/server.ts';
export type { Pins } from './router/session-pin.ts';
export type { CookieKeys, SigningKey } from './router/signing-key.ts';
export type { DeploymentStats, RouterStats } from './router/stats.ts';
export type { IgnoredCount, RevisionCount } from './router/tally.ts';
