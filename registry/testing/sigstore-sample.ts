import { createHash, type KeyObject, sign } from 'node:crypto';
import {
  canonicalize,
  EVIDENCE_MEDIA_TYPE,
  PAYLOAD_TYPE,
  type PinnedTrustedRoot,
  type Statement,
} from '@greentic/core';
import { type CA, type CTLog, initializeCA, initializeCTLog } from '@sigstore/mock/dist/fulcio/index.js';
import { initializeTLog, type TLog } from '@sigstore/mock/dist/rekor/index.js';
import { initializeTSA, type TSA } from '@sigstore/mock/dist/timestamp/index.js';
import { generateKeyPair } from '@sigstore/mock/dist/util/key.js';

/** Whom a certificate names, and how it was signed with. */
export interface KeylessOptions {
  readonly subjectAlternativeName?: string;
  readonly issuer?: string;
  readonly extensions?: readonly { readonly oid: string; readonly value: string; readonly legacy?: boolean }[];
  /** How many minutes after the certificate was issued the log saw the signature. */
  readonly minutesLater?: number;
  readonly log?: boolean;
  readonly timestamp?: boolean;
}

/** The parts of a bundle that tests forge. */
export interface KeylessBundle {
  readonly mediaType: string;
  verificationMaterial: {
    certificate: { rawBytes: string };
    tlogEntries: {
      integratedTime: string;
      inclusionPromise?: { signedEntryTimestamp: string };
      inclusionProof: { rootHash: string; checkpoint: { envelope: string } };
      canonicalizedBody: string;
    }[];
    timestampVerificationData: { rfc3161Timestamps: { signedTimestamp: string }[] };
  };
  dsseEnvelope: { payload: string; payloadType: string; signatures: { sig: string }[] };
}

/** An entry of the first version of Rekor's interface. */
interface LogEntry {
  readonly body: string;
  readonly integratedTime: number;
  readonly logID: string;
  readonly logIndex: number;
  readonly verification: {
    readonly signedEntryTimestamp: string;
    readonly inclusionProof: { logIndex: number; rootHash: string; treeSize: number; checkpoint: string };
  };
}

const OIDC_ISSUER = '1.3.6.1.4.1.57264.1.8';
const base64 = (bytes: Uint8Array | ArrayBufferView) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

/** An authority of certificates, its log of certificates, a log of signatures and a clock, all with keys of their own. */
export class SigstoreSample {
  readonly #ca: CA;
  readonly #ctLog: CTLog;
  readonly #logs: (minutes: number) => Promise<TLog>;
  readonly #parts: { log: TLog; clock: TSA };

  private constructor(
    ca: CA,
    ctLog: CTLog,
    parts: { log: TLog; clock: TSA },
    logs: (minutes: number) => Promise<TLog>,
  ) {
    this.#ca = ca;
    this.#ctLog = ctLog;
    this.#parts = parts;
    this.#logs = logs;
  }

  static async create(): Promise<SigstoreSample> {
    // The authority's own certificate begins now; what it issues begins a minute later. Whole seconds, as the verifier
    // reads no fraction whose last zeros DER leaves out.
    const began = Math.floor(Date.now() / 1000) * 1000;
    const at = (minutes: number) => new Date(began + (minutes + 1) * 60_000);
    const ctLog = await initializeCTLog(generateKeyPair(), at(0));
    const ca = await initializeCA(generateKeyPair('P-384'), ctLog, at(0));
    const [logKey, clockKey] = [generateKeyPair(), generateKeyPair('P-384')];
    const clock = await initializeTSA(clockKey, at(0));
    const logs = (minutes: number) => initializeTLog('https://log.example', logKey, at(minutes));
    return new SigstoreSample(ca, ctLog, { log: await logs(0), clock }, logs);
  }

  /** What an operator pins to believe this authority. */
  trustedRoot(name = 'sample', thresholds: Partial<PinnedTrustedRoot['thresholds']> = {}): PinnedTrustedRoot {
    const validFor = { start: '2020-01-01T00:00:00.000Z' };
    const instance = (baseUrl: string, rawBytes: Uint8Array) => ({
      baseUrl,
      hashAlgorithm: 'SHA2_256',
      publicKey: { rawBytes: base64(rawBytes), keyDetails: 'PKIX_ECDSA_P256_SHA_256', validFor },
      logId: { keyId: base64(sha256(rawBytes)) },
    });
    const authority = (...certificates: ArrayBufferView[]) => ({
      subject: { organization: 'sample', commonName: 'sample' },
      uri: 'https://authority.example',
      certChain: { certificates: certificates.map((bytes) => ({ rawBytes: base64(bytes) })) },
      validFor,
    });
    const root = {
      mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
      tlogs: [instance('https://log.example', this.#parts.log.publicKey)],
      certificateAuthorities: [authority(this.#ca.rootCertificate)],
      ctlogs: [instance('https://certificate-log.example', this.#ctLog.publicKey)],
      timestampAuthorities: [authority(this.#parts.clock.intCertificate, this.#parts.clock.rootCertificate)],
    };
    return { name, root, thresholds: { log: 1, timestamp: 1, certificateLog: 1, ...thresholds } };
  }

  /** Signs a statement with a certificate for a key that is used once. */
  async sign(statement: Statement, options: KeylessOptions = {}): Promise<KeylessBundle> {
    const { publicKey, privateKey } = generateKeyPair();
    const { subjectAlternativeName = 'https://ci.example/acme/packs', issuer = 'https://issuer.example' } = options;
    const certificate = await this.#ca.issueCertificate({
      publicKey: publicKey.export({ format: 'der', type: 'spki' }) as Buffer<ArrayBuffer>,
      subjectAltName: subjectAlternativeName,
      extensions: [{ oid: OIDC_ISSUER, value: issuer }, ...(options.extensions ?? [])],
    });
    const payload = Buffer.from(canonicalize(statement));
    const sig = signature(payload, privateKey);
    const minutes = options.minutesLater ?? 0;
    return {
      mediaType: EVIDENCE_MEDIA_TYPE,
      verificationMaterial: {
        certificate: { rawBytes: base64(certificate) },
        tlogEntries: options.log === false ? [] : [await this.#logged(payload, sig, certificate, minutes)],
        timestampVerificationData: {
          rfc3161Timestamps: options.timestamp === true ? [{ signedTimestamp: await this.#timed(sig) }] : [],
        },
      },
      dsseEnvelope: {
        payload: payload.toString('base64'),
        payloadType: PAYLOAD_TYPE,
        signatures: [{ sig: sig.toString('base64') }],
      },
    };
  }

  async #logged(payload: Buffer, sig: Buffer, certificate: ArrayBufferView, minutes: number) {
    const pem = `-----BEGIN CERTIFICATE-----\n${base64(certificate)}\n-----END CERTIFICATE-----\n`;
    const entries: object = await (await this.#logs(minutes)).log({
      kind: 'dsse',
      apiVersion: '0.0.1',
      spec: {
        signatures: [{ signature: sig.toString('base64'), verifier: Buffer.from(pem).toString('base64') }],
        payloadHash: { algorithm: 'sha256', value: sha256(payload).toString('hex') },
      },
    });
    const [entry] = Object.values(entries as Record<string, LogEntry>);
    if (entry === undefined) throw new Error('sample');
    const { inclusionProof: proof, signedEntryTimestamp } = entry.verification;
    return {
      logIndex: String(entry.logIndex),
      logId: { keyId: Buffer.from(entry.logID, 'hex').toString('base64') },
      kindVersion: { kind: 'dsse', version: '0.0.1' },
      integratedTime: String(entry.integratedTime),
      inclusionPromise: { signedEntryTimestamp },
      inclusionProof: {
        logIndex: String(proof.logIndex),
        rootHash: Buffer.from(proof.rootHash, 'hex').toString('base64'),
        treeSize: String(proof.treeSize),
        hashes: [],
        checkpoint: { envelope: proof.checkpoint },
      },
      canonicalizedBody: entry.body,
    };
  }

  async #timed(sig: Buffer): Promise<string> {
    const response = await this.#parts.clock.timestamp({
      artifactHash: sha256(sig),
      hashAlgorithmOID: '2.16.840.1.101.3.4.2.1',
      nonce: 1,
      policyOID: '1.3.6.1.4.1.57264.2',
    });
    return base64(response);
  }
}

function signature(payload: Buffer, key: KeyObject): Buffer {
  const head = Buffer.from(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.byteLength} `);
  return sign('sha256', Buffer.concat([head, payload]), key);
}
