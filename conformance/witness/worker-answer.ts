import { request } from 'node:http';
import { decode, parseJson } from '@greentic/core';
import * as z from 'zod';

const MAX_BYTES = 4096;
const TIMEOUT_MS = 2000;

const WorkerAnswer = z.strictObject({
  revision: z.string(),
  bundleDigest: z.string(),
  bootId: z.string(),
  nonce: z.string().nullable(),
});

/** Who answered: the revision and bundle it runs, which start of it, and what it was asked. */
export type WorkerAnswer = z.infer<typeof WorkerAnswer>;

/** Asks whoever listens at an endpoint, `http://host:port` or `unix:<path>`, who it is. Throws when nobody answers so. */
export async function askWorker(endpoint: string, nonce: string): Promise<WorkerAnswer> {
  const path = `/?nonce=${encodeURIComponent(nonce)}`;
  const text = await fetchText(
    endpoint.startsWith('unix:') ? { socketPath: endpoint.slice('unix:'.length), path } : addressOf(endpoint, path),
  );
  return decode(WorkerAnswer, parseJson(text, { maxBytes: MAX_BYTES }), 'input/invalid', `The answer of ${endpoint}`);
}

function addressOf(endpoint: string, path: string): { hostname: string; port: string; path: string } {
  const { hostname, port } = new URL(endpoint);
  return { hostname, port, path };
}

function fetchText(target: object): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...target, agent: false, timeout: TIMEOUT_MS }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > MAX_BYTES) outgoing.destroy(new Error('The answer is too long.'));
      });
      incoming.on('end', () => resolve(text));
      incoming.on('error', reject);
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('The worker did not answer in time.')));
    outgoing.on('error', reject);
    outgoing.end();
  });
}
