import { EVIDENCE_MAX_BYTES, kindOf, type Statement } from '@greentic/core';
import { type Build, provenanceStatement, publishStatement, sbomStatement } from '@greentic/registry';
import { readInput } from './input-file.ts';
import { VERSION } from './version.ts';

/** Who built: this program, on whatever machine the publisher ran it. */
const BUILDER = { id: 'https://greentic.dev/builders/gtc', version: { gtc: VERSION } };

/** All a publisher says of what he built. */
export function statementsOf(build: Build): Readonly<Record<'publish' | 'provenance' | 'sbom', Statement>> {
  const { name, version, digest, manifest } = build;
  const contract = manifest.schema === 'greentic.pack/1' ? { contract: manifest.contract } : {};
  return {
    publish: publishStatement({ name, version, kind: kindOf(name), digest, ...contract }),
    provenance: provenanceStatement(build, BUILDER),
    sbom: sbomStatement(build, build.sbom),
  };
}

/** Reads evidence that somebody else signed. Throws `trust/envelope-invalid`. */
export async function readEvidence(file: string): Promise<string> {
  const options = { what: 'The evidence', maxBytes: EVIDENCE_MAX_BYTES, code: 'trust/envelope-invalid' } as const;
  return (await readInput(file, options)).toString();
}
