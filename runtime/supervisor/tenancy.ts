import { createHash } from 'node:crypto';
import { type BundleManifest, decode, GreenticError, type SlotName } from '@greentic/core';
import * as z from 'zod';
import type { WorkerSpec } from './wanted-workers.ts';

/** What is known of a worker that calls: what it was defined with, and the environment. */
export interface WorkerFacts extends WorkerSpec {
  readonly environment: string;
}

/** A call of a worker turned into one of a slot's contract, and the way back. */
export interface SlotCall {
  readonly slot: Exclude<SlotName, 'deployer'>;
  readonly method: string;
  readonly input: unknown;
  /** The worker's result, from the contract's. */
  result(output: unknown): unknown;
}

/** Who asks, for what it may ask, and when. */
export interface Tenancy {
  readonly facts: WorkerFacts;
  readonly manifest: Pick<BundleManifest, 'needs' | 'secrets'>;
  readonly now: Date;
}

type Rule = (input: unknown, tenancy: Tenancy) => SlotCall;

const key = z.string().min(1).max(900);
const ifRevision = z.int().min(0).exactOptional();
const SessionId = z.string().min(1).max(256);
const session = z.strictObject({ session: SessionId });
const attributes = z
  .record(z.string().min(1).max(128), z.union([z.string().max(4096), z.number(), z.boolean()]))
  .refine((given) => Object.keys(given).length <= 59, 'must have at most 59 attributes');

const StateGet = z.strictObject({ key });
const StatePut = z.strictObject({ key, value: z.string(), ifRevision });
const StateDelete = z.strictObject({ key, ifRevision });
const StateList = z.strictObject({
  prefix: z.string().max(900),
  after: key.exactOptional(),
  limit: z.int().min(1).max(1000),
});
const SecretsGet = z.strictObject({ name: z.string().max(256) });
const SessionPut = z.strictObject({
  session: SessionId,
  value: z.string().max(64 * 1024),
  ttlSeconds: z.int().min(1).max(31_536_000),
});
const TelemetryExport = z.strictObject({
  kind: z.enum(['log', 'metric', 'span']),
  name: z.string().min(1).max(256),
  timeMs: z.number().min(0),
  durationMs: z.number().min(0).exactOptional(),
  value: z.number().exactOptional(),
  attributes,
});
const Remembered = z.strictObject({ value: z.string(), expiresAtMs: z.number() });

/** A bundle's own part of its customer's state: all revisions of a deployment share it, and no other bundle does. */
const ownKey = ({ deployment }: WorkerFacts, kind: 'data' | 'session', rest: string) =>
  `${deployment.slice(0, deployment.indexOf('.'))}/${kind}/${rest}`;

const sessionKey = (facts: WorkerFacts, id: string) =>
  ownKey(facts, 'session', createHash('sha256').update(id).digest('hex'));

const call = (method: string, input: object, result: (output: unknown) => unknown = (output) => output): SlotCall => ({
  slot: 'state',
  method,
  input,
  result,
});

interface Listed {
  readonly keys: string[];
  readonly next: string | null;
}

const RULES: Readonly<Record<string, Rule>> = {
  'state.get': (input, { facts }) => {
    const { key } = decode(StateGet, input);
    const own = { tenant: facts.customer, key: ownKey(facts, 'data', key) };
    return call('get', own, (output) => (output as { entry: unknown }).entry);
  },
  'state.put': (input, { facts }) => {
    const { key, ...rest } = decode(StatePut, input);
    return call('put', { tenant: facts.customer, key: ownKey(facts, 'data', key), ...rest });
  },
  'state.delete': (input, { facts }) => {
    const { key, ...rest } = decode(StateDelete, input);
    return call('delete', { tenant: facts.customer, key: ownKey(facts, 'data', key), ...rest });
  },
  'state.list': (input, { facts }) => {
    const { prefix, after, limit } = decode(StateList, input);
    const root = ownKey(facts, 'data', '');
    const from = after === undefined ? {} : { after: root + after };
    return call('list', { tenant: facts.customer, prefix: root + prefix, ...from, limit }, (output) => {
      const { keys, next } = output as Listed;
      return { keys: keys.map((each) => each.slice(root.length)), next: next?.slice(root.length) ?? null };
    });
  },
  'sessions.get': (input, { facts, now }) => {
    const own = { tenant: facts.customer, key: sessionKey(facts, decode(session, input).session) };
    return call('get', own, (output) => liveValue(output, now));
  },
  'sessions.put': (input, { facts, now }) => {
    const { session, value, ttlSeconds } = decode(SessionPut, input);
    const remembered = JSON.stringify({ value, expiresAtMs: now.getTime() + ttlSeconds * 1000 });
    const own = { tenant: facts.customer, key: sessionKey(facts, session), value: remembered };
    return call('put', own, () => null);
  },
  'sessions.delete': (input, { facts }) => {
    const own = { tenant: facts.customer, key: sessionKey(facts, decode(session, input).session) };
    return call('delete', own, () => null);
  },
  'secrets.get': (input, { facts, manifest }) => {
    const { name } = decode(SecretsGet, input);
    if (!manifest.secrets.some((listed) => listed === name)) {
      throw new GreenticError('permission/denied', `bundle.json does not list ${JSON.stringify(name)} in "secrets".`);
    }
    const result = (output: unknown) => (output as { value: string }).value;
    return { slot: 'secrets', method: 'get', input: { tenant: facts.customer, name }, result };
  },
  'telemetry.export': (input, { facts }) => {
    const record = decode(TelemetryExport, input);
    const stamped = { ...record, attributes: { ...record.attributes, ...stampOf(facts) } };
    return { slot: 'telemetry', method: 'export', input: { records: [stamped] }, result: assertAccepted };
  },
};

/** What every record of a worker carries, whatever the worker says. */
function stampOf({ environment, deployment, revision, customer, bundle }: WorkerFacts): Record<string, string> {
  return { environment, deployment, revision, customer, bundle_digest: bundle.digest };
}

function assertAccepted(output: unknown): null {
  if ((output as { accepted: number }).accepted === 1) return null;
  throw new GreenticError('pack/failed', 'The telemetry pack did not take the record.');
}

/** The value of a session entry while its time lasts. */
function liveValue(output: unknown, now: Date): string | null {
  const { entry } = output as { entry: { value: string } | null };
  if (entry === null) return null;
  const { value, expiresAtMs } = decode(
    Remembered,
    JSON.parse(entry.value),
    'internal/unforeseen',
    'The session entry',
  );
  return expiresAtMs > now.getTime() ? value : null;
}

/**
 * Turns what a worker asks into a call of a slot: its customer is the tenant, its bundle the prefix of its keys, only the slots
 * and secrets its manifest lists, and every record stamped. Throws `permission/denied` or `input/invalid`.
 */
export function slotCallOf(request: { slot: string; method: string; input: unknown }, tenancy: Tenancy): SlotCall {
  const name = `${request.slot}.${request.method}`;
  const rule = Object.hasOwn(RULES, name) ? RULES[name] : undefined;
  if (rule === undefined) throw new GreenticError('permission/denied', 'A worker cannot ask for that.');
  if (!tenancy.manifest.needs.some((need) => need === request.slot)) {
    throw new GreenticError('permission/denied', `bundle.json does not list ${request.slot} in "needs".`);
  }
  return rule(request.input, tenancy);
}
