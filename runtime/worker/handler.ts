import { registerHooks } from 'node:module';
import type { BundleHandler } from '@greentic/core';

const BUNDLE_URL = 'greentic:bundle';

/**
 * Runs the module text and gives the handler it exports by default. From here on the process imports nothing any more: no
 * file, no builtin, no URL. Throws what the module throws, or an Error when it exports no handler.
 */
export async function loadHandler(moduleText: string): Promise<BundleHandler> {
  let taken = false;
  registerHooks({
    resolve(specifier) {
      if (specifier !== BUNDLE_URL || taken) {
        throw Object.assign(new Error(`A bundle is one file; it cannot import ${JSON.stringify(specifier)}.`), {
          code: 'permission/denied',
        });
      }
      taken = true;
      return { url: BUNDLE_URL, format: 'module', shortCircuit: true };
    },
    load: () => ({ format: 'module', source: moduleText, shortCircuit: true }),
  });
  const namespace = (await import(BUNDLE_URL)) as { default?: Partial<BundleHandler> };
  const handler = namespace.default;
  if (typeof handler?.fetch !== 'function') throw new Error('The bundle exports no handler: export default { fetch }.');
  return handler as BundleHandler;
}
