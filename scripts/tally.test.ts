import { describe, expect, test } from 'vitest';
import type { TestModule } from 'vitest/node';
import { tallyLine, tallyOf } from './tally.ts';

type State = 'passed' | 'failed' | 'skipped';

// The two questions the tally asks of a module; vitest makes real ones only in a run.
const module = (state: State, tests: State[]): TestModule =>
  ({
    state: () => state,
    children: { allTests: () => tests.map((test) => ({ result: () => ({ state: test }) })) },
  }) as unknown as TestModule;

describe('the tally', () => {
  test('counts tests, and skipped ones as neither', () => {
    const modules = [module('passed', ['passed', 'skipped']), module('failed', ['passed', 'failed'])];
    expect(tallyOf(modules, 0)).toEqual({ passed: 2, failed: 1 });
  });

  test('a file that cannot be loaded is a failure', () => {
    expect(tallyOf([module('failed', [])], 0)).toEqual({ passed: 0, failed: 1 });
  });

  test('a file that fails outside its tests is a failure', () => {
    expect(tallyOf([module('failed', ['passed'])], 0)).toEqual({ passed: 1, failed: 1 });
  });

  test('an error outside every file is a failure', () => {
    expect(tallyOf([module('passed', ['passed'])], 2)).toEqual({ passed: 1, failed: 2 });
  });

  test('reads as one line', () => {
    expect(tallyLine({ passed: 12, failed: 3 })).toBe('12 passed, 3 failed');
  });
});
