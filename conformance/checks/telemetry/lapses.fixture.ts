import { setImmediate as turn } from 'node:timers/promises';
import type { TelemetryRecord } from '@greentic/sdk';
import type { Lapse, Lapses } from '../../testing/lapse-trial.ts';

type Attributes = TelemetryRecord['attributes'];

/** Delivers other records than it was given, and accepts what it was given. */
function delivering(change: (records: TelemetryRecord[]) => TelemetryRecord[]): Lapse<'telemetry'> {
  return (reference) => ({
    export: async ({ records }) => {
      await reference.export({ records: change(records) });
      return { accepted: records.length };
    },
  });
}

/** Delivers records with other attributes; the mark that tells records apart stays. */
function describing(change: (attributes: Attributes) => Attributes): Lapse<'telemetry'> {
  return delivering((records) =>
    records.map(({ attributes: { environment = '', mark = '', ...rest }, ...record }) => {
      return { ...record, attributes: { ...change(rest), environment, mark } };
    }),
  );
}

/** Passes every value through a function. */
function revaluing(change: (value: Attributes[string]) => Attributes[string]): Lapse<'telemetry'> {
  return describing((attributes) =>
    Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, change(value)])),
  );
}

/** Keeps the attributes for which the condition holds. */
function keeping(wanted: (name: string, value: Attributes[string], at: number) => boolean): Lapse<'telemetry'> {
  return describing((attributes) =>
    Object.fromEntries(Object.entries(attributes).filter(([name, value], at) => wanted(name, value, at))),
  );
}

const texts = (change: (text: string) => string) =>
  revaluing((value) => (typeof value === 'string' ? change(value) : value));
const numbers = (change: (value: number) => number) =>
  revaluing((value) => (typeof value === 'number' ? change(value) : value));

/** Lapses of telemetry packs. */
export const LAPSES = {
  'TEL-01': {
    'never accepts anything': [() => ({ export: async () => ({ accepted: 0 }) }), '125 records were never accepted.'],
    'accepts more than it was given': [
      () => ({ export: async ({ records }) => ({ accepted: records.length + 1 }) }),
      '126 of 125 records were accepted.',
    ],
    'accepts what it drops': [
      delivering((records) => records.filter(({ timeMs }) => timeMs % 1000 !== 7)),
      'Record 7, a span, was accepted and arrived 0 times.',
    ],
    'knows logs only': [
      delivering((records) => records.filter(({ kind }) => kind === 'log')),
      'Record 1, a span, was accepted and arrived 0 times.',
    ],
    'knows no metrics': [
      delivering((records) => records.filter(({ value }) => value === undefined)),
      'Record 2, a metric, was accepted and arrived 0 times.',
    ],
    'delivers what it accepted a second time': [
      delivering((records) => [...records, ...records.filter(({ timeMs }) => timeMs % 1000 === 7)]),
      'Record 7, a span, was accepted and arrived 2 times.',
    ],
    'delivers what it did not accept': [
      (reference) => ({
        export: async ({ records }) => {
          await reference.export({ records });
          return { accepted: Math.ceil(records.length / 2) };
        },
      }),
      /^Record \d+, a [a-z]+, was accepted and arrived [2-9] times\.$/,
    ],
    'delivers a record of its own': [
      (reference, { memory }) => ({
        export: async ({ records }) => {
          const own = memory.has('sent') ? [] : records.slice(0, 1);
          memory.set('sent', true);
          const forged = own.map((each) => ({ ...each, attributes: { mark: 'kit-record-forged-1' } }));
          await reference.export({ records: [...records, ...forged] });
          return { accepted: records.length };
        },
      }),
      'The number of different records that arrived is 1001, not 1000.',
    ],
  },
  'TEL-05': {
    'returns from flush while records are on their way': [
      (reference) => ({
        export: async ({ records }) => {
          void (async () => {
            for (let i = 0; i < 10; i++) await turn();
            await reference.export({ records });
          })();
          return { accepted: records.length };
        },
        flush: async () => ({}),
      }),
      'The number of records there when flush 1 returned is 0, not 200.',
    ],
    'delivers all but the last of a batch at each flush': [
      (reference) => {
        let kept: TelemetryRecord[] = [];
        return {
          export: async ({ records }) => {
            await reference.export({ records: [...kept, ...records.slice(0, -1)] });
            kept = records.slice(-1);
            return { accepted: records.length };
          },
        };
      },
      'The number of records there when flush 1 returned is 199, not 200.',
    ],
    'flushes only once': [
      (reference) => {
        let flushed = false;
        return {
          export: async (input) => (flushed ? { accepted: input.records.length } : await reference.export(input)),
          flush: async () => {
            flushed = true;
            return await reference.flush({});
          },
        };
      },
      'The number of records there when flush 2 returned is 200, not 400.',
    ],
  },
  'TEL-07': {
    'delivers nothing': [delivering(() => []), 'Record 0 did not arrive.'],
    'writes values as texts': [revaluing(String), 'The attribute count of record 1 did not arrive as 3.'],
    'reads numbers in texts': [
      texts((text) => (/^\d+$/.test(text) ? (Number(text) as unknown as string) : text)),
      'The attribute digits of record 2 did not arrive as "42".',
    ],
    'reads truth in texts': [
      texts((text) => (text === 'true' ? (true as unknown as string) : text)),
      'The attribute word of record 2 did not arrive as "true".',
    ],
    'drops zeros': [keeping((_name, value) => value !== 0), 'The attribute zero of record 2 did not arrive as 0.'],
    'drops what is false': [
      keeping((_name, value) => value !== false),
      'The attribute no of record 2 did not arrive as false.',
    ],
    'drops empty texts': [
      keeping((_name, value) => value !== ''),
      'The attribute empty of record 2 did not arrive as "".',
    ],
    'drops signs': [numbers(Math.abs), 'The attribute negative of record 2 did not arrive as -1.5.'],
    'drops the customer': [
      keeping((name) => name !== 'customer'),
      'The attribute customer of record 0 did not arrive as "acme".',
    ],
    'drops the digest of the bundle': [
      keeping((name) => name !== 'bundle_digest'),
      /^The attribute bundle_digest of record 0 did not arrive as "sha256:a{52}\.$/,
    ],
    'has one type for all attributes of a name': [
      (reference, scene) => {
        const types = new Map<string, string>();
        return keeping((name, value) => {
          types.set(name, types.get(name) ?? typeof value);
          return types.get(name) === typeof value;
        })(reference, scene);
      },
      'The attribute count of record 4 did not arrive as "three".',
    ],
    'puts its own fields in the place of attributes': [
      describing((attributes) => ('kind' in attributes ? { ...attributes, kind: 'log' } : attributes)),
      'The attribute kind of record 3 did not arrive as "span".',
    ],
  },
  'TEL-12': {
    'knows ASCII only': [
      texts((text) => text.replace(/[^\0-~]/g, '?')),
      'The attribute emoji of record 0 did not arrive as',
    ],
    'composes letters': [
      texts((text) => text.normalize('NFC')),
      'The attribute decomposed of record 0 did not arrive as',
    ],
    'drops control characters': [
      texts((text) => text.replaceAll('\u0000', '')),
      'The attribute controls of record 0 did not arrive as',
    ],
    'writes line ends its own way': [
      texts((text) => text.replaceAll('\r\n', '\n')),
      'The attribute lines of record 0 did not arrive as "a\\r\\nb".',
    ],
    'knows no large numbers': [
      numbers((value) => Math.min(value, 1e300)),
      'The attribute huge of record 1 did not arrive as 1e+308.',
    ],
    'knows no small numbers': [
      numbers((value) => (Math.abs(value) < 1e-300 ? 0 : value)),
      'The attribute tiny of record 1 did not arrive as 5e-324.',
    ],
    'rounds numbers to what a float holds': [
      numbers((value) => (value > 2 ** 40 && value < 2 ** 60 ? Math.fround(value) : value)),
      'The attribute exact of record 1 did not arrive as 9007199254740991.',
    ],
    'rounds fractions': [
      numbers((value) => (value > 0 && value < 1 && value > 1e-9 ? Number(value.toFixed(9)) : value)),
      'The attribute third of record 1 did not arrive as 0.3333333333333333.',
    ],
    'keeps sixty attributes': [
      keeping((_name, _value, at) => at < 60),
      'The attribute attribute_60 of record 2 did not arrive as 60.',
    ],
    'cuts long texts': [texts((text) => text.slice(0, 4095)), 'The attribute long of record 3 did not arrive as'],
    'cuts long names': [
      keeping((name) => name.length < 128),
      /^The attribute n{40} of record 3 did not arrive as "long name"\.$/,
    ],
    'nests names with dots': [
      keeping((name) => !name.includes('.')),
      'The attribute dotted.name of record 3 did not arrive as 1.',
    ],
    'knows no names but those of objects': [
      keeping((name) => name !== 'constructor'),
      'The attribute constructor of record 3 did not arrive as "name".',
    ],
    'gives up after the first odd record': [
      delivering((records) => records.filter(({ attributes }) => !('plain' in attributes))),
      'Record 4 did not arrive.',
    ],
  },
} as const satisfies Readonly<Record<string, Lapses<'telemetry'>>>;
