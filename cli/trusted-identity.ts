import {
  decode,
  GreenticError,
  Label,
  PinnedTrustedRoot,
  parseJson,
  TrustedIdentity,
  type TrustRoot,
} from '@greentic/core';
import { assertTrustedRoot } from '@greentic/registry';
import { readInput } from './input-file.ts';
import { parsePair, parseWhole } from './reference.ts';
import { type Role, withIdentity, withTrustedRoot } from './trust-change.ts';

/** Whom to believe by certificate, and what his certificates are checked against. */
export interface IdentityOptions {
  /** `<role>=<name in the certificate>` */
  readonly identity?: string;
  readonly issuer?: string;
  /** `<object identifier>=<value>` */
  readonly extension?: readonly string[];
  /** `<name>=<file>` of one to pin, `<name>` of one that is pinned. */
  readonly trustedRoot?: string;
  /** `<what>=<n>` */
  readonly vouching?: readonly string[];
}

const ROOT_MAX_BYTES = 512 * 1024;
const THRESHOLDS = { log: 'log', time: 'timestamp', 'certificate-log': 'certificateLog' } as const;

/** A trust root that believes an identity, or has another trusted root. Throws `input/invalid`, `trust/root-invalid`. */
export async function withIdentityOptions(root: TrustRoot, options: IdentityOptions): Promise<TrustRoot> {
  const { identity, issuer, extension = [], trustedRoot, vouching } = options;
  const whole = identity === undefined ? issuer === undefined && extension.length === 0 : issuer !== undefined;
  if (!whole || (trustedRoot === undefined && (identity !== undefined || vouching !== undefined)))
    throw new GreenticError('input/invalid', 'An identity is a name, who vouched for it, and a trusted root.', {
      hint: 'Give --identity, --issuer and --trusted-root together.',
    });
  if (trustedRoot === undefined) return root;
  const [name, file] = trustedRoot.includes('=') ? parsePair(trustedRoot) : [trustedRoot, undefined];
  const next = await withRoot(root, decode(Label, name, 'input/invalid', 'The trusted root'), file, vouching);
  if (identity === undefined || issuer === undefined) return next;
  const [role, subject] = parsePair(identity);
  assertWhole(issuer, subject);
  const extensions = Object.fromEntries(extension.map(parsePair));
  const given = { issuer, subjectAlternativeName: subject, trustedRoot: name };
  const entry = extension.length === 0 ? given : { ...given, extensions };
  return withIdentity(next, role as Role, decode(TrustedIdentity, entry, 'input/invalid', 'The identity'));
}

/** The trust root with a trusted root of this name. One that is pinned keeps its thresholds, unless others are given. */
async function withRoot(
  root: TrustRoot,
  name: PinnedTrustedRoot['name'],
  file: string | undefined,
  vouching: readonly string[] = [],
): Promise<TrustRoot> {
  const known = (root.trustedRoots ?? []).find((each) => each.name === name);
  if (known === undefined && file === undefined)
    throw new GreenticError('input/invalid', `The trust root holds no trusted root ${name}.`, {
      hint: `Pin it: --trusted-root ${name}=<file>.`,
    });
  if (file === undefined && vouching.length === 0) return root;
  const pinned = {
    name,
    root: file === undefined ? known?.root : await readRoot(file),
    thresholds: { ...(known?.thresholds ?? { log: 1, timestamp: 1, certificateLog: 1 }), ...thresholdsOf(vouching) },
  };
  const checked = decode(PinnedTrustedRoot, pinned, 'input/invalid', 'The trusted root');
  assertTrustedRoot(checked);
  return withTrustedRoot(root, checked);
}

function thresholdsOf(pairs: readonly string[]): Partial<PinnedTrustedRoot['thresholds']> {
  return Object.fromEntries(
    pairs.map(parsePair).map(([what, count]) => {
      if (!Object.hasOwn(THRESHOLDS, what))
        throw new GreenticError('input/invalid', `Nothing vouches by the name of ${what}.`, {
          hint: `Write one of ${Object.keys(THRESHOLDS).join(', ')}.`,
        });
      return [THRESHOLDS[what as keyof typeof THRESHOLDS], parseWhole(count, '--vouching', 8)];
    }),
  );
}

async function readRoot(file: string): Promise<unknown> {
  const bytes = await readInput(file, { what: 'The trusted root', maxBytes: ROOT_MAX_BYTES });
  return parseJson(bytes, { maxBytes: ROOT_MAX_BYTES, code: 'trust/root-invalid' });
}

/** Throws `input/invalid` for what no certificate spells: a pattern, or a name that is neither a URI nor an e-mail address. */
function assertWhole(issuer: string, subject: string): void {
  const isUri = /^[a-z][a-z0-9+.-]*:\/\/[!-~]+$/.test(subject);
  if (!isUri && !/^[!-?A-~]+@[a-z0-9.-]+$/i.test(subject))
    throw new GreenticError('input/invalid', `${subject} is neither a URI nor an e-mail address.`, {
      hint: 'Write the name as the certificate has it.',
    });
  if (!/^https:\/\/[!-~]+$/.test(issuer))
    throw new GreenticError('input/invalid', `${issuer} is no issuer.`, {
      hint: 'Write it as the certificate has it, such as https://token.actions.githubusercontent.com.',
    });
  const pattern = [issuer, subject].find((text) => text.includes('*'));
  if (pattern !== undefined)
    throw new GreenticError('input/invalid', `${pattern} is a pattern, and is compared byte by byte.`, {
      hint: 'Name one identity, whole.',
    });
}
