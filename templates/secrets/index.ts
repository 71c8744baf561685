import { definePack, PackError, type SecretName } from '@greentic/sdk';
import { openVault } from './vault.ts';

const pathOf = ({ tenant, name }: SecretName) => `${tenant}/${name}`;

/** The contract, method by method; how a secret is stored is the vault's affair. */
export default definePack('secrets', {
  open(context) {
    const vault = openVault(context.kv('vault'), context.seal('vault'));
    return {
      async get(name) {
        const found = await vault.find(pathOf(name));
        if (found.pieces === null) throw new PackError('secret/not-found', `There is no secret ${name.name}.`);
        return { value: await vault.read(pathOf(name), found), version: found.version };
      },

      async put({ value, ifVersion, ...name }) {
        for (;;) {
          const found = await vault.find(pathOf(name));
          const actual = found.pieces === null ? 0 : found.version;
          if (ifVersion !== undefined && ifVersion !== actual) {
            throw new PackError('secret/version-conflict', `The secret has version ${actual}.`, { actual });
          }
          const version = found.version + 1;
          if (await vault.replace(pathOf(name), found, await vault.sealAll(pathOf(name), version, value)))
            return { version };
        }
      },

      async delete(name) {
        for (;;) {
          const found = await vault.find(pathOf(name));
          if (found.pieces === null) return { deleted: false };
          if (await vault.replace(pathOf(name), found, { version: found.version, pieces: null }))
            return { deleted: true };
        }
      },

      async list({ tenant, after, limit }) {
        const prefix = `${tenant}/`;
        const paths = await vault.paths(prefix, after === undefined ? undefined : prefix + after, limit + 1);
        const names = paths.slice(0, limit).map((path) => path.slice(prefix.length));
        return { names, next: paths.length > limit ? (names.at(-1) ?? null) : null };
      },
    };
  },
});
