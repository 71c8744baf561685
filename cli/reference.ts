import {
  ArtifactName,
  type DeploymentId,
  DeploymentId as DeploymentIdSchema,
  decode,
  GreenticError,
  RevisionId,
  type Slot,
  Slot as SlotSchema,
  type SplitEntry,
  TOTAL_BPS,
} from '@greentic/core';

/** The highest port there is. */
export const MAX_PORT = 65_535;

/** `<name>[@<range>]` from the command line; the highest release when no range is given. Throws `input/invalid`. */
export function parseReference(text: string): { name: ArtifactName; range: string } {
  const at = text.indexOf('@');
  const name = decode(ArtifactName, at < 0 ? text : text.slice(0, at), 'input/invalid', 'The name');
  return { name, range: at < 0 ? '*' : text.slice(at + 1) };
}

/** A slot's name. Throws `input/invalid`. */
export function parseSlot(text: string): Slot {
  return decode(SlotSchema, text, 'input/invalid', 'The slot');
}

/** A deployment's id, `<bundle>.<customer>`. Throws `input/invalid`. */
export function parseDeployment(text: string): DeploymentId {
  return decode(DeploymentIdSchema, text, 'input/invalid', 'The deployment');
}

/** A revision's id, `<bundle>.<customer>.<n>`. Throws `input/invalid`. */
export function parseRevision(text: string): RevisionId {
  return decode(RevisionId, text, 'input/invalid', 'The revision');
}

/**
 * A share of the traffic: `<revision>=<n>%` or `<revision>=<n>bps`, where the revision may be just its number. Throws
 * `input/invalid`, also for a percentage finer than a basis point.
 */
export function parseShare(text: string, deployment: DeploymentId): SplitEntry {
  const match = /^(?<revision>[a-z0-9.-]+)=(?<amount>\d{1,5}(?:\.\d{1,2})?)(?<unit>%|bps)$/.exec(text);
  const { revision = '', amount = '', unit } = match?.groups ?? {};
  const weightBps = unit === '%' ? Math.round(Number(amount) * 100) : Number(amount);
  if (match === null || !Number.isInteger(weightBps) || weightBps > TOTAL_BPS) {
    throw new GreenticError('input/invalid', `${text} is no share.`, {
      hint: 'Write it as 1=90%, 1=12.5% or 1=1250bps.',
    });
  }
  return { revision: parseRevision(/^\d+$/.test(revision) ? `${deployment}.${revision}` : revision), weightBps };
}

/** `<key>=<value>` from the command line. Throws `input/invalid`. */
export function parsePair(text: string): [key: string, value: string] {
  const at = text.indexOf('=');
  if (at <= 0) throw new GreenticError('input/invalid', `${text} is not written as <name>=<value>.`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** A whole number from 1 to `most`, in digits alone, from the command line. Throws `input/invalid`. */
export function parseCount(text: string, option: string, most = 999_999_999): number {
  if (/^[1-9]\d{0,8}$/.test(text) && Number(text) <= most) return Number(text);
  throw new GreenticError(
    'input/invalid',
    `${option} takes a whole number from 1 to ${most}, not ${text || 'nothing'}.`,
  );
}

/** A whole number from 0 to `most`, in digits alone, from the command line. Throws `input/invalid`. */
export function parseWhole(text: string, option: string, most: number = Number.MAX_SAFE_INTEGER): number {
  if (/^\d{1,16}$/.test(text) && Number(text) <= most) return Number(text);
  throw new GreenticError(
    'input/invalid',
    `${option} takes a whole number from 0 to ${most}, not ${text || 'nothing'}.`,
  );
}
