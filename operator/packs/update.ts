import {
  type Answers,
  ArtifactPin,
  assertPack,
  type EnvironmentName,
  type Grant,
  GreenticError,
  isWithin,
  type PackManifest,
  permissionKey,
  type Slot,
  type SlotBinding,
  widestGrant,
} from '@greentic/core';
import type { Decision, Installed } from '@greentic/registry';
import type { Snapshot } from '../decision.ts';
import type { Outcome } from '../store/environment-store.ts';
import { openArtifact } from './environment-packs.ts';
import { addPack, type InstallPorts, install, type PackOrder } from './installation.ts';
import { lockOf } from './lock.ts';
import { diffPermissions, isMore, type PermissionChange } from './permission-diff.ts';

/** What an update would change, before anything does. */
export interface UpdatePlan {
  /** Generation of the environment that was looked at. */
  readonly generation: number;
  readonly slot: Slot;
  readonly from: ArtifactPin;
  readonly to: ArtifactPin;
  /** Whether it is another artifact at all. */
  readonly changed: boolean;
  /** What each of the two rests on: one sentence for each rule about evidence. */
  readonly evidence: { readonly before: readonly string[]; readonly after: readonly string[] };
  readonly permissions: readonly PermissionChange[];
}

/** Which update is wanted. */
export interface UpdateOrder {
  readonly slot: Slot;
  /** A version, range or channel of the bound name. */
  readonly range: string;
  readonly registry?: string;
}

/** What the operator says to a plan. */
export interface UpdateConsent {
  /** The registry that was asked; see `UpdateOrder`. */
  readonly registry?: string;
  /** Permissions granted besides those carried over, each as wide as it is asked. */
  grant(manifest: PackManifest, answers: Answers): readonly Grant[];
  /** Answers to the pack's questions, over those given before. */
  answers(manifest: PackManifest, former: Answers): Answers | Promise<Answers>;
}

const EVIDENCE_RULES = /^(?:publisher|conformance|approval|policy)\//;

/**
 * What an update would change. The candidate is fetched, verified and decided about as for an install, and nothing is bound. Throws
 * `env/slot-empty` and as `install` does; a refusal is recorded.
 */
export async function planUpdate(ports: InstallPorts, name: EnvironmentName, order: UpdateOrder): Promise<UpdatePlan> {
  const { slot, range, registry } = order;
  const snapshot = await ports.store.read(name);
  const binding = bindingOf(snapshot, slot);
  const wanted = { name: binding.pack.name, range, kind: slot, ...(registry === undefined ? {} : { registry }) };
  const candidate = await install(ports, name, wanted, 'env-packs.update');
  return await planOf(snapshot, binding, candidate, ports);
}

/**
 * Replaces the pack of a slot by what a plan names: exactly those bytes, and only while the environment is as it was looked at. Grants
 * and answers are carried over as far as the new version still asks for them. One that asks for more than its predecessor waits:
 * throws `permission/consent-required` with the differences, until what it cannot do without is granted. Throws `env/stale`, and as
 * `addPack` does.
 */
export async function updatePack(
  ports: InstallPorts,
  name: EnvironmentName,
  plan: UpdatePlan,
  consent: UpdateConsent,
): Promise<Outcome<{ slot: Slot; generation: number }> & { decision: Decision }> {
  const { slot, to, generation } = plan;
  const binding = bindingOf(await ports.store.read(name), slot);
  const order: PackOrder = {
    slot,
    name: to.name,
    range: to.version,
    digest: to.digest,
    replace: true,
    ifGeneration: generation,
    ...(consent.registry === undefined ? {} : { registry: consent.registry }),
    answers: (manifest) => consent.answers(manifest, answersFor(manifest, binding)),
    grant: (manifest, answers) => {
      const granted = consent.grant(manifest, answers);
      assertConsented(plan, granted);
      return [...carriedOver(binding, manifest, answers, granted), ...granted];
    },
  };
  return await addPack(ports, name, order);
}

function bindingOf({ environment }: Snapshot, slot: Slot): SlotBinding {
  const binding = environment.bindings.find((candidate) => candidate.slot === slot);
  if (binding !== undefined) return binding;
  throw new GreenticError('env/slot-empty', `No pack fills the slot ${slot}.`);
}

async function planOf(
  snapshot: Snapshot,
  binding: SlotBinding,
  { artifact, decision }: Installed,
  ports: InstallPorts,
): Promise<UpdatePlan> {
  const { slot, pack } = binding;
  const former = await openArtifact(snapshot, pack.digest, ports);
  assertPack(former.manifest, slot);
  assertPack(artifact.manifest, slot);
  const entry = lockOf(snapshot).entries.find(({ digest }) => digest === pack.digest);
  const answers = { ...defaultsOf(artifact.manifest), ...binding.answers };
  return {
    generation: snapshot.environment.generation,
    slot,
    from: pack,
    to: ArtifactPin.parse({ name: artifact.name, version: artifact.version, digest: artifact.digest }),
    changed: artifact.digest !== pack.digest,
    evidence: { before: evidenceOf(entry?.decision), after: evidenceOf(decision) },
    permissions: diffPermissions(former.manifest, artifact.manifest, answers),
  };
}

function evidenceOf(decision: Decision | undefined): string[] {
  const rules = decision?.rules.filter(({ id }) => EVIDENCE_RULES.test(id)) ?? [];
  return rules.map(({ id, looked }) => `${id}: ${looked}`);
}

/** The answers given before that the new version still asks for. */
function answersFor({ questions }: PackManifest, { answers }: SlotBinding): Answers {
  const asked = new Set(questions.map(({ id }) => id));
  return Object.fromEntries(Object.entries(answers).filter(([id]) => asked.has(id)));
}

function defaultsOf({ questions }: PackManifest): Answers {
  return Object.fromEntries(
    questions.flatMap((question) => (question.default === undefined ? [] : [[question.id, question.default]])),
  );
}

/** The grants given before that the new version still asks for at least as widely, unless they are given anew. */
function carriedOver(
  { grants }: SlotBinding,
  { permissions }: PackManifest,
  answers: Answers,
  granted: readonly Grant[],
): Grant[] {
  const anew = new Set(granted.map(permissionKey));
  const asked = new Map(permissions.map((request) => [permissionKey(request), widestGrant(request, answers)]));
  return grants.filter((grant) => {
    const widest = asked.get(permissionKey(grant));
    return widest !== undefined && !anew.has(permissionKey(grant)) && isWithin(grant, widest);
  });
}

function assertConsented({ permissions, to }: UpdatePlan, granted: readonly Grant[]): void {
  const given = new Set(granted.map(permissionKey));
  const waiting = permissions.filter((each) => isMore(each) && !each.optional && !given.has(each.permission));
  if (waiting.length === 0) return;
  const list = waiting.map(({ permission, change, reason }) => `${permission} (${change}: ${reason})`).join('; ');
  throw new GreenticError('permission/consent-required', `${to.name} ${to.version} asks for more: ${list}.`, {
    hint: `Grant it and repeat: ${waiting.map(({ permission }) => `--grant ${permission}`).join(' ')}. Until then ${to.name} stays as it is.`,
    details: { waiting },
  });
}
