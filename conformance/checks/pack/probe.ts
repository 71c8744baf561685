import type { SlotName } from '@greentic/core';

interface Call {
  readonly method: string;
  readonly input: unknown;
}

/** For one slot: a change, and the look that shows it. */
export interface Probe {
  readonly change: Call;
  readonly look: Call;
  /** Whether the contract promises that the change outlives the pack's process. */
  readonly durable: boolean;
}

const revision = 'desk.acme.1';
const bundle = { name: 'kit.bundle.probe', version: '1.0.0', digest: `sha256:${'a'.repeat(64)}` };

/** The probe of each slot; `text` is what the change carries. */
export function probeOf(slot: SlotName, environment: string, text: string): Probe {
  switch (slot) {
    case 'secrets': {
      const name = { tenant: 'acme', name: 'kit/probe' };
      const value = Buffer.from(text).toString('base64');
      return { change: call('put', { ...name, value }), look: call('get', name), durable: true };
    }
    case 'state': {
      const key = { tenant: 'acme', key: 'kit/probe' };
      return { change: call('put', { ...key, value: text }), look: call('get', key), durable: true };
    }
    case 'sessions': {
      const key = { deployment: 'desk.acme', session: text };
      return { change: call('pin', { ...key, revision, ttlSeconds: 600 }), look: call('lookup', key), durable: false };
    }
    case 'telemetry': {
      const record = { kind: 'log', name: text, timeMs: 1, attributes: { environment } };
      return { change: call('export', { records: [record] }), look: call('flush', {}), durable: false };
    }
    case 'deployer': {
      const spec = { environment, revision, deployment: 'desk.acme', customer: 'acme', bundle };
      const look = call('observe', { environment, revisions: [revision] });
      return { change: call('stage', { revision: spec }), look, durable: true };
    }
  }
}

function call(method: string, input: unknown): Call {
  return { method, input };
}
