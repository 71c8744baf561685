/** Media types of what a registry holds. The OCI ones are from the image specification 1.1. */
export const MEDIA_TYPES = {
  imageIndex: 'application/vnd.oci.image.index.v1+json',
  imageManifest: 'application/vnd.oci.image.manifest.v1+json',
  empty: 'application/vnd.oci.empty.v1+json',
  artifact: 'application/vnd.greentic.artifact.v1',
  packConfig: 'application/vnd.greentic.pack.config.v1+json',
  bundleConfig: 'application/vnd.greentic.bundle.config.v1+json',
  module: 'application/vnd.greentic.module.v1+javascript',
  readme: 'text/markdown',
  sbom: 'application/vnd.cyclonedx+json',
} as const;
