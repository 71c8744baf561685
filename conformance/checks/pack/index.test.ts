import { PackError, type SlotMethods, type SlotName } from '@greentic/sdk';
import { describe, expect, test } from 'vitest';
import { memoryState } from '../../mutants/state/broken-store.ts';
import { conclude, type Lapse } from '../../testing/lapse-trial.ts';
import type { ManifestChanges } from '../../testing/mutant-pack.ts';

const SLOTS = ['secrets', 'state', 'sessions', 'telemetry', 'deployer'] as const;

/** A lapse of a pack of one slot, with what the kit has to say of it. */
type Row = [lapse: string, slot: SlotName, finding: string | RegExp, make: Lapse<never>, changes?: ManifestChanges];

function row<S extends SlotName>(
  lapse: string,
  slot: S,
  finding: string | RegExp,
  make: Lapse<S>,
  changes: ManifestChanges = {},
): Row {
  return [lapse, slot, finding, make as unknown as Lapse<never>, changes];
}

function tryRows(id: string, rows: readonly Row[]): void {
  test.each(SLOTS)('passes a %s pack that keeps its contract', async (slot) => {
    expect(await conclude(slot, id)).toMatchObject({ result: 'pass' });
  });

  test.concurrent.each(rows)('fails a pack that %s (%s)', async (_lapse, slot, finding, make, changes) => {
    const { result, message } = await conclude(slot, id, make as unknown as Lapse<typeof slot>, changes);
    const said = typeof finding === 'string' ? expect.stringContaining(finding) : expect.stringMatching(finding);
    expect({ result, message }).toEqual({ result: 'fail', message: said });
  });
}

/** Answers one method’s refusals with another error. */
function refusing<S extends SlotName>(
  method: keyof SlotMethods[S],
  report: (input: Record<string, unknown>) => Error | Record<string, unknown>,
): Lapse<S> {
  return (reference) => {
    const call = reference[method] as (input: unknown) => Promise<unknown>;
    const changed = (input: Record<string, unknown>) =>
      call(input).catch(() => {
        const answer = report(input);
        if (answer instanceof Error) throw answer;
        return answer;
      });
    return { [method]: changed } as Partial<SlotMethods[S]>;
  };
}

describe('PCK-02', () => {
  const everywhere = SLOTS.map((slot) =>
    row(
      'declares what the contract does not know',
      slot,
      'The list of declared features that the contract does not know is ["time-travel"], not [].',
      () => ({}),
      { features: slot === 'sessions' ? ['durable', 'time-travel'] : ['time-travel'] },
    ),
  );

  tryRows('PCK-02', [
    ...everywhere,
    row('declares what only another slot has', 'state', 'contract does not know is ["durable"]', () => ({}), {
      features: ['durable'],
    }),
    row(
      'changes what it keeps when it is looked at',
      'state',
      'What there is after the refused calls is',
      (reference, { context }) => ({
        get: async (input) => {
          const { version } = await context.kv('data').commit({ writes: [{ key: 'read', value: 'once more' }] });
          await context.kv('data').commit({ writes: [{ key: 'read', value: `at ${version}` }] });
          return await reference.get(input);
        },
      }),
    ),
    row(
      'shows something else each time',
      'sessions',
      'What there is after the refused calls is',
      (_reference, { memory }) => ({
        lookup: async () => {
          memory.set('looks', Number(memory.get('looks') ?? 0) + 1);
          return { revision: `desk.acme.${String(memory.get('looks'))}` };
        },
      }),
    ),
    row(
      'starts what it only has to show',
      'deployer',
      'What there is after the refused calls is',
      (reference, { context, memory }) => ({
        observe: async (input) => {
          // The first look changes nothing yet.
          if (memory.has('looked')) for (const revision of input.revisions) await context.workers.start({ revision });
          memory.set('looked', true);
          const { revisions } = await reference.observe(input);
          return { revisions: revisions.map((each) => ({ ...each, phase: 'staged', endpoint: null })) };
        },
      }),
    ),
  ]);
});

describe('PCK-06', () => {
  tryRows('PCK-06', [
    row('keeps entries in memory', 'state', /^What the pack shows after kill 1 is \{"entry":null\}, not /, memoryState),
    row('keeps secrets in memory', 'secrets', 'The pack gave secret/not-found', (reference) => {
      const known = new Set<string>();
      return {
        put: (input) => {
          known.add(input.name);
          return reference.put(input);
        },
        get: async (input) => {
          if (!known.has(input.name)) throw new PackError('secret/not-found', 'There is no such secret.');
          return await reference.get(input);
        },
      };
    }),
    row('numbers its processes', 'state', 'What the pack shows after kill 2 is', (reference, { process }) => ({
      get: async (input) => {
        const { entry } = await reference.get(input);
        return { entry: entry && { ...entry, revision: process > 2 ? process : 1 } };
      },
    })),
    row(
      'forgets what it staged',
      'deployer',
      /^What the pack shows after kill 1 is .*"absent"/,
      (reference, { process }) => ({
        observe: async (input) => {
          const { revisions } = await reference.observe(input);
          return { revisions: revisions.map((each) => (process > 1 ? { ...each, phase: 'absent' } : each)) };
        },
      }),
    ),
    row(
      'does not open a second time',
      'telemetry',
      'The pack gave pack/failed: The lock is held.',
      (reference, { process }) => ({
        flush: async () => {
          if (process > 1) throw new Error('The lock is held.');
          return await reference.flush({});
        },
      }),
    ),
  ]);

  test('lets pins and records go with the process: their contracts promise no more', async () => {
    const forgetful: Lapse<'sessions'> = (reference, { process }) => ({
      lookup: async (input) => (process > 1 ? { revision: null } : await reference.lookup(input)),
    });
    expect(await conclude('sessions', 'PCK-06', forgetful)).toMatchObject({ result: 'pass' });
  });

  test('lets a deployer word its messages anew: they are for people', async () => {
    const talkative: Lapse<'deployer'> = (reference, { process }) => ({
      observe: async (input) => {
        const { revisions } = await reference.observe(input);
        return { revisions: revisions.map((each) => ({ ...each, message: `process ${process}` })) };
      },
    });
    expect(await conclude('deployer', 'PCK-06', talkative)).toMatchObject({ result: 'pass' });
  });
});

describe('PCK-09', () => {
  const told = 'tells the value it was given.';
  const console = 'The pack’s console lines tell a value it was given.';

  tryRows('PCK-09', [
    row(
      'takes a mistake for a call',
      'state',
      'A mistaken put was not refused with state/conflict or kv/quota',
      refusing('put', () => ({ revision: 9 })),
    ),
    row(
      'deletes by mistake',
      'state',
      'A mistaken delete was not refused with state/conflict',
      refusing('delete', () => ({ deleted: false })),
    ),
    row(
      'has a code of another contract',
      'state',
      'A mistaken put was refused with pack/failed (No. (secret/version-conflict)), not with state/conflict or kv/quota.',
      refusing('put', () => new PackError('secret/version-conflict', 'No.')),
    ),
    row(
      'has no code at all',
      'secrets',
      'A mistaken get was refused with pack/failed (No.)',
      refusing('get', () => new Error('No.')),
    ),
    row(
      'has a code nobody knows',
      'deployer',
      'A mistaken warm was refused with pack/failed',
      refusing('warm', () => new PackError('oops', 'No.')),
    ),
    row(
      'takes a known id for a success',
      'deployer',
      'A mistaken stage was not refused with deploy/revision-conflict',
      refusing('stage', () => ({})),
    ),
    row(
      'drains what is not there',
      'deployer',
      'A mistaken drain was not refused',
      refusing('drain', () => ({})),
    ),
    row(
      'tells the value in its message',
      'state',
      `The error of put ${told}`,
      refusing('put', ({ value }) => new PackError('state/conflict', `Not ${String(value)}.`)),
    ),
    row(
      'tells the value in its details',
      'secrets',
      `The error of put ${told}`,
      refusing('put', ({ value }) => new PackError('secret/version-conflict', 'No.', { tried: { value } })),
    ),
    row(
      'tells the value it decoded',
      'secrets',
      `The error of put ${told}`,
      refusing('put', ({ value }) => new PackError('secret/version-conflict', `Not ${atob(String(value))}.`)),
    ),
    row('prints the value', 'state', console, (reference, { print }) => ({
      put: (input) => {
        print(JSON.stringify(input));
        return reference.put(input);
      },
    })),
    row('prints the value in base64', 'secrets', console, (reference, { print }) => ({
      put: (input) => {
        print(JSON.stringify(input));
        return reference.put(input);
      },
    })),
    row('prints the ids of sessions', 'sessions', console, (reference, { print }) => ({
      pin: (input) => {
        print(`pinning ${input.session}`);
        return reference.pin(input);
      },
    })),
    row('prints records', 'telemetry', console, (reference, { print }) => ({
      export: (input) => {
        print(input.records[0]?.name ?? '');
        return reference.export(input);
      },
    })),
  ]);

  test('lets a telemetry pack log what it was given: that is what its log is for', async () => {
    const logging: Lapse<'telemetry'> = (reference, { context }) => ({
      export: async (input) => {
        await context.log.write({ level: 'info', message: JSON.stringify(input) });
        return await reference.export(input);
      },
    });
    expect(await conclude('telemetry', 'PCK-09', logging)).toMatchObject({ result: 'pass' });
  });
});

describe('a host that breaks its own rules is found out as well', () => {
  test.each([
    ['calls what is undeclared', 'PCK-02', { anyMethod: true }, 'The undeclared method wipe was not refused'],
    ['does not end what is killed', 'PCK-06', { onePid: true }, /^The process \d+ still answers after kill 1\.$/],
    ['runs two lives in one process', 'STA-04', { onePid: true }, 'Both clients spoke to one process.'],
  ])('that %s fails %s', async (_lapse, id, host, finding) => {
    const { result, message } = await conclude('state', id, undefined, {}, host);
    expect(result).toBe('fail');
    expect(message).toMatch(finding);
  });
});
