import type { Check } from '../../check.ts';

export const pinsComeAndGo: Check<'sessions'> = {
  id: 'SES-01',
  rev: 1,
  slot: 'sessions',
  level: 'core',
  title: 'A pin is looked up, extended and released; an unknown session is none, and no error.',
  clause: 'lookup gives the revision in force, or null; extend and release tell whether there was a pin.',
  hint: 'Answer for unknown sessions with null and false.',
  minObservations: 11,
  async run(kit) {
    const { pack } = kit;
    const key = { deployment: 'desk.acme', session: 'visitor-1' };
    const first = { ...key, revision: 'desk.acme.1', ttlSeconds: 600 };
    kit.equal(await pack.lookup(key), { revision: null }, 'An unknown session');
    kit.equal(await pack.extend({ ...key, ttlSeconds: 60 }), { extended: false }, 'The extension of none');
    kit.equal(await pack.release(key), { released: false }, 'The release of none');
    kit.equal(await pack.pin(first), { revision: 'desk.acme.1', pinned: true }, 'The first pin');
    kit.equal(await pack.lookup(key), { revision: 'desk.acme.1' }, 'The pinned session');
    const second = await pack.pin({ ...first, revision: 'desk.acme.2' });
    kit.equal(second, { revision: 'desk.acme.1', pinned: false }, 'A second pin to another revision');
    kit.equal(await pack.extend({ ...key, ttlSeconds: 60 }), { extended: true }, 'The extension');
    kit.equal(await pack.lookup(key), { revision: 'desk.acme.1' }, 'The session after it');
    kit.equal(await pack.release(key), { released: true }, 'The release');
    kit.equal(await pack.lookup(key), { revision: null }, 'The released session');
    const again = await pack.pin({ ...first, revision: 'desk.acme.2' });
    kit.equal(again, { revision: 'desk.acme.2', pinned: true }, 'A pin after the release');
  },
};
