import { pushRegistry } from '@greentic/registry';
import type { Invocation } from '../commands/command.ts';

/** `registry push` */
export async function push({ session, args: [folder = '', location = ''] }: Invocation<object>): Promise<void> {
  const { output } = session;
  const pushed = await pushRegistry(folder, location, {
    now: session.now(),
    events: {
      onVersion: ({ name, version, present }) =>
        output.progress(`${name}@${version} ${present ? 'is there' : 'was brought'}`),
    },
  });
  output.result(
    pushed,
    ({ versions, blobs }) =>
      `${pushed.location} has timestamp ${pushed.timestamp}: ${versions.pushed} versions brought, ${versions.present} there; ` +
      `${blobs.pushed} blobs, ${blobs.bytes} bytes.`,
  );
}
