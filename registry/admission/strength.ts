import * as z from 'zod';

/** Kinds of evidence that are counted. */
export const EVIDENCE_KINDS = ['publish', 'conformance', 'provenance', 'sbom', 'approval'] as const;
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number];

const signers = z.int().min(0).max(4096);

/** Distinct trusted signers of each kind of evidence. */
export const Strength = z.strictObject({
  publish: signers,
  conformance: signers,
  provenance: signers,
  sbom: signers,
  approval: signers,
});
export type Strength = z.infer<typeof Strength>;

/** What there has to be before a kind counts as at least as strong as before, by kind; kinds that are strong enough are left out. */
export function shortfall(
  actual: Strength,
  wanted: Partial<Record<EvidenceKind, number | undefined>>,
): { kind: EvidenceKind; actual: number; wanted: number }[] {
  return EVIDENCE_KINDS.flatMap((kind) => {
    const least = wanted[kind] ?? 0;
    return actual[kind] < least ? [{ kind, actual: actual[kind], wanted: least }] : [];
  });
}

/**
 * The most signers that any of some decisions found, kind by kind; undefined without decisions. One that does not say how
 * strong the evidence was has passed the rules of its time: a pack had a publisher and a lab, a bundle had a publisher.
 */
export function strongest(
  decisions: readonly { readonly kind: string; readonly strength?: Strength | undefined }[],
): Strength | undefined {
  if (decisions.length === 0) return undefined;
  const all = decisions.map(
    ({ kind, strength }): Strength =>
      strength ?? { publish: 1, conformance: kind === 'bundle' ? 0 : 1, provenance: 0, sbom: 0, approval: 0 },
  );
  const most = (kind: EvidenceKind) => Math.max(...all.map((each) => each[kind]));
  return {
    publish: most('publish'),
    conformance: most('conformance'),
    provenance: most('provenance'),
    sbom: most('sbom'),
    approval: most('approval'),
  };
}
