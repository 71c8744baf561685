import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ERRORS, type ErrorCode } from '../errors.ts';
import { HOSTILE } from './hostile-message.fixture.ts';
import { decodePackMessage, errorOfPack } from './message.ts';

const protocol = expect.objectContaining({ code: 'pack/protocol' });
const decodeText = (text: string) => decodePackMessage(text, 10_000);
const decode = (value: unknown) => decodeText(JSON.stringify(value));

describe('a message of a sandbox', () => {
  test.each([
    { t: 'call', id: 0, port: 'kv', method: 'get', args: { any: ['thing'] } },
    { t: 'cancel', id: 7 },
    { t: 'note', message: '' },
    { t: 'reply', id: 1, ok: true, value: null },
    { t: 'reply', id: 1, ok: false, error: { code: 'state/conflict', message: 'm', details: { actual: 3 } } },
  ])('%j is understood as it stands', (message) => {
    expect(decode(message)).toEqual(message);
  });

  test.each(HOSTILE)('with %s is refused with pack/protocol', (_, text) => {
    expect(() => decodeText(text)).toThrow(protocol);
  });

  test('is refused with pack/protocol or has one of the four types, whatever it holds', () => {
    const message = fc.record(
      {
        t: fc.oneof(fc.constantFrom('call', 'cancel', 'note', 'reply'), fc.string()),
        id: fc.oneof(fc.nat(), fc.jsonValue()),
        ok: fc.oneof(fc.boolean(), fc.jsonValue()),
        message: fc.jsonValue(),
        error: fc.jsonValue(),
        value: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          message.map((each) => JSON.stringify(each)),
        ),
        (text) => {
          try {
            expect(['call', 'cancel', 'note', 'reply']).toContain(decodeText(text).t);
          } catch (error) {
            expect(error).toEqual(protocol);
          }
        },
      ),
    );
  });
});

describe('an error that a pack gives', () => {
  const allowed: ErrorCode[] = ['state/conflict'];

  test('of its contract passes with message and details', () => {
    const error = { code: 'state/conflict', message: 'The entry has revision 3.', details: { actual: 3 } };
    expect(errorOfPack(error, allowed)).toMatchObject(error);
  });

  test('without a message gets the one of its code', () => {
    expect(errorOfPack({ code: 'state/conflict', message: '' }, allowed).message).toBe(
      ERRORS['state/conflict'].summary,
    );
  });

  test('without a code is pack/failed in its own words', () => {
    expect(errorOfPack({ message: 'boom' }, allowed)).toMatchObject({ code: 'pack/failed', message: 'boom' });
  });

  test.each([
    ...Object.keys(ERRORS).filter((code) => code !== 'state/conflict'),
    'no/such',
    'constructor',
    '__proto__',
  ])('of another code, %s, is pack/failed: a pack does not speak with the host’s voice', (code) => {
    expect(errorOfPack({ code, message: 'boom' }, allowed)).toMatchObject({
      code: 'pack/failed',
      message: `boom (${code})`,
    });
  });

  test('is pack/failed where no code is allowed', () => {
    expect(errorOfPack({ code: 'state/conflict', message: 'm' }, []).code).toBe('pack/failed');
  });
});
