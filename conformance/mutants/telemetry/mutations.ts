import type { Telemetry, TelemetryRecord } from '@greentic/sdk';
import type { Mutations } from '../mutation.ts';

type Attributes = TelemetryRecord['attributes'];

/** Delivers other records than it was given, and accepts what it was given. */
function delivering(
  reference: Telemetry,
  change: (records: TelemetryRecord[]) => TelemetryRecord[],
): Partial<Telemetry> {
  return {
    export: async ({ records }) => {
      await reference.export({ records: change(records) });
      return { accepted: records.length };
    },
  };
}

/** Delivers records with other attributes; the mark that tells records apart stays. */
function describing(reference: Telemetry, change: (attributes: Attributes) => Attributes): Partial<Telemetry> {
  return delivering(reference, (records) =>
    records.map(({ attributes, ...record }) => {
      const { environment = '', mark = '', ...rest } = attributes;
      return { ...record, attributes: { ...change(rest), environment, mark } };
    }),
  );
}

/** Puts each value through a function. */
function revalued(reference: Telemetry, change: (value: Attributes[string]) => Attributes[string]): Partial<Telemetry> {
  return describing(reference, (attributes) =>
    Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, change(value)])),
  );
}

const every = (records: TelemetryRecord[], nth: number) => records.filter((record) => record.timeMs % nth === 0);

/** Ways to break a telemetry pack. */
export const TELEMETRY_MUTATIONS = {
  noop: {
    killedBy: 'TEL-01',
    apply: () => ({ export: async ({ records }) => ({ accepted: records.length }), flush: async () => ({}) }),
  },
  'drops-one-in-a-hundred': {
    killedBy: 'TEL-01',
    apply: (reference) =>
      delivering(reference, (records) => records.filter((record) => !every(records, 100).includes(record))),
  },
  'knows-logs-only': {
    killedBy: 'TEL-01',
    apply: (reference) => delivering(reference, (records) => records.filter(({ kind }) => kind === 'log')),
  },
  'delivers-some-twice': {
    killedBy: 'TEL-01',
    apply: (reference) => delivering(reference, (records) => [...records, ...every(records, 50)]),
  },
  'accepts-less-than-it-delivers': {
    killedBy: 'TEL-01',
    apply: (reference) => ({
      export: async ({ records }) => {
        await reference.export({ records });
        return { accepted: Math.ceil(records.length / 2) };
      },
    }),
  },
  'flush-returns-early': { killedBy: 'TEL-05', apply: () => ({ flush: async () => ({}) }) },
  'flushes-once': {
    killedBy: 'TEL-05',
    apply: (reference) => {
      let flushed = false;
      return {
        flush: async () => {
          if (!flushed) await reference.flush({});
          flushed = true;
          return {};
        },
      };
    },
  },
  'one-type-for-a-name': {
    killedBy: 'TEL-07',
    apply: (reference) => {
      const types = new Map<string, string>();
      return describing(reference, (attributes) =>
        Object.fromEntries(
          Object.entries(attributes).filter(([name, value]) => {
            const type = types.get(name) ?? typeof value;
            types.set(name, type);
            return type === typeof value;
          }),
        ),
      );
    },
  },
  'values-as-text': { killedBy: 'TEL-07', apply: (reference) => revalued(reference, String) },
  'drops-what-is-falsy': {
    killedBy: 'TEL-07',
    apply: (reference) =>
      describing(reference, (attributes) =>
        Object.fromEntries(Object.entries(attributes).filter(([, value]) => value)),
      ),
  },
  'drops-the-customer': {
    killedBy: 'TEL-07',
    apply: (reference) => describing(reference, ({ customer: _customer, ...rest }) => rest),
  },
  'guesses-numbers': {
    killedBy: 'TEL-07',
    apply: (reference) =>
      revalued(reference, (value) => (typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value)),
  },
  'ascii-only': {
    killedBy: 'TEL-12',
    apply: (reference) =>
      revalued(reference, (value) => (typeof value === 'string' ? value.replace(/[^ -~]/g, '?') : value)),
  },
  'rounds-numbers': {
    killedBy: 'TEL-12',
    apply: (reference) =>
      revalued(reference, (value) => (typeof value === 'number' ? Number(value.toPrecision(7)) : value)),
  },
  'nests-dotted-names': {
    killedBy: 'TEL-12',
    apply: (reference) =>
      describing(reference, (attributes) =>
        Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name.split('.')[0] ?? name, value])),
      ),
  },
  'cuts-texts': {
    killedBy: 'TEL-12',
    apply: (reference) => revalued(reference, (value) => (typeof value === 'string' ? value.slice(0, 1024) : value)),
  },
  'keeps-thirty-attributes': {
    killedBy: 'TEL-12',
    apply: (reference) =>
      describing(reference, (attributes) => Object.fromEntries(Object.entries(attributes).slice(0, 30))),
  },
  'logs-records': {
    killedBy: 'PCK-09',
    apply: (reference) => ({
      export: (input) => {
        // biome-ignore lint/suspicious/noConsole: writing it is the mistake
        console.log('export', JSON.stringify(input));
        return reference.export(input);
      },
    }),
  },
} as const satisfies Mutations<'telemetry'>;
