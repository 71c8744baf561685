import { definePack, PackError } from '@greentic/sdk';
import { openPlatform } from './platform.ts';

/** The contract, method by method; how the platform is told is platform.ts. */
export default definePack('deployer', {
  open(context) {
    const platform = openPlatform(context.workers);
    const assertKnown = async (revision: string) => {
      const shown = (await platform.inspect()).get(revision);
      if (shown === undefined) throw new PackError('deploy/revision-unknown', `Revision ${revision} was never staged.`);
      return shown;
    };
    return {
      async stage({ revision }) {
        await platform.create(revision);
        return {};
      },
      async warm({ revision }) {
        await assertKnown(revision);
        await platform.start(revision);
        return {};
      },
      async observe({ revisions }) {
        const shown = await platform.inspect();
        const absent = (revision: string) => ({
          revision,
          phase: 'absent' as const,
          endpoint: null,
          message: 'Not known here.',
        });
        return { revisions: revisions.map((revision) => shown.get(revision) ?? absent(revision)) };
      },
      async drain({ revision }) {
        await assertKnown(revision);
        await platform.stop(revision);
        return {};
      },
      async archive({ revision }) {
        if ((await platform.inspect()).has(revision)) await platform.remove(revision);
        return {};
      },
      async applySplit({ entries }) {
        for (const { revision, weightBps } of entries) {
          const { phase } = await assertKnown(revision);
          if (weightBps > 0 && phase !== 'ready')
            throw new PackError('deploy/not-ready', `Revision ${revision} is ${phase}.`);
        }
        return {};
      },
      async destroy() {
        for (const revision of (await platform.inspect()).keys()) await platform.remove(revision);
        return {};
      },
    };
  },
});
