import { PackageURL } from 'packageurl-js';

/** Package URL of an npm package: https://github.com/package-url/purl-spec */
export function npmPurl(name: string, version: string): string {
  const cut = name.indexOf('/');
  const namespace = cut === -1 ? undefined : name.slice(0, cut);
  return new PackageURL('npm', namespace, name.slice(cut + 1), version, undefined, undefined).toString();
}
