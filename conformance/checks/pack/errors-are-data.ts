import { CONTRACTS, type ErrorCode, type SlotName } from '@greentic/core';
import type { Check } from '../../check.ts';
import { probeOf } from './probe.ts';

interface Mistake {
  readonly method: string;
  readonly input: unknown;
}

const bundle = { name: 'kit.bundle.probe', version: '1.0.0', digest: `sha256:${'b'.repeat(64)}` };

/** Calls that the contract wants refused once the probe's change is there. */
function mistakesOf(slot: SlotName, environment: string, canary: string): Mistake[] {
  const missing = { environment, revision: 'desk.acme.77' };
  switch (slot) {
    case 'secrets': {
      const value = Buffer.from(canary).toString('base64');
      const name = { tenant: 'acme', name: 'kit/probe' };
      return [
        { method: 'get', input: { ...name, name: 'kit/none' } },
        { method: 'put', input: { ...name, value, ifVersion: 7 } },
        { method: 'put', input: { ...name, value, ifVersion: 0 } },
      ];
    }
    case 'state': {
      const key = { tenant: 'acme', key: 'kit/probe' };
      return [
        { method: 'put', input: { ...key, value: canary, ifRevision: 0 } },
        { method: 'delete', input: { ...key, ifRevision: 2 ** 40 } },
      ];
    }
    case 'deployer': {
      const spec = { environment, revision: 'desk.acme.1', deployment: 'desk.acme', customer: 'acme', bundle };
      return [
        { method: 'warm', input: missing },
        { method: 'drain', input: missing },
        { method: 'stage', input: { revision: spec } },
      ];
    }
    // These contracts have no refusal that a caller can bring about.
    case 'sessions':
    case 'telemetry':
      return [];
  }
}

export const errorsAreData: Check = {
  id: 'PCK-09',
  rev: 1,
  slot: 'all',
  level: 'core',
  title: 'Every error has a code that the method’s contract allows, and neither errors nor diagnostics tell a value.',
  clause: 'Errors are data: a code of the contract, a sentence, a way out; never a secret.',
  hint: 'Throw PackError with a code of the contract, and never put a value into a message, detail or console line.',
  minObservations: 1,
  async run(kit) {
    const { life, slot, environment } = kit;
    const canary = kit.random.canary();
    const { change, look } = probeOf(slot, environment, canary);
    await life.call(change.method, change.input);
    await life.call(look.method, look.input);
    const encoded = Buffer.from(canary).toString('base64');
    const tells = (text: string) => text.includes(canary) || text.includes(encoded);
    for (const { method, input } of mistakesOf(slot, environment, canary)) {
      const allowed: readonly ErrorCode[] = CONTRACTS[slot].methods[method]?.errors ?? [];
      const { message, details, hint } = await kit.refused(life.call(method, input), allowed, `A mistaken ${method}`);
      const text = JSON.stringify({ message, details, hint });
      kit.expect(!tells(text), `The error of ${method} tells the value it was given.`);
    }
    kit.expect(!tells(kit.log.diagnostics), 'The pack’s console lines tell a value it was given.');
  },
};
