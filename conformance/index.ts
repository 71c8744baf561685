export { CHECKS, explainCheck, listChecks } from './catalogue.ts';
export type { Check, CheckCard, CheckLevel } from './check.ts';
export { type Judgement, judgeReport } from './judge.ts';
export { CheckOutcome, CheckResult, ConformanceReport, KIT_VERSION, KitResult } from './report.ts';
export { type KitEvents, type KitRun, runConformance } from './run.ts';
