import { rename, rm, writeFile } from 'node:fs/promises';
import { GreenticError } from '@greentic/core';

/** Writes a file that is not there yet: what somebody signed must not be lost. Throws `input/invalid`. */
export async function writeNew(file: string, text: string): Promise<void> {
  await writeFile(file, text, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    throw new GreenticError('input/invalid', `${file} cannot be made (${error.code}).`, {
      hint: 'Choose a file that does not exist, in a folder that does: what is in one would be lost.',
    });
  });
}

/** Puts a text in the place of the file it was made from, whole or not at all. Throws `input/invalid`. */
export async function replaceWhole(file: string, text: string): Promise<void> {
  const next = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(next, text, { flag: 'wx' });
    await rename(next, file);
  } catch (error) {
    await rm(next, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    throw new GreenticError('input/invalid', `${file} cannot be written (${code}).`, {
      hint: 'It is as it was. Look at its folder.',
    });
  }
}
