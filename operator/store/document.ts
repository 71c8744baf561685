import {
  canonicalize,
  type Digest,
  decode,
  decodeTrustRoot,
  digestOf,
  Environment,
  encodeTrustRoot,
  GreenticError,
  parseJson,
} from '@greentic/core';
import type { Decision, Snapshot } from '../decision.ts';
import { assertEnvironment } from '../verbs/invariant.ts';
import type { StoredFile } from './audit-event.ts';
import { DOCUMENT_MAX_BYTES, type Stored } from './transaction.ts';

type Files = ReadonlyMap<StoredFile, Buffer>;

/** The snapshot of verified files. Throws `env/invalid`, `lock/mismatch`, `trust/root-changed` and `trust/root-invalid`. */
export function decodeSnapshot(name: string, { files, tail }: Stored): Snapshot {
  const bytes = files.get('environment.json');
  if (bytes === undefined) throw new GreenticError('env/invalid', 'environment.json is missing.');
  const value = parseJson(bytes, { maxBytes: DOCUMENT_MAX_BYTES, code: 'env/invalid' });
  const environment = decode(Environment, value, 'env/invalid', 'environment.json');
  if (environment.name !== name || tail.event.environment !== name) {
    throw new GreenticError('env/invalid', `The folder ${name} holds the environment ${environment.name}.`);
  }
  if (environment.generation !== tail.event.generation.after) {
    throw new GreenticError(
      'env/invalid',
      `environment.json is generation ${environment.generation}, not the one recorded.`,
    );
  }
  assertReferences(environment, files);
  const trustRoot = files.get('trust-root.json');
  return {
    environment,
    lock: files.get('env.lock.json'),
    trustRoot: trustRoot === undefined ? undefined : decodeTrustRoot(trustRoot),
  };
}

/**
 * The new contents of each file a decision changes, with the environment's generation stamped: one more than before.
 * Throws `env/invalid`, `lock/mismatch` or `trust/root-changed` when the decision would leave an invalid environment, and
 * `input/too-large` when a file would be larger than the limit.
 */
export function encodeDecision(
  name: string,
  before: Stored | undefined,
  decision: Decision<unknown>,
): Map<StoredFile, Buffer> {
  const generation = (before?.tail.event.generation.after ?? 0) + 1;
  const stamped = { ...decision.environment, generation };
  const environment = decode(Environment, stamped, 'env/invalid', 'The new environment');
  if (environment.name !== name) throw new GreenticError('env/invalid', 'An environment keeps its name.');
  assertEnvironment(environment);
  const writes = new Map([['environment.json', Buffer.from(`${canonicalize(environment)}\n`)] as [StoredFile, Buffer]]);
  // Copies, so that nobody can change the bytes between their check and their writing.
  if (decision.lock !== undefined) writes.set('env.lock.json', Buffer.from(decision.lock));
  if (decision.trustRoot !== undefined)
    writes.set('trust-root.json', Buffer.from(encodeTrustRoot(decision.trustRoot).text));
  for (const [file, bytes] of writes) {
    if (bytes.byteLength <= DOCUMENT_MAX_BYTES) continue;
    throw new GreenticError('input/too-large', `${file} would be larger than ${DOCUMENT_MAX_BYTES} bytes.`);
  }
  assertReferences(environment, new Map([...(before?.files ?? []), ...writes]));
  return writes;
}

/** The document names the other files by digest; they are those, or neither exists. */
function assertReferences(environment: Environment, files: Files): void {
  if (!refersTo(environment.lock, files.get('env.lock.json'))) {
    throw new GreenticError('lock/mismatch', 'env.lock.json is not the one the environment names.');
  }
  if (!refersTo(environment.trustRoot, files.get('trust-root.json'))) {
    throw new GreenticError('trust/root-changed', 'trust-root.json is not the one the environment names.');
  }
}

function refersTo(reference: { digest: Digest } | undefined, bytes: Buffer | undefined): boolean {
  return reference?.digest === (bytes === undefined ? undefined : digestOf(bytes));
}
