import type { ObservedRevision, SlotName } from '@greentic/core';

interface Call {
  readonly method: string;
  readonly input: unknown;
}

/** For one slot: a change, and the look that shows it. */
export interface Probe {
  readonly change: Call;
  readonly look: Call;
  /** The part of what the look gives that has to stay the same while nobody changes anything. */
  view(seen: unknown): unknown;
  /** Whether the contract promises that the change outlives the pack's process. */
  readonly durable: boolean;
}

const whole = (seen: unknown) => seen;

/** All but the messages: those are for people, and may tell the time. */
function withoutMessages(seen: unknown): unknown {
  const { revisions } = seen as { revisions: ObservedRevision[] };
  return revisions.map(({ message: _message, ...rest }) => rest);
}

const revision = 'desk.acme.1';
const bundle = { name: 'kit.bundle.probe', version: '1.0.0', digest: `sha256:${'a'.repeat(64)}` };

/** The probe of each slot; `text` is what the change carries. */
export function probeOf(slot: SlotName, environment: string, text: string): Probe {
  switch (slot) {
    case 'secrets': {
      const name = { tenant: 'acme', name: 'kit/probe' };
      const value = Buffer.from(text).toString('base64');
      return { change: call('put', { ...name, value }), look: call('get', name), view: whole, durable: true };
    }
    case 'state': {
      const key = { tenant: 'acme', key: 'kit/probe' };
      return { change: call('put', { ...key, value: text }), look: call('get', key), view: whole, durable: true };
    }
    case 'sessions': {
      const key = { deployment: 'desk.acme', session: text };
      return {
        change: call('pin', { ...key, revision, ttlSeconds: 600 }),
        look: call('lookup', key),
        view: whole,
        durable: false,
      };
    }
    case 'telemetry': {
      const record = { kind: 'log', name: text, timeMs: 1, attributes: { environment } };
      return { change: call('export', { records: [record] }), look: call('flush', {}), view: whole, durable: false };
    }
    case 'deployer': {
      const spec = { environment, revision, deployment: 'desk.acme', customer: 'acme', bundle };
      const look = call('observe', { environment, revisions: [revision] });
      return { change: call('stage', { revision: spec }), look, view: withoutMessages, durable: true };
    }
  }
}

function call(method: string, input: unknown): Call {
  return { method, input };
}
