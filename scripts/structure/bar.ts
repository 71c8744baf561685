import type { Finding } from './finding.ts';
import type { SourceFile, SourceTree } from './source-tree.ts';
import { lineOf, nodesOf, type SyntaxNode } from './syntax.ts';

/** Lines: median, 95th percentile and maximum of files; 95th percentile and maximum of functions with a body; the core in all. */
export const BARS = { fileP50: 80, fileP95: 250, fileMax: 350, functionP95: 45, functionMax: 80, core: 4000 } as const;

/** What the bars are held against, and the share of test lines. */
export interface Measure {
  readonly files: number;
  readonly fileP50: number;
  readonly fileP95: number;
  readonly fileMax: number;
  readonly functionP95: number;
  readonly functionMax: number;
  readonly core: number;
  /** Lines of tests for each line of source. */
  readonly testRatio: number;
}

/** Measures every file that is not a test. */
export function measure(tree: SourceTree): Measure {
  const sources = sourcesOf(tree);
  const files = sources.map((file) => file.lines);
  const functions = sources.flatMap((file) => functionsOf(file).map((found) => found.lines));
  const tests = [...tree.files.values()].filter((file) => file.isTest);
  return {
    files: files.length,
    fileP50: percentile(files, 0.5),
    fileP95: percentile(files, 0.95),
    fileMax: Math.max(0, ...files),
    functionP95: percentile(functions, 0.95),
    functionMax: Math.max(0, ...functions),
    core: total(sources.filter((file) => file.workspace === 'core')),
    // Benchmarks measure the product; they are neither product nor test.
    testRatio: total(tests) / Math.max(1, total(sources.filter((file) => !file.path.startsWith('bench/')))),
  };
}

/** Files and functions that are longer than they may be, and percentiles over the bar. */
export function checkBars(tree: SourceTree): Finding[] {
  return [...sourcesOf(tree).flatMap(checkFile), ...checkWhole(measure(tree))];
}

function checkFile(file: SourceFile): Finding[] {
  const long = functionsOf(file).filter((found) => found.lines > BARS.functionMax);
  const findings = long.map(({ line, lines }) => ({
    file: file.path,
    line,
    rule: 'function-length',
    message: `This function has ${lines} lines; ${BARS.functionMax} is the most.`,
    hint: 'Give the steps of it names of their own.',
  }));
  if (file.lines <= BARS.fileMax) return findings;
  const message = `The file has ${file.lines} lines; ${BARS.fileMax} is the most.`;
  return [
    ...findings,
    { file: file.path, line: 1, rule: 'file-length', message, hint: 'One noun a file: split off the second.' },
  ];
}

function checkWhole(found: Measure): Finding[] {
  const whole = [
    ['fileP50', 'Half of the files are longer than', 'file-length'],
    ['fileP95', 'One file in twenty is longer than', 'file-length'],
    ['functionP95', 'One function in twenty is longer than', 'function-length'],
    ['core', 'Without its tests, core/ has more lines than', 'core-size'],
  ] as const;
  const over = whole.filter(([bar]) => found[bar] > BARS[bar]);
  return over.map(([bar, message, rule]) => ({
    file: bar === 'core' ? 'core' : '.',
    line: 1,
    rule,
    message: `${message} ${BARS[bar]}: ${found[bar]}.`,
    hint: bar === 'core' ? 'What could live above the core has to.' : 'Split the longest first.',
  }));
}

function sourcesOf(tree: SourceTree): SourceFile[] {
  return [...tree.files.values()].filter((file) => !file.isTest);
}

function functionsOf(file: SourceFile): { line: number; lines: number }[] {
  const bodies = [...nodesOf(file.syntax.body)].filter((node) => hasBody(node));
  return bodies.map((node) => ({ line: lineOf(node), lines: (node.loc?.end.line ?? 0) - lineOf(node) + 1 }));
}

function hasBody(node: SyntaxNode): boolean {
  const body = node['body'] as SyntaxNode | null | undefined;
  return /Function|Method/.test(node.type) && body?.type === 'BlockStatement';
}

function total(files: readonly SourceFile[]): number {
  return files.reduce((sum, file) => sum + file.lines, 0);
}

/** Nearest-rank percentile; 0 of nothing. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
