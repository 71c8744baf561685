import { type Deployer, type ObservedRevision, PackError, type WorkerStatus, type Workers } from '@greentic/sdk';

const PHASES = {
  defined: 'staged',
  starting: 'starting',
  running: 'ready',
  stopping: 'draining',
  failed: 'failed',
} as const;

function observed(revision: string, worker: WorkerStatus | undefined): ObservedRevision {
  if (worker === undefined) return { revision, phase: 'absent', endpoint: null, message: '' };
  const phase = PHASES[worker.phase];
  return { revision, phase, endpoint: phase === 'ready' ? worker.endpoint : null, message: worker.message };
}

/** A correct deployer over the host's workers. */
export function referenceDeployer(workers: Workers): Deployer {
  const find = async (revision: string) =>
    (await workers.list()).workers.find((worker) => worker.revision === revision);
  const known = async (revision: string) => {
    const worker = await find(revision);
    if (worker === undefined) throw new PackError('deploy/revision-unknown', `${revision} was never staged.`);
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
      return { revisions: await Promise.all(revisions.map(async (each) => observed(each, await find(each)))) };
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
        const { phase } = await known(revision);
        if (weightBps > 0 && phase !== 'running') throw new PackError('deploy/not-ready', `${revision} is ${phase}.`);
      }
      return {};
    },
    async destroy() {
      for (const { revision } of (await workers.list()).workers) await workers.remove({ revision });
      return {};
    },
  };
}
