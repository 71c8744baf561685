import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';

/** Where the last run's tally lies, one line: `N passed, N failed`. */
export const TALLY_FILE = join(import.meta.dirname, '..', '.cache', 'tally');

/** Counts of a run. A file that cannot be loaded and an error outside every test count as one failure each. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/** The counts as the line that `.ci/run` ends with. */
export function tallyLine(tally: Tally): string {
  return `${tally.passed} passed, ${tally.failed} failed`;
}

/** Counts the tests of a finished run. */
export function tallyOf(modules: readonly TestModule[], strayErrors: number): Tally {
  let passed = 0;
  let failed = strayErrors;
  for (const module of modules) {
    const tests = [...module.children.allTests()];
    const broken = tests.filter((test) => test.result().state === 'failed').length;
    passed += tests.filter((test) => test.result().state === 'passed').length;
    failed += broken === 0 && module.state() === 'failed' ? 1 : broken;
  }
  return { passed, failed };
}

/** A vitest reporter that leaves the tally for `.ci/run`. */
export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    mkdirSync(join(TALLY_FILE, '..'), { recursive: true });
    writeFileSync(TALLY_FILE, `${tallyLine(tallyOf(modules, errors.length))}\n`);
  }
}
