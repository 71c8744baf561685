/** A certificate of an authority that signed it itself: `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256`. */
const AUTHORITY = [
  'MIIBojCCAUmgAwIBAgIUEePwOqxPyvOVvqt74kBFyVDqLrIwCgYIKoZIzj0EAwIwJjEQMA4GA1UECgwHRXhhbXBsZTESMBAGA1UEAwwJYXV0aG9y',
  'aXR5MCAXDTI2MTEyNjE4MDY1MFoYDzIxMjYxMTAyMTgwNjUwWjAmMRAwDgYDVQQKDAdFeGFtcGxlMRIwEAYDVQQDDAlhdXRob3JpdHkwWTATBgcq',
  'hkjOPQIBBggqhkjOPQMBBwNCAASD/pVR15WbDNSNKiK1ZO+++l/oXykx+jfAFDXMB+nRGRwjH4qCtES2hLV1KilcPImMiG1fAYHTF68WxAMNE8eu',
  'o1MwUTAdBgNVHQ4EFgQU3eGpqe7zqE4sN1bkSms+T67BqqswHwYDVR0jBBgwFoAU3eGpqe7zqE4sN1bkSms+T67BqqswDwYDVR0TAQH/BAUwAwEB',
  '/zAKBggqhkjOPQQDAgNHADBEAiA8XJXxLoqMDft6WCyhHkotgqRLoI30XaStYc+xYjujXwIgIDIHp9iYubccNZImrVHZoHAkmn0pNRcNzSaF2Xlk',
  '6L4=',
].join('');

/** A Sigstore trusted root with one authority and no log. */
export function sampleTrustedRoot(organization = 'Example'): object {
  return {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [],
    certificateAuthorities: [
      {
        subject: { organization, commonName: 'authority' },
        uri: 'https://authority.example',
        certChain: { certificates: [{ rawBytes: AUTHORITY }] },
        validFor: { start: '2026-01-01T00:00:00.000Z' },
      },
    ],
    ctlogs: [],
    timestampAuthorities: [],
  };
}
