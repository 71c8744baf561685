import { type Deployer, definePack, type ObservedRevision, PackError, type WorkerStatus } from '@greentic/sdk';

/** Revisions as processes of this machine: the supervisor keeps and runs them, this pack says which. */
export default definePack('deployer', {
  open(context): Deployer {
    const { workers } = context;
    const find = async (revision: string) => {
      const all = await workers.list();
      return all.workers.find((worker) => worker.revision === revision);
    };
    const known = async (revision: string) => {
      const worker = await find(revision);
      if (worker === undefined)
        throw new PackError('deploy/revision-unknown', `Revision ${revision} was never staged here.`);
      return worker;
    };
    return {
      async stage({ revision: { environment: _environment, ...spec } }) {
        await workers.define(spec);
        return {};
      },
      async warm({ revision }) {
        await known(revision);
        await workers.start({ revision });
        return {};
      },
      async observe({ revisions }) {
        const { workers: all } = await workers.list();
        return { revisions: revisions.map((revision) => observedOf(revision, all)) };
      },
      async drain({ revision }) {
        await known(revision);
        await workers.stop({ revision });
        return {};
      },
      async archive({ revision }) {
        if ((await find(revision)) !== undefined) await workers.remove({ revision });
        return {};
      },
      async applySplit({ entries }) {
        for (const { revision, weightBps } of entries) {
          const worker = await known(revision);
          if (weightBps > 0 && worker.phase !== 'running') {
            throw new PackError('deploy/not-ready', `Revision ${revision} is ${worker.phase}; it cannot take traffic.`);
          }
        }
        return {};
      },
      async destroy() {
        const { workers: all } = await workers.list();
        for (const { revision } of all) await workers.remove({ revision });
        return {};
      },
    };
  },
});

const PHASES = {
  defined: 'staged',
  starting: 'starting',
  running: 'ready',
  stopping: 'draining',
  failed: 'failed',
} as const;

function observedOf(revision: string, all: readonly WorkerStatus[]): ObservedRevision {
  const worker = all.find((candidate) => candidate.revision === revision);
  if (worker === undefined) return { revision, phase: 'absent', endpoint: null, message: 'Not known here.' };
  const phase = PHASES[worker.phase];
  const answers = phase === 'ready' || phase === 'draining';
  return { revision, phase, endpoint: answers ? worker.endpoint : null, message: worker.message };
}
