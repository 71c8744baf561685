import path from 'node:path';
import { TARGETS } from '../build/target.ts';
import type { Finding } from './finding.ts';
import type { ImportEdge } from './import-edge.ts';
import type { PackageFile, SourceFile, SourceTree } from './source-tree.ts';

/** Which of our packages a folder may import by name. Folders that are not listed (scripts, bench) may import all. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  guest: ['core'],
  core: ['guest'],
  sdk: ['core'],
  registry: ['core'],
  conformance: ['core', 'sdk'],
  operator: ['core', 'registry'],
  runtime: ['core'],
  cli: ['core', 'sdk', 'registry', 'conformance', 'operator', 'runtime'],
  envpacks: ['sdk'],
  templates: ['sdk'],
};

/** Folders that may know the core's types and nothing else of it. */
const TYPES_ONLY = ['sdk', 'guest'];

/** Code that runs where Node is not. */
const ISOLATED = ['sdk/', 'envpacks/', 'templates/', 'guest/prelude/'];

/** Code whose packages are bundled into it, so that they are needed only at build time. */
const BUNDLED = ['envpacks/', 'templates/', 'guest/prelude/'];

/** Packages that stay outside of every bundle. */
const EXTERNAL = TARGETS.find(({ name }) => name === 'cli')?.options.external ?? [];

/** Arrows go down only, through front doors, to declared packages. */
export function checkArrows(tree: SourceTree): Finding[] {
  return [...tree.files.values()].flatMap((file) => file.imports.flatMap((edge) => checkEdge(tree, file, edge)));
}

function checkEdge(tree: SourceTree, file: SourceFile, edge: ImportEdge): Finding[] {
  const finding = (rule: string, message: string, hint: string): Finding[] => [
    { file: file.path, line: edge.line, rule, message, hint },
  ];
  const { specifier } = edge;
  if (specifier.startsWith('.')) return checkRelative(tree, file, specifier, finding);
  if (specifier.startsWith('node:')) {
    if (file.isTest || edge.typeOnly || !startsWithAny(file.path, ISOLATED)) return [];
    return finding(
      'isolated',
      `${specifier} does not exist where this code runs.`,
      'Use web standards, or what the context offers.',
    );
  }
  if (specifier.startsWith('@greentic/')) return checkOwn(tree, file, edge, finding);
  return checkPackage(tree, file, edge, finding);
}

type Report = (rule: string, message: string, hint: string) => Finding[];

function checkRelative(tree: SourceTree, file: SourceFile, specifier: string, finding: Report): Finding[] {
  const target = path.posix.join(path.posix.dirname(file.path), specifier);
  if (target.startsWith('envpacks/') && !file.path.startsWith('envpacks/')) {
    return finding('envpacks', `${target} is a pack: nobody imports packs.`, 'Install it by name through a registry.');
  }
  const inside = file.workspace === '.' || target.startsWith(`${file.workspace}/`);
  if (!inside)
    return finding('deep-import', `${target} belongs to another workspace.`, 'Import its front door by package name.');
  if (!file.isTest && tree.files.get(target)?.isTest) {
    return finding('test-only', `${target} is there for tests.`, 'Move what the product needs out of it.');
  }
  if (target.endsWith('.ts') && !tree.files.has(target) && !/(^|\/)(dist|fixtures)\//.test(target)) {
    return finding('unresolved', `${target} does not exist.`, 'Correct the path.');
  }
  return [];
}

function checkOwn(tree: SourceTree, file: SourceFile, edge: ImportEdge, finding: Report): Finding[] {
  const [name = '', entry] = splitSpecifier(edge.specifier);
  const folder = name.slice('@greentic/'.length);
  const area = file.path.split('/')[0] ?? '';
  const target = [...tree.packages].find(([, pack]) => pack.name === name);
  if (target?.[0].startsWith('envpacks/')) {
    return finding('envpacks', `${name} is a pack: nobody imports packs.`, 'Install it by name through a registry.');
  }
  const allowed = ARROWS[area];
  if (allowed !== undefined && !allowed.includes(folder)) {
    const may = allowed.length === 0 ? 'no other folder of ours' : `only ${allowed.join(', ')}`;
    return finding(
      'arrow',
      `${area} may not import ${edge.specifier}.`,
      `${area} imports ${may}; move the code down, or pass it in.`,
    );
  }
  if (TYPES_ONLY.includes(area) && !edge.typeOnly) {
    return finding(
      'types-only',
      `${area} imports values of ${edge.specifier}.`,
      'Write `import type`: this folder lies below the core, and only shares its words.',
    );
  }
  if (target !== undefined && target[1].exports?.[entry] === undefined) {
    return finding('deep-import', `${name} does not export ${entry}.`, 'Import what its front door offers.');
  }
  return TYPES_ONLY.includes(area) ? [] : checkPackage(tree, file, edge, finding);
}

function checkPackage(tree: SourceTree, file: SourceFile, edge: ImportEdge, finding: Report): Finding[] {
  const [name = ''] = splitSpecifier(edge.specifier);
  if (edge.dynamic && file.workspace !== '.' && !file.isTest && !EXTERNAL.includes(name)) {
    return finding(
      'dynamic-package',
      `${name} would have no named exports in the bundle, were it CommonJS.`,
      'Import it by name in a file of its own, and load that file.',
    );
  }
  const own = tree.packages.get(file.workspace);
  const root = tree.packages.get('.');
  if (declares(own, 'dependencies', name)) return [];
  const development = file.workspace === '.' || file.isTest || edge.typeOnly || startsWithAny(file.path, BUNDLED);
  if (development && (declares(own, 'devDependencies', name) || declares(root, 'devDependencies', name))) return [];
  // The root's scripts and benchmarks see every workspace.
  if (file.workspace === '.' && [...tree.packages.values()].some((pack) => pack.name === name)) return [];
  return finding(
    'undeclared',
    `${name} is not a dependency of ${file.workspace === '.' ? 'the root' : file.workspace}.`,
    `Declare it in ${path.posix.join(file.workspace, 'package.json')}.`,
  );
}

/** The SDK is installed alone: its package may declare no dependency. */
export function checkSdkPackage(tree: SourceTree): Finding[] {
  const names = Object.keys(tree.packages.get('sdk')?.dependencies ?? {});
  const hint = 'Remove it: packs bundle the SDK, and it must bring nothing along.';
  return names.map((name) => ({
    file: 'sdk/package.json',
    line: 1,
    rule: 'sdk-dependency',
    message: `sdk depends on ${name}.`,
    hint,
  }));
}

function declares(pack: PackageFile | undefined, field: 'dependencies' | 'devDependencies', name: string): boolean {
  return pack?.[field]?.[name] !== undefined;
}

/** `@scope/name/sub` to `['@scope/name', './sub']`; without a subpath the entry is `.`. */
export function splitSpecifier(specifier: string): [name: string, entry: string] {
  const parts = specifier.split('/');
  const name = parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
  const rest = specifier.slice(name.length);
  return [name, `.${rest}`];
}

function startsWithAny(file: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => file.startsWith(prefix));
}
