/** Verifies one piece of evidence over and over, in turns with its bare signature, and tells the times in microseconds. */
import { createPublicKey, verify } from 'node:crypto';
import { digestOf, generateKeyPair, signBytes, signStatement } from '@greentic/core';
import { publishStatement } from '@greentic/registry';
import { verifyEvidence } from '../../registry/evidence/verified-statement.ts';

const WARM_UP = 500;
const COUNT = 3000;

const { keyId, publicKey, secretKey } = generateKeyPair();
const about = { name: 'greentic.state.sqlite', version: '1.0.0', digest: digestOf('x'), kind: 'state', contract: 1 };
const statement = publishStatement(about as Parameters<typeof publishStatement>[0]);
const evidence = Buffer.from(signStatement(statement, secretKey));
const payload = Buffer.from(JSON.stringify(statement));
const signature = signBytes(payload, secretKey);
const raw = Buffer.from(publicKey, 'base64').toString('base64url');
const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw }, format: 'jwk' });

function timed(work: () => unknown): number {
  const started = performance.now();
  work();
  return (performance.now() - started) * 1000;
}

const whole: number[] = [];
const bare: number[] = [];
for (let i = 0; i < WARM_UP + COUNT; i++) {
  const one = timed(() => verifyEvidence(evidence, { keys: [{ keyId, publicKey }] }));
  const other = timed(() => {
    if (!verify(null, payload, key, signature)) throw new Error('The signature does not verify.');
  });
  if (i < WARM_UP) continue;
  whole.push(one);
  bare.push(other);
}
process.stdout.write(`${JSON.stringify({ whole, bare })}\n`);
