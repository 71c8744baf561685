import { canonicalize } from '@greentic/core';
import {
  decodePublication,
  type ProposedPublication,
  PUBLICATION_MAX_BYTES,
  type PublicationProposal,
} from '@greentic/registry';
import { readInput } from './input-file.ts';
import { replaceWhole, writeNew } from './output-file.ts';

/** Reads a proposed publication. Throws `input/invalid`, and as `decodePublication` does. */
export async function readPublication(file: string): Promise<ProposedPublication> {
  return decodePublication(await readInput(file, { what: 'The proposal', maxBytes: PUBLICATION_MAX_BYTES }));
}

/** Writes a proposed publication into a new file. Throws `input/invalid`. */
export async function writePublication(file: string, proposal: PublicationProposal): Promise<void> {
  await writeNew(file, encode(proposal));
}

/** Puts a proposed publication in the place of the file it was read from, whole or not at all. */
export async function replacePublication(file: string, proposal: PublicationProposal): Promise<void> {
  await replaceWhole(file, encode(proposal));
}

function encode(proposal: PublicationProposal): string {
  return `${canonicalize(proposal)}\n`;
}
