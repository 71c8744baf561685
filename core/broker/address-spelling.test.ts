import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Origin } from '../model/permission.ts';
import { resolveDestination } from './egress.ts';

const denied = expect.objectContaining({ code: 'egress/address-denied' });
type Octets = readonly [number, number, number, number];
const octet = fc.nat(255);
const hex = (value: number, width = 0): string => value.toString(16).padStart(width, '0');

/** The ways a URL can spell an IPv4 address; the parser makes one of all of them. */
const SPELLINGS: readonly ((octets: Octets) => string)[] = [
  (o) => o.join('.'),
  (o) => `${o.join('.')}.`,
  (o) => o.map((each) => `0x${hex(each)}`).join('.'),
  (o) => o.map((each) => `0${each.toString(8)}`).join('.'),
  ([a, b, c, d]) => `${a}.${b}.${c * 256 + d}`,
  ([a, b, c, d]) => `${a}.${(b * 256 + c) * 256 + d}`,
  ([a, b, c, d]) => String(((a * 256 + b) * 256 + c) * 256 + d),
  ([a, b, c, d]) => `0x${hex(a, 2)}${hex(b, 2)}${hex(c, 2)}${hex(d, 2)}`,
  (o) => o.join('。'),
  (o) =>
    o.map((each) => String(each).replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))).join('.'),
  (o) => o.join('.').replaceAll('.', '%2e'),
];
/** The ways IPv6 can carry an IPv4 address without being anything else. */
const MAPPED: readonly ((octets: Octets) => string)[] = [
  (o) => `[::ffff:${o.join('.')}]`,
  ([a, b, c, d]) => `[::ffff:${hex(a)}${hex(b, 2)}:${hex(c)}${hex(d, 2)}]`,
  ([a, b, c, d]) => `[0:0:0:0:0:FFFF:${hex(a, 2)}${hex(b, 2)}:${hex(c, 2)}${hex(d, 2)}]`,
  (o) => `[0000:0000:0000:0000:0000:ffff:${o.join('.')}]`,
];
const hostOf = (spelling: string): string => new URL(`https://${spelling}/`).hostname;
const METADATA: readonly Octets[] = [
  [169, 254, 169, 254],
  [169, 254, 170, 2],
  [169, 254, 0, 1],
  [100, 100, 100, 200],
  [192, 0, 0, 192],
  [168, 63, 129, 16],
];

describe('a metadata address', () => {
  test.each(METADATA.map((octets) => [octets.join('.'), octets] as const))(
    '%s is refused in every spelling of a URL, granted or not',
    async (_, octets) => {
      for (const spell of [...SPELLINGS, ...MAPPED]) {
        const host = hostOf(spell(octets));
        await expect(resolveDestination(host), spell(octets)).rejects.toThrow(denied);
      }
    },
  );

  test.each(METADATA.map((octets) => [octets.join('.'), octets] as const))(
    '%s is refused when a name leads there, as an address of either family',
    async (_, octets) => {
      const v4 = { address: octets.join('.'), family: 4 as const };
      await expect(resolveDestination('name.example.com', async () => [v4])).rejects.toThrow(denied);
      for (const spell of MAPPED) {
        const v6 = { address: spell(octets).slice(1, -1), family: 6 as const };
        await expect(
          resolveDestination('name.example.com', async () => [v6]),
          v6.address,
        ).rejects.toThrow(denied);
        await expect(
          resolveDestination('localhost', async () => [v6]),
          v6.address,
        ).rejects.toThrow(denied);
      }
    },
  );

  test('with a zone is refused as without', async () => {
    for (const address of ['fe80::1%eth0', '::ffff:169.254.169.254%1'])
      await expect(resolveDestination('localhost', async () => [{ address, family: 6 }])).rejects.toThrow(denied);
  });

  test('has one spelling in a grant, so that what an operator reads is what it means', () => {
    for (const octets of METADATA) {
      for (const spell of SPELLINGS.slice(1))
        expect(Origin.safeParse(`https://${spell(octets)}`).success, spell(octets)).toBe(false);
    }
  });
});

describe('any IPv4 address', () => {
  test('is judged alike in every spelling: plain, mapped, and behind a name', async () => {
    await fc.assert(
      fc.asyncProperty(octet, octet, octet, octet, fc.constantFrom(...MAPPED), async (a, b, c, d, spell) => {
        const octets: Octets = [a, b, c, d];
        const judge = (address: string, family: 4 | 6) =>
          resolveDestination('name.example.com', async () => [{ address, family }]).then(
            () => 'open',
            () => 'denied',
          );
        expect(await judge(spell(octets).slice(1, -1), 6)).toBe(await judge(octets.join('.'), 4));
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['0.0.0.0/8', [0], 8],
    ['10.0.0.0/8', [10], 8],
    ['100.64.0.0/10', [100, 64], 10],
    ['127.0.0.0/8', [127], 8],
    ['172.16.0.0/12', [172, 16], 12],
    ['192.168.0.0/16', [192, 168], 16],
    ['198.18.0.0/15', [198, 18], 15],
    ['224.0.0.0/3', [224], 3],
  ] as const)('of %s is inside: no name may lead there, from the first address to the last', async (_, start, bits) => {
    const first = [...start, 0, 0, 0, 0].slice(0, 4).reduce((sum, each) => sum * 256 + each, 0);
    const size = 2 ** (32 - bits);
    const textOf = (value: number) => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
    for (const at of [0, 1, Math.floor(size / 2), size - 1])
      await expect(
        resolveDestination('n.example.com', async () => [{ address: textOf(first + at), family: 4 }]),
      ).rejects.toThrow(denied);
  });

  test.each([
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '192.169.0.0',
    '223.255.255.255',
  ])('just outside those, such as %s, is open', async (address) => {
    expect(await resolveDestination('n.example.com', async () => [{ address, family: 4 }])).toEqual({
      address,
      family: 4,
    });
  });
});

describe('an IPv6 address that carries another', () => {
  test.each([
    '::a00:1',
    '64:ff9b::a00:1',
    '64:ff9b:1::1',
    '2002:a00:1::',
    '2001::1',
    '::10.0.0.1',
    '100::1',
    '2001:db8::1',
    'fc00::1',
    'fdff::1',
    'fec0::1',
    'ff02::1',
    '::',
  ])('%s is inside', async (address) => {
    await expect(resolveDestination('n.example.com', async () => [{ address, family: 6 }])).rejects.toThrow(denied);
  });

  test.each(['2606:4700::1111', '2a00::1', '2003::1', 'fbff::1'])(
    '%s, which carries none, is open',
    async (address) => {
      expect(await resolveDestination('n.example.com', async () => [{ address, family: 6 }])).toEqual({
        address,
        family: 6,
      });
    },
  );
});
