import { homedir } from 'node:os';
import { join } from 'node:path';
import { decode, GreenticError, parseJson } from '@greentic/core';
import * as z from 'zod';
import { readBounded } from '../layout/bounded-file.ts';
import { askHelper, type HelperOptions } from './credential-helper.ts';

const MAX_BYTES = 2 ** 20;

const DockerConfig = z.looseObject({
  auths: z.record(z.string(), z.looseObject({ auth: z.string().exactOptional() })).default({}),
  credHelpers: z.record(z.string(), z.string()).default({}),
  credsStore: z.string().default(''),
});

/** A name and a password, for exactly one host. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Finds the credentials of a host; undefined when there are none. */
export type FindCredentials = (host: string) => Promise<Credentials | undefined>;

/**
 * Looks into the file that `docker login` and its like write, `config.json` in the folder that DOCKER_CONFIG names, or in
 * `.docker` of the home folder: asks the helper that `credHelpers` names for the host, else takes the entry of `auths`, else asks
 * the helper of `credsStore`. Each counts for exactly the host it names, port included. Throws `registry/access-denied` for a
 * file that is malformed, and as a helper does.
 */
export function dockerCredentials(
  processEnv: NodeJS.ProcessEnv = process.env,
  deadline?: HelperOptions['deadline'],
): FindCredentials {
  const options = { processEnv, ...(deadline && { deadline }) };
  const path = join(processEnv['DOCKER_CONFIG'] || join(homedir(), '.docker'), 'config.json');
  return async (host) => {
    const bytes = await readBounded(path, MAX_BYTES, 'registry/access-denied');
    if (bytes === undefined) return undefined;
    const value = parseJson(bytes, { maxBytes: MAX_BYTES, code: 'registry/access-denied' });
    const { auths, credHelpers, credsStore } = decode(DockerConfig, value, 'registry/access-denied', path);
    const helper = own(credHelpers, host) ?? own(credHelpers, `https://${host}`);
    if (helper !== undefined) return askHelper(helper, host, options);
    const auth = own(auths, host)?.auth ?? own(auths, `https://${host}`)?.auth ?? '';
    if (auth !== '') return decodeAuth(auth, host, path);
    return credsStore === '' ? undefined : askHelper(credsStore, host, options);
  };
}

/** What a record holds itself: a host may have the name of what every object has. */
function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
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
