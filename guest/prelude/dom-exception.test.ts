import { describe, expect, test } from 'vitest';
import { sharedWorld } from './testing/shared-world.ts';

const { agree, evaluate, outcome } = sharedWorld();
const shown = (made: string): string =>
  `((e) => [e.name, e.message, e.code, e.cause, 'cause' in e, String(e), e instanceof Error, Object.prototype.toString.call(e)])(${made})`;

describe('DOMException', () => {
  test.each([
    '',
    "'m'",
    "'m', 'AbortError'",
    "'m', 'NoSuchError'",
    "'m', 'toString'",
    "'m', '__proto__'",
    "'m', 'constructor'",
    "'m', null",
    "'m', undefined",
    "'m', ''",
    "'m', 5",
    "'m', { name: 'DataError' }",
    "'m', { name: 'DataError', cause: 5 }",
    "'m', { name: 'DataError', cause: undefined }",
    'undefined',
    'null',
    '5, 6',
    "{ toString: () => 'text' }",
    "'m', { get name() { throw new RangeError(); } }",
    '{ toString() { throw new RangeError(); } }',
  ])('made with (%s) is as in Node', async (args) => {
    await agree(shown(`new DOMException(${args})`));
  });

  test('has for each name of the standard the code that Node gives it', async () => {
    const names = [
      'IndexSizeError HierarchyRequestError WrongDocumentError InvalidCharacterError NoModificationAllowedError',
      'NotFoundError NotSupportedError InUseAttributeError InvalidStateError SyntaxError InvalidModificationError',
      'NamespaceError InvalidAccessError TypeMismatchError SecurityError NetworkError AbortError URLMismatchError',
      'QuotaExceededError TimeoutError InvalidNodeTypeError DataCloneError EncodingError NotReadableError UnknownError',
      'ConstraintError DataError TransactionInactiveError ReadOnlyError VersionError OperationError NotAllowedError',
    ].join(' ');
    await agree(`'${names}'.split(' ').map((name) => [name, new DOMException('', name).code])`);
  });

  test('has no constant that Node has not, and each with the same value, on the class and on its instances', async () => {
    const constants = (await evaluate('Object.keys(DOMException)')) as string[];
    expect(constants.length).toBe(22);
    const list = JSON.stringify(constants);
    await agree(`${list}.map((name) => [name, DOMException[name], new DOMException()[name]])`);
    await agree(`${list}.map((name) => Object.getOwnPropertyDescriptor(DOMException, name))`);
  });

  test('is made with new alone, and its name and code do not change', async () => {
    await agree("DOMException('m')");
    await agree(
      `((e) => { try { e.name = 'x'; } catch {} try { e.code = 1; } catch {} return [e.name, e.code]; })(new DOMException('m', 'AbortError'))`,
    );
  });

  test('keeps its name where an error of a class would show its own', async () => {
    await agree(
      "((e) => [e.name, e.constructor.name, e instanceof DOMException])(new (class Mine extends DOMException {})('m', 'DataError'))",
    );
    expect(await outcome("new DOMException('m').stack.includes('m')")).toBe(true);
  });

  test('a getter taken from it looks into no other object', async () => {
    await agree("Object.getOwnPropertyDescriptor(DOMException.prototype, 'name').get.call({ name: 'x' })");
    await agree('DOMException.prototype.code');
  });
});
