import { stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { GreenticError, type Slot } from '@greentic/core';

/** Folders that may hold the templates: beside the sources, and inside the published package. */
const PLACES = ['../templates', '../../templates', './templates'];

/** The template for a slot or a bundle. Throws `input/invalid` when there is none. */
export async function templateFolder(kind: Slot | 'bundle'): Promise<string> {
  const here = path.dirname(fileURLToPath(import.meta.url));
  for (const place of PLACES) {
    const folder = path.join(here, place, kind);
    if ((await stat(folder).catch(() => undefined))?.isDirectory()) return folder;
  }
  throw new GreenticError('input/invalid', `There is no template for ${kind}.`, {
    hint: 'There are templates for secrets, deployer and bundle.',
  });
}
