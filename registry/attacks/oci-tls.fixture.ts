import type { OciLie } from '../testing/oci-lie.ts';

const shown = (name: string, shows: NonNullable<OciLie['shows']>): OciLie[] =>
  (['install', 'push'] as const).map((to) => ({
    name: `${name}, to ${to === 'push' ? 'who pushes' : 'who installs'}`,
    code: 'registry/tls',
    to,
    shows,
    lie: () => undefined,
  }));

/** A registry cannot show that it is who it says it is. */
export const OCI_TLS: readonly OciLie[] = [
  ...shown('a certificate for another name', 'another name'),
  ...shown('a certificate of an authority that nobody knows', 'nobody’s certificate'),
  ...shown('a certificate that has expired', 'the past'),
];
