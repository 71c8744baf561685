/** An installation by name: told `{ root, environment, name, slot }`, installs, binds and locks a pack and tells how it went. */
import path from 'node:path';
import { ArtifactName, EnvironmentName, grantAll, Slot } from '@greentic/core';
import { addPack, environmentFolder, localActor, onlyActor, openFileStore } from '@greentic/operator';
import { countTraffic } from './traffic.ts';

const loadedMs = performance.now();
const traffic = countTraffic();
const input = JSON.parse(process.argv[2] ?? '') as { root: string; environment: string; name: string; slot: string };
const actor = localActor();
const now = () => new Date();
const store = openFileStore({ root: input.root, actor, authorise: onlyActor(actor), now });
const cacheOf = (name: string) => path.join(environmentFolder(input.root, name), 'cache');
const { snapshot } = await addPack({ store, now, cacheOf }, EnvironmentName.parse(input.environment), {
  name: ArtifactName.parse(input.name),
  range: '*',
  slot: Slot.parse(input.slot),
  grant: grantAll,
  answers: () => ({}),
});
const installMs = performance.now() - loadedMs;
process.stdout.write(`${JSON.stringify({ installMs, locked: snapshot.lock !== undefined, ...traffic() })}\n`);
