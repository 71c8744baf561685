import { homedir } from 'node:os';
import { join } from 'node:path';
import { decode, GreenticError, parseJson } from '@greentic/core';
import * as z from 'zod';
import { readBounded } from '../layout/bounded-file.ts';

const MAX_BYTES = 2 ** 20;

const DockerConfig = z.looseObject({
  auths: z.record(z.string(), z.looseObject({ auth: z.string().exactOptional() })).default({}),
});

/** A name and a password, for exactly one host. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Finds the credentials of a host; undefined when there are none. */
export type FindCredentials = (host: string) => Promise<Credentials | undefined>;

/**
 * Looks into the file that `docker login` and its like write: `auths` of `config.json`, in the folder that DOCKER_CONFIG
 * names, or `.docker` of the home folder. An entry counts for exactly the host it names, port included; helper programs are
 * never run. Throws `registry/access-denied` for a file that is malformed.
 */
export function dockerCredentials(processEnv: NodeJS.ProcessEnv = process.env): FindCredentials {
  const path = join(processEnv['DOCKER_CONFIG'] || join(homedir(), '.docker'), 'config.json');
  return async (host) => {
    const bytes = await readBounded(path, MAX_BYTES, 'registry/access-denied');
    if (bytes === undefined) return undefined;
    const value = parseJson(bytes, { maxBytes: MAX_BYTES, code: 'registry/access-denied' });
    const { auths } = decode(DockerConfig, value, 'registry/access-denied', path);
    const auth = auths[host]?.auth ?? auths[`https://${host}`]?.auth;
    return auth === undefined || auth === '' ? undefined : decodeAuth(auth, host, path);
  };
}

function decodeAuth(auth: string, host: string, path: string): Credentials {
  const text = Buffer.from(auth, 'base64').toString();
  const colon = text.indexOf(':');
  // A control character would end a header, or hide what follows.
  if (colon < 1 || /\p{Cc}/u.test(text)) {
    throw new GreenticError(
      'registry/access-denied',
      `The entry of ${host} in ${path} is no name and password in base64.`,
    );
  }
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}
