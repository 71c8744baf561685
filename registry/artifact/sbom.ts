import { canonicalize, digestOf, hexOf, type Manifest } from '@greentic/core';
import type { Material } from './material.ts';
import { npmPurl } from './npm-purl.ts';

/**
 * The CycloneDX 1.6 list of the packages in a module, as canonical JSON: name, version, purl, licence, and each bundled file
 * with its hash. It is part of what the artifact's digest covers, so it holds nothing that depends on when or where it was
 * made: no time, no serial number, no path of the machine.
 */
export async function encodeSbom(
  manifest: Manifest,
  module: Uint8Array,
  materials: readonly Material[],
): Promise<Uint8Array> {
  // Loaded when it is needed, as the compiler is: installing and verifying do without.
  const { Enums, Models, Serialize, Spec, SPDX } = await import('@cyclonedx/cyclonedx-library');
  const bom = new Models.Bom();
  const application = new Models.Component(Enums.ComponentType.Application, manifest.name, {
    version: manifest.version,
    bomRef: manifest.name,
  });
  application.hashes.set(Enums.HashAlgorithm['SHA-256'], hexOf(digestOf(module)));
  bom.metadata.component = application;
  for (const { name, version, license, files } of materials) {
    if (files.length === 0) continue;
    const purl = npmPurl(name, version);
    const library = new Models.Component(Enums.ComponentType.Library, name, { version, purl, bomRef: purl });
    if (license !== undefined) {
      const known = SPDX.fixupSpdxId(license);
      library.licenses.add(known === undefined ? licenceInWords(license) : new Models.SpdxLicense(known));
    }
    for (const { path, sha256 } of files) {
      const file = new Models.Component(Enums.ComponentType.File, path, { bomRef: `${purl}#${path}` });
      file.hashes.set(Enums.HashAlgorithm['SHA-256'], sha256);
      library.components.add(file);
    }
    application.dependencies.add(library.bomRef);
    bom.components.add(library);
  }
  const normalizer = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6);
  const text = new Serialize.JsonSerializer(normalizer).serialize(bom, { sortLists: true });
  return Buffer.from(canonicalize(JSON.parse(text)));

  function licenceInWords(text: string) {
    const isExpression = /^\(?[A-Za-z0-9.+-]+\)?( (OR|AND|WITH) \(?[A-Za-z0-9.+-]+\)?)+$/.test(text);
    return isExpression ? new Models.LicenseExpression(text) : new Models.NamedLicense(text);
  }
}
