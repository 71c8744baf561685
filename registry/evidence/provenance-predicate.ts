import { digestOf, hexOf, type Statement, statementAbout } from '@greentic/core';
import * as z from 'zod';
import type { Build } from '../artifact/build.ts';
import { npmPurl } from '../artifact/npm-purl.ts';

/** Predicate of a build's provenance: SLSA v1, https://slsa.dev/spec/v1.0/provenance */
export const PROVENANCE_PREDICATE = 'https://slsa.dev/provenance/v1';

/** How `buildArtifact` builds: `source` names the folder, `manifest` is the digest of its `pack.json` or `bundle.json`. */
export const BUILD_TYPE = 'https://greentic.dev/build-types/pack/v1';

const uri = z.string().min(1).max(2048);
const Resource = z.looseObject({
  name: z.string().max(512).exactOptional(),
  uri: uri.exactOptional(),
  digest: z.record(z.string().max(64), z.string().max(256)).exactOptional(),
});

/** Where an artifact comes from. Loose, as the specification has readers be: builders add fields of their own. */
export const ProvenancePredicate = z.looseObject({
  buildDefinition: z.looseObject({
    buildType: uri,
    externalParameters: z.record(z.string().max(256), z.unknown()),
    resolvedDependencies: z.array(Resource).max(10_000).exactOptional(),
  }),
  runDetails: z.looseObject({
    builder: z.looseObject({
      id: uri,
      version: z.record(z.string().max(64), z.string().max(64)).exactOptional(),
    }),
  }),
});
export type ProvenancePredicate = z.infer<typeof ProvenancePredicate>;

/** What built an artifact. */
export interface Builder {
  /** A URI: who answers for the machine it ran on. */
  readonly id: string;
  /** Versions of the tools, by name. */
  readonly version: Readonly<Record<string, string>>;
}

/** The provenance of a build. It says nothing of when and where, so that a second build can be compared with it. */
export function provenanceStatement(build: Build, builder: Builder): Statement {
  const predicate: ProvenancePredicate = {
    buildDefinition: {
      buildType: BUILD_TYPE,
      externalParameters: { source: build.source, manifest: { sha256: hexOf(digestOf(build.config)) } },
      resolvedDependencies: build.materials.map(({ name, version, sha512 }) => ({
        uri: npmPurl(name, version),
        ...(sha512 === undefined ? {} : { digest: { sha512 } }),
      })),
    },
    runDetails: { builder: { id: builder.id, version: { ...builder.version } } },
  };
  return statementAbout(build, PROVENANCE_PREDICATE, predicate);
}
