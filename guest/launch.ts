import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** What every sandbox starts with. */
export interface GuestLaunch {
  /** Arguments of its process: flags that take every right away but to read its own code, and its program. */
  readonly args: readonly string[];
  /** The world its isolate gets: the text of a script. */
  readonly prelude: string;
}

// The same code runs from source, from the built package, and bundled into a program: the package's own folder is asked for.
const fromSource = import.meta.url.endsWith('.ts');

let launch: GuestLaunch | undefined;

/** What every sandbox of this host starts with; looked up once. */
export function guestLaunch(): GuestLaunch {
  launch ??= prepare();
  return launch;
}

function prepare(): GuestLaunch {
  const root = path.dirname(createRequire(import.meta.url).resolve('@greentic/guest/package.json'));
  const require = createRequire(path.join(root, 'package.json'));
  const addon = path.dirname(require.resolve('isolated-vm/package.json'));
  const loader = path.dirname(createRequire(addon + path.sep).resolve('node-gyp-build/package.json'));
  const programs = fromSource ? root : path.join(root, 'dist');
  // The addon's loader asks which C library the machine has.
  const readable = [programs, path.join(root, 'package.json'), addon, loader, '/etc/alpine-release'];
  const flags = [
    '--no-node-snapshot',
    '--no-warnings',
    '--max-old-space-size=128',
    // A signal from elsewhere must not open a debugger here.
    '--disable-sigusr1',
    '--permission',
    '--allow-addons',
  ];
  return {
    args: [
      ...flags,
      ...readable.map((each) => `--allow-fs-read=${each}`),
      path.join(programs, fromSource ? 'child.ts' : 'child.js'),
    ],
    prelude: readFileSync(path.join(root, 'dist', 'prelude.js'), 'utf8'),
  };
}
