import type { Command } from 'commander';
import { addCommand } from './command.ts';

/** `gtc serve`: the running half of an environment. */
export function addServeCommand(program: Command): void {
  addCommand(
    program,
    'serve <env>',
    'Serves an environment: router, supervisor and pack host.',
    async () => (await import('../actions/serve.ts')).serve,
  )
    .option('--port <port>', 'port of the router (default: the environment’s)')
    .option('--revocations-every <seconds>', 'how often the registries are asked what they revoked', '300');
}
