/** How a server wants to be asked: one challenge of a `WWW-Authenticate` header. */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const MAX_LENGTH = 8192;
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const PARAMETER = new RegExp(`[\\s,]*(${TOKEN})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${TOKEN}))`, 'y');
const SCHEME = new RegExp(`[\\s,]*(${TOKEN})(?=\\s|,|$)(?!\\s*=)`, 'y');

/**
 * Reads `WWW-Authenticate` (RFC 9110 §11.6.1): schemes, each with parameters that are tokens or quoted strings. What cannot be
 * read ends the list; of a parameter that comes twice the first counts.
 */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  const text = header.slice(0, MAX_LENGTH);
  let at = 0;
  while (at < text.length) {
    PARAMETER.lastIndex = at;
    const [parameter, name, quoted, plain] = PARAMETER.exec(text) ?? [];
    const last = challenges.at(-1);
    if (parameter !== undefined && name !== undefined && last !== undefined) {
      const key = name.toLowerCase();
      if (!Object.hasOwn(last.parameters, key)) last.parameters[key] = quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '';
      at += parameter.length;
      continue;
    }
    SCHEME.lastIndex = at;
    const [match, scheme] = SCHEME.exec(text) ?? [];
    if (match === undefined || scheme === undefined) break;
    challenges.push({ scheme: scheme.toLowerCase(), parameters: Object.create(null) });
    at += match.length;
  }
  return challenges;
}
