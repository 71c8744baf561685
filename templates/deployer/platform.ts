import type { ObservedRevision, RevisionSpec, Workers } from '@greentic/sdk';

/** What a deployer has to be able to do on a platform. Each order may be given twice and has the effect of one. */
export interface Platform {
  create(spec: RevisionSpec): Promise<void>;
  start(revision: string): Promise<void>;
  stop(revision: string): Promise<void>;
  remove(revision: string): Promise<void>;
  /** What the platform shows now, of everything this pack made. */
  inspect(): Promise<Map<string, ObservedRevision>>;
}

const PHASES = {
  defined: 'staged',
  starting: 'starting',
  running: 'ready',
  stopping: 'draining',
  failed: 'failed',
} as const;

/** The platform of this template: worker processes under the host's supervisor. */
export function openPlatform(workers: Workers): Platform {
  return {
    async create({ environment: _environment, ...spec }) {
      await workers.define(spec);
    },
    async start(revision) {
      await workers.start({ revision });
    },
    async stop(revision) {
      await workers.stop({ revision });
    },
    async remove(revision) {
      await workers.remove({ revision });
    },
    async inspect() {
      const shown = await workers.list();
      const entries = shown.workers.map(({ revision, phase, endpoint, message }): [string, ObservedRevision] => {
        return [revision, { revision, phase: PHASES[phase], endpoint: phase === 'running' ? endpoint : null, message }];
      });
      return new Map(entries);
    },
  };
}
