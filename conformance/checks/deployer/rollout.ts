import { digestOf, type ObservedRevision, type RevisionSpec } from '@greentic/core';
import type { Kit } from '../../kit.ts';
import { askWorker, type WorkerAnswer } from '../../witness/worker-answer.ts';

const READY_WITHIN_MS = 10_000;

/** A revision to deploy: `desk.acme.3` is the third of the bundle `desk` for the customer `acme`. */
export function specOf(kit: Kit<'deployer'>, revision: string, content = revision): RevisionSpec {
  const [bundle = '', customer = ''] = revision.split('.');
  return {
    environment: kit.environment,
    revision,
    deployment: `${bundle}.${customer}`,
    customer,
    bundle: { name: `kit.bundle.${bundle}`, version: '1.0.0', digest: digestOf(content) },
  };
}

/** What the pack shows of one revision. */
export async function look(kit: Kit<'deployer'>, revision: string): Promise<ObservedRevision> {
  const { environment, pack } = kit;
  const { revisions } = await pack.observe({ environment, revisions: [revision] });
  const found = revisions[0];
  if (revisions.length === 1 && found?.revision === revision) return found;
  kit.expect(
    false,
    `Asked for ${revision}, observe showed ${revisions.map((item) => item.revision).join(', ') || 'nothing'}.`,
  );
  throw new Error('Not reached: the expectation above fails.');
}

/** Ends the check without a verdict for a pack that runs its workers where the kit has no eyes. */
export function assertVisible(kit: Kit<'deployer'>): void {
  if (kit.manifest.permissions.some(({ kind }) => kind === 'workers')) return;
  kit.cannotSee('The pack does not use the host’s workers: the kit cannot look at the platform it runs them on.');
}

/** Stages and warms revisions, and waits until the pack shows them ready. Gives their endpoints, in order. */
export async function deploy(kit: Kit<'deployer'>, ...revisions: string[]): Promise<string[]> {
  const { pack, environment } = kit;
  assertVisible(kit);
  for (const revision of revisions) {
    await pack.stage({ revision: specOf(kit, revision) });
    await pack.warm({ environment, revision });
  }
  return await Promise.all(revisions.map((revision) => readyEndpoint(kit, revision)));
}

/** Waits until the pack shows the revision ready, and gives where it answers. Fails when no worker of it runs. */
export async function readyEndpoint(kit: Kit<'deployer'>, revision: string): Promise<string> {
  const ready = async () => {
    const { phase, endpoint } = await look(kit, revision);
    return phase === 'ready' && endpoint !== null ? endpoint : undefined;
  };
  const endpoint = await kit.eventually(`That ${revision} is shown ready`, ready, READY_WITHIN_MS);
  const phase = recorded(kit, revision)?.phase ?? 'unknown';
  kit.expect(phase === 'running', `${revision} is shown ready; to the provider its worker is ${phase}.`);
  return endpoint;
}

/** Asks the worker itself who it is. Fails when nobody answers, or who answers was not asked. */
export async function ask(kit: Kit<'deployer'>, endpoint: string): Promise<WorkerAnswer> {
  const nonce = kit.random.canary();
  const answer = await askWorker(endpoint, nonce).catch((error: Error) => error.message);
  if (typeof answer === 'string') {
    kit.expect(false, `Nobody answered as a worker at ${endpoint}, which the pack shows ready: ${answer}`);
    throw new Error('Not reached: the expectation above fails.');
  }
  kit.equal(answer.nonce, nonce, `What ${endpoint} was asked`);
  return answer;
}

/** The provider's own record of one revision, or undefined. */
export function recorded(kit: Kit<'deployer'>, revision: string) {
  return kit.workers.inventory(kit.environment).find((item) => item.revision === revision);
}

/** The input of applySplit for shares of one deployment. */
export function splitOf(kit: Kit<'deployer'>, shares: Readonly<Record<string, number>>) {
  const entries = Object.entries(shares).map(([revision, weightBps]) => ({ revision, weightBps }));
  const [bundle = '', customer = ''] = (entries[0]?.revision ?? '').split('.');
  return { environment: kit.environment, deployment: `${bundle}.${customer}`, entries };
}
