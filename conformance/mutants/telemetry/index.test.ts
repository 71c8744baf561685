import { tryMutants } from '../../testing/mutant-trial.ts';

await tryMutants('telemetry');
