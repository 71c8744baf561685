import type { Log } from '@greentic/sdk';
import { openForTest } from '@greentic/sdk/testing';
import { describe, expect, test } from 'vitest';
import pack from './index.ts';

type Line = Parameters<Log['write']>[0];

describe('greentic.telemetry.stdout', () => {
  test('writes each record as one line, with its attributes as they came', async () => {
    const lines: Line[] = [];
    const telemetry = await openForTest(pack, { lines });
    const attributes = { environment: 'local', count: 2, ok: true };
    const records = [
      { kind: 'log' as const, name: 'started', timeMs: 1, attributes },
      { kind: 'span' as const, name: 'request', timeMs: 2, durationMs: 3.5, attributes },
      { kind: 'metric' as const, name: 'size', timeMs: 4, value: 0, attributes },
    ];
    expect(await telemetry.export({ records })).toEqual({ accepted: 3 });
    await telemetry.flush({});
    expect(lines.map((line) => line.message)).toEqual(['started', 'request', 'size']);
    expect(lines[1]?.fields).toEqual({ ...attributes, '.kind': 'span', '.time_ms': 2, '.duration_ms': 3.5 });
    expect(lines[2]?.fields).toMatchObject({ '.value': 0 });
  });

  test('an attribute cannot pass for a field of the record', async () => {
    const lines: Line[] = [];
    const telemetry = await openForTest(pack, { lines });
    const attributes = { '.kind': 'metric', kind: 'metric' };
    await telemetry.export({ records: [{ kind: 'log', name: 'x', timeMs: 1, attributes }] });
    expect(lines[0]?.fields).toMatchObject({ '.kind': 'log', kind: 'metric' });
  });
});
