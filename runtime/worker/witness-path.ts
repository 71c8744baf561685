/** Where a worker process says who it is; the router never lets anyone in from outside. */
export const WITNESS_PATH = '/.well-known/greentic/worker';
