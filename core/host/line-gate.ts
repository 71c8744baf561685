import type { BrokerPorts } from '../broker/ports.ts';

const LINES_PER_SECOND = 200;

/**
 * Bounds what a pack can make its host write: at most 200 diagnostic lines in a second; a second's surplus becomes one line
 * that counts it. What a pack writes with its `log` permission is its output, and passes.
 */
export function gateLines(log: BrokerPorts['log']): BrokerPorts['log'] {
  let second = 0;
  let passed = 0;
  let dropped = 0;
  return (line) => {
    if (!line.diagnostic) {
      log(line);
      return;
    }
    const now = Math.floor(line.at.getTime() / 1000);
    if (now !== second) {
      if (dropped > 0) log({ ...line, level: 'warn', message: `${dropped} lines were dropped.`, fields: {} });
      second = now;
      passed = 0;
      dropped = 0;
    }
    if (passed++ < LINES_PER_SECOND) log(line);
    else dropped++;
  };
}
