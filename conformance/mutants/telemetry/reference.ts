import type { Log, Telemetry, TelemetryRecord } from '@greentic/sdk';

type Line = Parameters<Log['write']>[0];

/** A record as a line; its own fields carry a dot, so that no attribute passes for one. */
function lineOf({ name, attributes, ...rest }: TelemetryRecord): Line {
  const own = Object.entries(rest).map(([key, value]) => [`.${key}`, value] as const);
  return { level: 'info', message: name, fields: { ...attributes, ...Object.fromEntries(own) } };
}

/** A correct telemetry pack: takes records at once, and delivers them one after the other. */
export function referenceTelemetry(log: Log): Telemetry {
  let queue = Promise.resolve();
  return {
    async export({ records }) {
      for (const record of records) queue = queue.then(() => log.write(lineOf(record)));
      return { accepted: records.length };
    },
    async flush() {
      await queue;
      return {};
    },
  };
}
