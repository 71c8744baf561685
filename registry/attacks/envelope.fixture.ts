import { createHash } from 'node:crypto';
import { canonicalize, EVIDENCE_MEDIA_TYPE, PAYLOAD_TYPE } from '@greentic/core';
import type { AttackCase } from '../testing/attack.ts';
import { type EvidenceAttack, preAuthEncoding, signPayload } from '../testing/evidence-forge.ts';
import type { Wild } from '../testing/index-forge.ts';
import { KEYS, kitEvidence, publishEvidence, samplePack, trusted } from '../testing/sample-registry.ts';

const pack = samplePack();
const report = kitEvidence(pack);
const sound = publishEvidence(pack);
const payload = Buffer.from(JSON.parse(sound).dsseEnvelope.payload, 'base64');
const MALFORMED = 'trust/envelope-invalid';
const UNSIGNED = 'trust/signature-invalid';

/** The publisher’s evidence as another text, beside a sound report. */
const offering = (name: string, text: string, code: AttackCase['code'] = MALFORMED): EvidenceAttack => ({
  name,
  code,
  evidence: [text, report],
});

/** The publisher’s evidence with some of it changed after it was signed. */
function edited(name: string, edit: (bundle: Wild) => unknown, code: AttackCase['code'] = MALFORMED): EvidenceAttack {
  const bundle = JSON.parse(sound);
  edit(bundle);
  return offering(name, JSON.stringify(bundle), code);
}

const inEnvelope = (name: string, edit: (envelope: Wild) => unknown, code?: AttackCase['code']) =>
  edited(name, ({ dsseEnvelope }) => edit(dsseEnvelope), code);
const inSignature = (name: string, edit: (signature: Wild) => unknown, code?: AttackCase['code']) =>
  inEnvelope(name, ({ signatures }) => edit(signatures[0]), code);
const inMaterial = (name: string, edit: (material: Wild) => unknown, code?: AttackCase['code']) =>
  edited(name, ({ verificationMaterial }) => edit(verificationMaterial), code);

const TYPES: readonly (readonly [what: string, type: unknown])[] = [
  ['of another payload type', 'application/json'],
  ['of no payload type', undefined],
  ['of an empty payload type', ''],
  ['of the payload type in capitals', PAYLOAD_TYPE.toUpperCase()],
  ['of the payload type with a space behind it', `${PAYLOAD_TYPE} `],
  ['of the payload type with a parameter', `${PAYLOAD_TYPE}; charset=utf-8`],
  ['of the payload type up to a zero', `${PAYLOAD_TYPE}\0json`],
  ['of a list of payload types', [PAYLOAD_TYPE]],
  ['of the payload type of a simple signing', 'application/vnd.dev.cosign.simplesigning.v1+json'],
];

/** The same bytes, or nearly, in another spelling than the canonical one. */
const SPELLINGS: readonly (readonly [what: string, spell: (text: string) => string])[] = [
  ['in base64 without padding', (text) => text.replace(/=+$/, '')],
  ['in base64 with padding that is not needed', (text) => `${text}=`],
  ['in base64 with a line break', (text) => `${text.slice(0, 64)}\n${text.slice(64)}`],
  ['in base64 with a space before it', (text) => ` ${text}`],
  ['in base64 with a second text behind its padding', (text) => `${text}QUJD`],
  ['in base64 with bits left over', (text) => text.replace(/.(=+)$/, (_, padding) => `/${padding}`)],
  ['in no base64', (text) => `*${text.slice(1)}`],
  ['that is empty', () => ''],
];

/** In the form of an entry of a log, and in none. */
const LOG_ENTRY = {
  logIndex: '1',
  logId: { keyId: 'AAAA' },
  kindVersion: { kind: 'dsse', version: '0.0.1' },
  integratedTime: '1',
  inclusionPromise: { signedEntryTimestamp: 'AAAA' },
  inclusionProof: { logIndex: '1', rootHash: 'AAAA', treeSize: '1', hashes: [], checkpoint: { envelope: 'x' } },
  canonicalizedBody: 'AAAA',
};

const FORM: readonly EvidenceAttack[] = [
  ...TYPES.map(([what, type]) => inEnvelope(`an envelope ${what}`, (envelope) => (envelope.payloadType = type))),
  ...SPELLINGS.map(([what, spell]) =>
    inEnvelope(`a payload ${what}`, (envelope) => (envelope.payload = spell(paddedPayload(envelope.payload)))),
  ),
  ...SPELLINGS.map(([what, spell]) => inSignature(`a signature ${what}`, (each) => (each.sig = spell(each.sig)))),
  inSignature('a signature in the other base64', (each) => (each.sig = `-_${each.sig.slice(2)}`)),
  inEnvelope('an envelope without signatures', (envelope) => (envelope.signatures = [])),
  inEnvelope('an envelope whose signatures are left out', (envelope) => delete envelope.signatures),
  inEnvelope('an envelope whose signatures are no list', (envelope) => (envelope.signatures = envelope.signatures[0])),
  inEnvelope('an envelope with its signature twice', ({ signatures }) => signatures.push(signatures[0])),
  inEnvelope('an envelope with a stranger’s signature behind the sound one', ({ signatures }) =>
    signatures.push(signPayload(payload, KEYS.stranger).dsseEnvelope.signatures[0]),
  ),
  inEnvelope('an envelope with an empty signature before the sound one', ({ signatures }) =>
    signatures.unshift({ keyid: KEYS.acme.keyId, sig: '' }),
  ),
  inEnvelope('an envelope with a thousand signatures', (envelope) => {
    envelope.signatures = Array.from({ length: 1000 }, () => envelope.signatures[0]);
  }),
  inEnvelope('an envelope with a field nobody knows', (envelope) => (envelope.extra = 1)),
  inEnvelope('an envelope with its fields in another case', (envelope) => (envelope.PayloadType = PAYLOAD_TYPE)),
  inSignature('a signature without its bytes', (each) => delete each.sig),
  inSignature('a signature with a field nobody knows', (each) => (each.algorithm = 'none')),
  inSignature('a signature with a certificate of its own', (each) => (each.cert = 'AAAA')),
  inSignature('a signature that names another key than the bundle', (each) => (each.keyid = KEYS.kit.keyId)),
  inSignature('a signature that names its key with half a character', (each) => (each.keyid = '\ud800')),
  inSignature('a signature that names its key in a list', (each) => (each.keyid = [each.keyid])),
  inMaterial('a bundle that names no key', (material) => delete material.publicKey),
  inMaterial('a bundle that names its key in a list', ({ publicKey }) => (publicKey.hint = [publicKey.hint])),
  inMaterial('a bundle that brings its key along', ({ publicKey }) => (publicKey.rawBytes = KEYS.acme.publicKey)),
  inMaterial(
    'a bundle that has a certificate beside its key',
    (material) => (material.certificate = { rawBytes: 'AAAA' }),
  ),
  inMaterial('a bundle that has a chain beside its key', (material) => (material.x509CertificateChain = {})),
  inMaterial('a bundle that has more in it to check with', (material) => (material.extra = 1)),
  inMaterial('a bundle with log entries without end', (material) => (material.tlogEntries = Array(17).fill(LOG_ENTRY))),
  ...['v0.1', 'v0.2', 'v0.4', 'v0.3.1', 'v03'].map((version) =>
    edited(`a bundle of version ${version}`, (bundle) => {
      bundle.mediaType = EVIDENCE_MEDIA_TYPE.replace('v0.3', version);
    }),
  ),
  edited('a bundle of version 0.3 in its former spelling', (bundle) => {
    bundle.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.3';
  }),
  edited('a bundle without its type', (bundle) => delete bundle.mediaType),
  edited('a bundle without an envelope', (bundle) => delete bundle.dsseEnvelope),
  edited('a bundle without anything to check it with', (bundle) => delete bundle.verificationMaterial),
  edited('a bundle with a signature of a digest beside the envelope', (bundle) => (bundle.messageSignature = {})),
  edited('a bundle with a signature of a digest in place of the envelope', (bundle) => {
    const digest = createHash('sha256').update(payload).digest('base64');
    const [{ sig }] = bundle.dsseEnvelope.signatures;
    bundle.messageSignature = { messageDigest: { algorithm: 'SHA2_256', digest }, signature: sig };
    delete bundle.dsseEnvelope;
  }),
];

/** Spelled so that its base64 has padding: what depends on it can be tried with this. */
function paddedPayload(text: string): string {
  return text.endsWith('=') ? text : Buffer.concat([Buffer.from(text, 'base64'), Buffer.from(' ')]).toString('base64');
}

const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const withMember = (member: string, text = sound) => `{${member},${text.slice(1)}`;

const TEXT: readonly EvidenceAttack[] = [
  offering('evidence that is empty', ''),
  offering('evidence that is cut off', sound.slice(0, -1)),
  offering('evidence with another document behind it', `${sound}${sound}`),
  offering('evidence with a zero behind it', `${sound}\0`),
  offering('evidence with a mark of byte order', `\ufeff${sound}`),
  offering('evidence in a list', `[${sound}]`),
  offering('evidence in a string', JSON.stringify(sound)),
  offering('evidence that is nothing', 'null'),
  offering('evidence with a comment', sound.replace('{', '{/* sound */')),
  offering('evidence that is the statement itself', payload.toString()),
  offering('evidence with a prototype', withMember('"__proto__":{"mediaType":1}')),
  offering('evidence whose lists go 65 deep', withMember(`"x":${deep(65)}`)),
  offering('evidence whose lists go 100,000 deep', withMember(`"x":${deep(100_000)}`)),
  offering('evidence that has its type twice', withMember(`"mediaType":"${EVIDENCE_MEDIA_TYPE}"`)),
  offering('evidence that has its envelope twice, the sound one last', withMember('"dsseEnvelope":{}')),
  offering('evidence that has its envelope twice, once in another spelling', withMember('"\\u0064sseEnvelope":{}')),
  offering('evidence that has its payload twice', sound.replace('"payload":', '"payload":"e30=","payload":')),
  offering('evidence that has its signature twice', sound.replace('"sig":', '"sig":"","sig":')),
  offering('evidence that names its key twice', sound.replace('"hint":', `"hint":"${KEYS.kit.keyId}","hint":`)),
];

/** What a publisher’s key signed in place of what DSSE has it sign. */
const signing = (name: string, signed: Uint8Array): EvidenceAttack =>
  offering(name, JSON.stringify(signPayload(payload, KEYS.acme, Buffer.from(signed))), UNSIGNED);

const length = (bytes: number) => {
  const number = Buffer.alloc(8);
  number.writeBigUInt64LE(BigInt(bytes));
  return number;
};
const text64 = Buffer.from(payload.toString('base64'));

const ENCODINGS: readonly EvidenceAttack[] = [
  signing('a signature of the payload without its encoding', payload),
  signing('a signature of the payload in base64', text64),
  signing('a signature of the encoded payload in base64', preAuthEncoding(text64)),
  signing('a signature of the digest of what is to be signed', digestOf(preAuthEncoding(payload))),
  signing('a signature of an encoding of version 0', preAuthEncoding(payload, PAYLOAD_TYPE, 'DSSEv0')),
  signing('a signature of an encoding without its version', preAuthEncoding(payload).subarray('DSSEv1 '.length)),
  signing('a signature of an encoding of another type', preAuthEncoding(payload, 'application/json')),
  signing('a signature of an encoding of no type', preAuthEncoding(payload, '')),
  signing('a signature of an encoding whose length is that of the base64', relengthened(text64.byteLength)),
  signing('a signature of an encoding with a zero before its length', relengthened(`0${payload.byteLength}`)),
  signing('a signature of an encoding with its length in hex', relengthened(payload.byteLength.toString(16))),
  signing(
    'a signature of an encoding with a line break at its end',
    Buffer.concat([preAuthEncoding(payload), Buffer.from('\n')]),
  ),
  signing(
    'a signature of an encoding with lengths in binary',
    Buffer.concat([
      length(2),
      length(PAYLOAD_TYPE.length),
      Buffer.from(PAYLOAD_TYPE),
      length(payload.byteLength),
      payload,
    ]),
  ),
  signing('a signature of another statement by the same key', preAuthEncoding(Buffer.from(canonicalize({ a: 1 })))),
];

function digestOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function relengthened(size: number | string): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${size} `), payload]);
}

/** The order of the group that signatures are numbers modulo of (RFC 8032 §5.1). */
const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** Another signature of the same bytes, for whoever does not look whether its number is reduced. */
function malleated(sig: Buffer): Buffer {
  const s = BigInt(`0x${Buffer.from(sig.subarray(32)).reverse().toString('hex')}`) + GROUP_ORDER;
  return Buffer.concat([sig.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse()]);
}

const resigned = (name: string, change: (sig: Buffer) => Uint8Array): EvidenceAttack =>
  inSignature(
    name,
    (each) => (each.sig = Buffer.from(change(Buffer.from(each.sig, 'base64'))).toString('base64')),
    UNSIGNED,
  );

const SIGNATURES: readonly EvidenceAttack[] = [
  resigned('a signature with the order of the group added', malleated),
  resigned('a signature of zeros', () => Buffer.alloc(64)),
  resigned('a signature with its halves in each other’s place', (sig) =>
    Buffer.concat([sig.subarray(32), sig.subarray(0, 32)]),
  ),
  resigned('a signature of a neutral point and nothing', () => Buffer.concat([Buffer.from([1]), Buffer.alloc(63)])),
  resigned('a signature that lacks its last byte', (sig) => sig.subarray(0, 63)),
  resigned('a signature with a byte more', (sig) => Buffer.concat([sig, Buffer.from([0])])),
  resigned('a signature of one byte', (sig) => sig.subarray(0, 1)),
  resigned('a signature twice in one', (sig) => Buffer.concat([sig, sig])),
  resigned('a signature wrapped in DER', (sig) => Buffer.concat([Buffer.from([0x04, 0x40]), sig])),
  inEnvelope(
    'a payload that was changed after it was signed',
    (envelope) => {
      envelope.payload = Buffer.from(payload.toString().replace('1.0.0', '1.0.1')).toString('base64');
    },
    UNSIGNED,
  ),
  inEnvelope(
    'a payload with a space behind what was signed',
    (envelope) => {
      envelope.payload = Buffer.concat([payload, Buffer.from(' ')]).toString('base64');
    },
    UNSIGNED,
  ),
  inMaterial(
    'log entries for a key that no log knows',
    (material) => {
      material.tlogEntries = [LOG_ENTRY];
    },
    UNSIGNED,
  ),
];

const hinted = (name: string, hint: string): EvidenceAttack =>
  edited(
    name,
    (bundle) => {
      bundle.verificationMaterial.publicKey.hint = hint;
      delete bundle.dsseEnvelope.signatures[0].keyid;
    },
    'trust/threshold',
  );

const two = { publishers: [{ namespace: 'acme', keys: [trusted(KEYS.acme), trusted(KEYS.acmeSecond)], threshold: 2 }] };
const renamed = (text: string, from: string, to: string) => text.replaceAll(from, to);

const SIGNERS: readonly EvidenceAttack[] = [
  offering('a stranger’s signature', publishEvidence(pack, KEYS.stranger), 'trust/threshold'),
  offering(
    'a stranger’s signature under the publisher’s name',
    renamed(publishEvidence(pack, KEYS.stranger), KEYS.stranger.keyId, KEYS.acme.keyId),
    UNSIGNED,
  ),
  offering('a publication that the lab signed', publishEvidence(pack, KEYS.kit), 'trust/threshold'),
  {
    name: 'a report that the publisher signed',
    code: 'trust/conformance-missing',
    evidence: [sound, kitEvidence(pack, KEYS.acme)],
  },
  {
    name: 'a sound publication with a forged one behind it',
    code: UNSIGNED,
    evidence: [sound, report, renamed(publishEvidence(pack, KEYS.stranger), KEYS.stranger.keyId, KEYS.acme.keyId)],
  },
  {
    name: 'a sound publication with a malformed one behind it',
    code: MALFORMED,
    evidence: [sound, report, '{}'],
  },
  {
    name: 'one publisher’s signature twice, where two have to sign',
    code: 'trust/threshold',
    evidence: [sound, `${sound} `, report],
    trust: two,
  },
  {
    name: 'one publisher’s signature under two names, where two have to sign',
    code: UNSIGNED,
    evidence: [sound, renamed(sound, KEYS.acme.keyId, KEYS.acmeSecond.keyId), report],
    trust: two,
  },
  hinted('the publisher’s key in capitals', KEYS.acme.keyId.toUpperCase()),
  hinted('the publisher’s key with a space behind it', `${KEYS.acme.keyId} `),
  hinted(
    'the publisher’s key under the whole digest',
    digestOf(Buffer.from(KEYS.acme.publicKey, 'base64')).toString('hex'),
  ),
  hinted('the publisher’s key under no name', ''),
  hinted('the publisher’s key by itself', KEYS.acme.publicKey),
];

/** Somebody wraps, spells, encodes or signs evidence so that it would be taken for what it is not. */
export const ENVELOPE_ATTACKS: readonly EvidenceAttack[] = [...FORM, ...TEXT, ...ENCODINGS, ...SIGNATURES, ...SIGNERS];
