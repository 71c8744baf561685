/** A start from the lock: told `{ root, environment, packs }`, verifies so many locked packs anew and tells how it went. */
import path from 'node:path';
import { EnvironmentName } from '@greentic/core';
import { environmentFolder, localActor, onlyActor, openArtifact, openFileStore } from '@greentic/operator';
import { countTraffic } from './traffic.ts';

const loadedMs = performance.now();
const traffic = countTraffic();
const { root, environment, packs } = JSON.parse(process.argv[2] ?? '') as {
  root: string;
  environment: string;
  packs: number;
};
const actor = localActor();
const now = () => new Date();
const store = openFileStore({ root, actor, authorise: onlyActor(actor), now });
const snapshot = await store.read(EnvironmentName.parse(environment));
const bindings = snapshot.environment.bindings.slice(0, packs);
const cacheOf = (name: string) => path.join(environmentFolder(root, name), 'cache');
const opened = await Promise.all(bindings.map(({ pack }) => openArtifact(snapshot, pack.digest, { cacheOf, now })));
const openMs = performance.now() - loadedMs;
const { user, system } = process.cpuUsage();
const cpuMs = (user + system) / 1000;
process.stdout.write(
  `${JSON.stringify({ loadedMs, openMs, opened: opened.length, sockets: traffic().sockets, cpuMs })}\n`,
);
