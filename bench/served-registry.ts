import path from 'node:path';
import { pushRegistry } from '@greentic/registry';
import { addAccount, RegistryServer } from '@greentic/registry/server';

/** A registry served over loopback. */
export interface ServedRegistry extends AsyncDisposable {
  /** Where readers find it. */
  readonly location: string;
  /** Requests answered so far. */
  readonly requests: () => number;
}

const now = () => new Date();

/** Brings the registry of a folder into a registry server of its own, which anybody on this machine may read. */
export async function serveRegistry(folder: string): Promise<ServedRegistry> {
  const storage = path.join(path.dirname(folder), 'served');
  const token = await addAccount(storage, { name: 'bench', role: 'admin', namespaces: [], now: now() });
  let requests = 0;
  const log = ({ event }: { event: string }) => {
    if (event === 'request') requests++;
  };
  const server = await RegistryServer.start({
    folder: storage,
    host: '127.0.0.1',
    port: 0,
    publicRead: true,
    now,
    log,
  });
  const location = `oci://${new URL(server.url).host}/greentic/registry`;
  const credentials = async () => ({ username: 'bench', password: token });
  await pushRegistry(folder, location, { now: now(), transport: { credentials } });
  return { location, requests: () => requests, [Symbol.asyncDispose]: () => server.close(0) };
}
