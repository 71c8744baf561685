import { GreenticError } from '@greentic/core';
import * as z from 'zod';

/** Risks of a channel, from the one most people should follow to the one that breaks first. */
export const RISKS = ['stable', 'candidate', 'beta', 'edge'] as const;
export type Risk = (typeof RISKS)[number];

const DEFAULT_TRACK = 'latest';
const TRACK = '[a-z0-9](?:[a-z0-9.-]{0,30}[a-z0-9])?';

/** A channel, `<track>/<risk>`: a pointer its publisher signs, that names one version at a time. */
export const Channel = z
  .string()
  .regex(new RegExp(`^${TRACK}/(?:${RISKS.join('|')})$`), 'must be <track>/<risk>, such as latest/stable')
  .brand('Channel');
export type Channel = z.infer<typeof Channel>;

/** The channel a text names, `<track>/<risk>` or a risk of the track `latest`; undefined when it names none. */
export function parseChannel(text: string): Channel | undefined {
  const named = (RISKS as readonly string[]).includes(text) ? `${DEFAULT_TRACK}/${text}` : text;
  return Channel.safeParse(named).data;
}

/** The channel a text names. Throws `input/invalid`. */
export function channelOf(text: string): Channel {
  const channel = parseChannel(text);
  if (channel !== undefined) return channel;
  throw new GreenticError('input/invalid', `${text.slice(0, 64)} is no channel.`, {
    hint: `Write a risk, ${RISKS.join(', ')}, or <track>/<risk>.`,
  });
}

/** The channel, and those of less risk that are followed while it is closed. */
export function fallbacksOf(channel: Channel): Channel[] {
  const [track = '', risk = ''] = channel.split('/');
  const from = RISKS.indexOf(risk as Risk);
  return RISKS.slice(0, from + 1)
    .toReversed()
    .map((each) => Channel.parse(`${track}/${each}`));
}
