import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { sampleBundle } from '../testing/sample-bundle.ts';
import { SupervisorBed } from '../testing/supervisor-bed.ts';

// No bundle of these can be had: orders are taken and remembered all the same, and no process is needed to see it.
const desk = sampleBundle('export default {};');
const { revision } = desk.spec();

/** What the list on the disk says now. */
function listed(bed: SupervisorBed): { revision: string; wanted: boolean; starts: number }[] {
  const { workers } = JSON.parse(readFileSync(path.join(bed.folder, 'workers.json'), 'utf8'));
  return workers.map(({ spec, wanted, starts }: (typeof workers)[number]) => ({
    revision: spec.revision,
    wanted,
    starts,
  }));
}

describe('an order to the supervisor', () => {
  test('is on the disk before it is answered', async () => {
    await using bed = new SupervisorBed();
    const supervisor = await bed.open();
    await supervisor.define(desk.spec());
    expect(listed(bed)).toEqual([{ revision, wanted: false, starts: 0 }]);
    await supervisor.start({ revision });
    expect(listed(bed)).toMatchObject([{ revision, wanted: true }]);
    await supervisor.stop({ revision });
    expect(listed(bed)).toMatchObject([{ revision, wanted: false }]);
    await supervisor.remove({ revision });
    expect(listed(bed)).toEqual([]);
  });

  test('that cannot be remembered is not answered as if it were', async () => {
    await using bed = new SupervisorBed();
    const folder = path.join(bed.folder, 'disk');
    const supervisor = await bed.open({ stateFile: path.join(folder, 'workers.json') });
    await expect(supervisor.define(desk.spec())).rejects.toMatchObject({ code: 'ENOENT' });
    mkdirSync(folder);
    // The next order writes the whole list again, so nothing of it is lost.
    await supervisor.start({ revision });
    const text = readFileSync(path.join(folder, 'workers.json'), 'utf8');
    expect(JSON.parse(text).workers).toMatchObject([{ spec: { revision }, wanted: true }]);
  });

  test('about another bundle says which one is known and which was given', async () => {
    await using bed = new SupervisorBed();
    const supervisor = await bed.open();
    await supervisor.define(desk.spec());
    const other = sampleBundle('export default { other: true };');
    await expect(supervisor.define(other.spec())).rejects.toMatchObject({
      code: 'deploy/revision-conflict',
      details: { revision, known: desk.digest, given: other.digest },
    });
    expect(listed(bed)).toEqual([{ revision, wanted: false, starts: 0 }]);
  });

  test('to run it is one order, however often it is given: starts are of processes, not of orders', async () => {
    await using bed = new SupervisorBed();
    const loading = Promise.withResolvers<never>();
    const supervisor = await bed.open({ loadBundle: () => loading.promise });
    await supervisor.define(desk.spec());
    await Promise.all(Array.from({ length: 5 }, () => supervisor.start({ revision })));
    expect((await bed.status(revision))?.starts).toBe(1);
    loading.reject(new Error('There is no such bundle here.'));
  });

  test('to stop reaches also what waits for its next try, and to start it again is a new try', async () => {
    await using bed = new SupervisorBed();
    const supervisor = await bed.open();
    await supervisor.define(desk.spec());
    await supervisor.start({ revision });
    await bed.reached(revision, 'failed');
    await supervisor.stop({ revision });
    const { starts } = await bed.reached(revision, 'defined');
    expect(await bed.status(revision)).toMatchObject({ endpoint: null, message: '', starts });
    await supervisor.start({ revision });
    await eventually(async () => ((await bed.status(revision))?.starts ?? 0) > starts);
  });

  test('about one revision is about no other whose name begins alike', async () => {
    await using bed = new SupervisorBed();
    const supervisor = await bed.open();
    for (const sequence of [1, 10, 11]) await supervisor.define(desk.spec(sequence));
    await supervisor.remove({ revision });
    expect(listed(bed).map((each) => each.revision)).toEqual(['desk.acme.10', 'desk.acme.11']);
    await expect(supervisor.start({ revision })).rejects.toMatchObject({ code: 'worker/not-found' });
  });

  test.each(['define', 'start', 'stop', 'remove'] as const)('to %s is refused once it is closed', async (method) => {
    await using bed = new SupervisorBed();
    const supervisor = await bed.open();
    await supervisor.define(desk.spec());
    await supervisor.close({ drainMs: 0 });
    const order = method === 'define' ? supervisor.define(desk.spec()) : supervisor[method]({ revision });
    await expect(order).rejects.toMatchObject({ code: 'runtime/unreachable' });
    for (const again of [supervisor.restore(), supervisor.review()])
      await expect(again).rejects.toMatchObject({ code: 'runtime/unreachable' });
    expect(listed(bed)).toHaveLength(1);
  });
});

test('a host that ends keeps what was wanted: it is tried again by the next one, and its starts are counted on', async () => {
  await using bed = new SupervisorBed();
  const supervisor = await bed.open();
  for (const sequence of [1, 2]) await supervisor.define(desk.spec(sequence));
  await supervisor.start({ revision });
  await bed.reached(revision, 'failed');
  await supervisor.close({ drainMs: 0 });
  const [wanted, other] = listed(bed);
  expect([wanted?.wanted, other?.wanted]).toEqual([true, false]);
  const next = await bed.open();
  expect(await bed.status(revision)).toMatchObject({ phase: 'defined', starts: wanted?.starts });
  await next.restore();
  await eventually(async () => ((await bed.status(revision))?.starts ?? 0) > (wanted?.starts ?? 0));
  expect(await bed.status('desk.acme.2')).toMatchObject({ phase: 'defined', starts: 0 });
});
