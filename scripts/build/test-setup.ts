import path from 'node:path';
import { bundle } from './bundle.ts';
import { TARGETS } from './target.ts';

/** Before any test: the one built file that source code needs, the world inside the isolate. */
export async function setup(): Promise<void> {
  const root = path.join(import.meta.dirname, '..', '..');
  for (const target of TARGETS.filter((target) => target.name === 'guest:prelude')) await bundle(root, target);
}
