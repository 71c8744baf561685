import { expect, test } from 'vitest';
import { LoginBrake } from './login-brake.ts';

function brakeAt() {
  const clock = { ms: 0 };
  const brake = new LoginBrake(() => new Date(clock.ms));
  const fail = (address: string, times: number) => {
    for (let i = 0; i < times; i++) brake.fail(address);
  };
  return { clock, brake, fail };
}

test('ten failures pass, the eleventh try waits', () => {
  const { brake, fail } = brakeAt();
  fail('192.0.2.1', 9);
  expect(brake.waitOf('192.0.2.1')).toBe(0);
  fail('192.0.2.1', 1);
  expect(brake.waitOf('192.0.2.1')).toBe(6);
});

test('one failure is forgiven every six seconds', () => {
  const { brake, clock, fail } = brakeAt();
  fail('192.0.2.1', 12);
  expect(brake.waitOf('192.0.2.1')).toBe(18);
  clock.ms = 18_000;
  expect(brake.waitOf('192.0.2.1')).toBe(0);
  fail('192.0.2.1', 1);
  expect(brake.waitOf('192.0.2.1')).toBe(6);
});

test('one source does not slow another down', () => {
  const { brake, fail } = brakeAt();
  fail('192.0.2.1', 20);
  expect(brake.waitOf('192.0.2.2')).toBe(0);
});

test('the addresses of one IPv6 network are one source', () => {
  const { brake, fail } = brakeAt();
  fail('2001:db8:1:2::1', 20);
  expect(brake.waitOf('2001:db8:1:2:3::9')).toBeGreaterThan(0);
  expect(brake.waitOf('2001:db8:1:3::1')).toBe(0);
});

test('memory is bounded: the source that failed longest ago is forgotten', () => {
  const { brake, fail } = brakeAt();
  fail('first', 20);
  for (let i = 0; i < 10_000; i++) brake.fail(`source-${i}`);
  expect(brake.waitOf('first')).toBe(0);
});
