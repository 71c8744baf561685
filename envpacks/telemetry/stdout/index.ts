import { definePack, type Telemetry, type TelemetryRecord } from '@greentic/sdk';

/** Telemetry as lines of the host's output. */
export default definePack('telemetry', {
  open(context): Telemetry {
    const underWay = new Set<Promise<void>>();
    const deliver = async (record: TelemetryRecord) => {
      const line = context.log.write({ level: 'info', message: record.name, fields: fieldsOf(record) });
      underWay.add(line);
      try {
        await line;
      } finally {
        underWay.delete(line);
      }
    };
    return {
      async export({ records }) {
        let accepted = 0;
        for (const record of records) {
          await deliver(record);
          accepted++;
        }
        return { accepted };
      },
      async flush() {
        await Promise.all(underWay);
        return {};
      },
    };
  },
});

/** A record's own fields carry a dot in front, so that no attribute can pass for one of them. */
function fieldsOf({
  kind,
  timeMs,
  durationMs,
  value,
  attributes,
}: TelemetryRecord): Record<string, string | number | boolean> {
  return {
    ...attributes,
    '.kind': kind,
    '.time_ms': timeMs,
    ...(durationMs === undefined ? {} : { '.duration_ms': durationMs }),
    ...(value === undefined ? {} : { '.value': value }),
  };
}
