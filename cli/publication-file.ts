import { rename, writeFile } from 'node:fs/promises';
import { canonicalize, GreenticError } from '@greentic/core';
import {
  decodePublication,
  type ProposedPublication,
  PUBLICATION_MAX_BYTES,
  type PublicationProposal,
} from '@greentic/registry';
import { readInput } from './input-file.ts';

/** Reads a proposed publication. Throws `input/invalid`, and as `decodePublication` does. */
export async function readPublication(file: string): Promise<ProposedPublication> {
  return decodePublication(await readInput(file, { what: 'The proposal', maxBytes: PUBLICATION_MAX_BYTES }));
}

/** Writes a proposed publication into a new file. Throws `input/invalid`. */
export async function writePublication(file: string, proposal: PublicationProposal): Promise<void> {
  await writeFile(file, encode(proposal), { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    throw new GreenticError('input/invalid', `${file} cannot be made (${error.code}).`, {
      hint: 'Choose a file that does not exist: signatures in it would be lost.',
    });
  });
}

/** Puts a proposed publication in the place of the file it was read from, whole or not at all. */
export async function replacePublication(file: string, proposal: PublicationProposal): Promise<void> {
  const next = `${file}.${process.pid}.tmp`;
  await writeFile(next, encode(proposal), { flag: 'wx' });
  await rename(next, file);
}

function encode(proposal: PublicationProposal): string {
  return `${canonicalize(proposal)}\n`;
}
