import { describe, expect, test } from 'vitest';
import { resolveDestination } from './egress.ts';
import type { HostAddress } from './ports.ts';

const denied = expect.objectContaining({ code: 'egress/address-denied' });
const at = (...addresses: string[]): HostAddress[] =>
  addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
const names = (table: Record<string, HostAddress[]>) => async (host: string) => table[host] ?? [];

describe('resolveDestination', () => {
  test('gives the first address of a public name', async () => {
    const resolve = names({ 'api.example.com': at('93.184.216.34', '2606:2800:220:1::1') });
    expect(await resolveDestination('api.example.com', resolve)).toEqual({ address: '93.184.216.34', family: 4 });
  });

  test.each([
    '169.254.169.254',
    '169.254.170.2',
    '[fe80::1]',
    '[fd00:ec2::254]',
    '[fd00:ec2::23]',
    '[fd20:ce::254]',
    '100.100.100.200',
    '192.0.0.192',
    '168.63.129.16',
    '[::ffff:169.254.169.254]',
    '[::ffff:a9fe:a9fe]',
  ])('the metadata address %s is refused even when it was granted itself', async (host) => {
    await expect(resolveDestination(host)).rejects.toThrow(denied);
  });

  test.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.20.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    'fd12::1',
    'fe80::1',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::a00:1',
    '2002:a00:1::',
    'fec0::1',
    '168.63.129.16',
    '169.254.169.254',
  ])('a name that leads to %s is refused', async (address) => {
    await expect(resolveDestination('rebound.example.com', async () => at(address))).rejects.toThrow(denied);
  });

  test('a name with one inside address among public ones is refused whole', async () => {
    const resolve = async () => at('93.184.216.34', '10.0.0.1');
    await expect(resolveDestination('mixed.example.com', resolve)).rejects.toThrow(denied);
  });

  test('an inside address that was granted as such is allowed, and so is localhost', async () => {
    expect(await resolveDestination('10.0.0.5')).toEqual({ address: '10.0.0.5', family: 4 });
    expect(await resolveDestination('[::1]')).toEqual({ address: '::1', family: 6 });
    expect(await resolveDestination('localhost', async () => at('127.0.0.1'))).toEqual({
      address: '127.0.0.1',
      family: 4,
    });
  });

  test('a name without an address is egress/failed', async () => {
    await expect(resolveDestination('none.example.com', async () => [])).rejects.toThrow(
      expect.objectContaining({ code: 'egress/failed' }),
    );
  });
});
