import path from 'node:path';
import { checkArrows, checkSdkPackage } from './structure/arrow.ts';
import { checkBars, measure } from './structure/bar.ts';
import { checkCycles } from './structure/cycle.ts';
import { describeFinding, type Finding } from './structure/finding.ts';
import { checkFrontDoors } from './structure/front-door.ts';
import { readTree, type SourceTree } from './structure/source-tree.ts';
import { checkWording } from './structure/wording.ts';

/** The least lines of tests for each line of source. */
const TEST_RATIO = 1.2;

/** Every rule of the house for files and what is in them. */
export function checkStructure(tree: SourceTree): Finding[] {
  const rules = [checkArrows, checkSdkPackage, checkCycles, checkBars, checkWording, checkFrontDoors];
  return rules.flatMap((rule) => rule(tree));
}

/** Whether there are tests enough, over all. */
export function checkTestRatio(tree: SourceTree): Finding[] {
  const { testRatio } = measure(tree);
  if (testRatio >= TEST_RATIO) return [];
  const message = `There are ${testRatio.toFixed(2)} lines of tests for each line of source; ${TEST_RATIO} is the least.`;
  return [
    {
      file: '.',
      line: 1,
      rule: 'test-ratio',
      message,
      hint: 'Test the guards first: each needs a test that proves it refuses.',
    },
  ];
}

if (import.meta.main) {
  const tree = readTree(path.join(import.meta.dirname, '..'));
  const findings = [...checkStructure(tree), ...checkTestRatio(tree)];
  for (const finding of findings) console.error(describeFinding(finding));
  const { files, fileP50, fileP95, fileMax, functionP95, functionMax, core, testRatio } = measure(tree);
  console.error(
    `${files} files: lines p50 ${fileP50}, p95 ${fileP95}, max ${fileMax}; functions p95 ${functionP95}, max ${functionMax}; ` +
      `core ${core}; tests to source ${testRatio.toFixed(2)}; ${findings.length} findings`,
  );
  if (findings.length > 0) process.exitCode = 1;
}
