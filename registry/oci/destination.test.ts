import { describe, expect, test } from 'vitest';
import { mayLeadTo } from './destination.ts';
import { parseOciReference } from './reference.ts';

const may = (registry: string, url: string) => mayLeadTo(new URL(url), parseOciReference(`oci://${registry}/a`));

describe('a registry in the network', () => {
  test.each([
    'https://storage.example/blob',
    'https://registry.example/blob',
    'https://registry.example:444/blob',
    'https://10.0.0.1/blob',
    'https://[fd00::1]/blob',
    'https://notlocalhost/blob',
    'https://localhost.example/blob',
  ])('may lead to %s', (url) => {
    expect(may('registry.example', url)).toBe(true);
  });

  test.each([
    'http://registry.example/blob',
    'http://127.0.0.1/blob',
    'https://127.0.0.1/blob',
    'https://127.1/blob',
    'https://[::1]/blob',
    'https://[::]/blob',
    'https://[::ffff:127.0.0.1]/blob',
    'https://[::ffff:169.254.169.254]/blob',
    'https://0.0.0.0/blob',
    'https://169.254.169.254/latest',
    'https://[fe80::1]/blob',
    'https://localhost/blob',
    'https://LOCALHOST./blob',
    'https://a.localhost/blob',
    'https://ada@storage.example/blob',
    'https://:secret@storage.example/blob',
    'ftp://storage.example/blob',
    'ws://storage.example/blob',
    'file:///blob',
  ])('may not lead to %s', (url) => {
    expect(may('registry.example', url)).toBe(false);
  });

  test('may lead back to itself, wherever it is', () => {
    expect(may('169.254.1.1', 'https://169.254.1.1/blob')).toBe(true);
    expect(may('169.254.1.1', 'https://169.254.169.254/blob')).toBe(false);
  });
});

describe('a registry in this machine', () => {
  test.each([
    ['127.0.0.1:5000', 'http://127.0.0.1:5000/blob', true],
    ['127.0.0.1:5000', 'http://127.0.0.2:6000/blob', true],
    ['127.0.0.1:5000', 'https://127.0.0.1/blob', true],
    ['127.0.0.1:5000', 'https://localhost/blob', true],
    ['127.0.0.1:5000', 'https://storage.example/blob', true],
    ['127.0.0.1:5000', 'http://localhost/blob', false],
    ['127.0.0.1:5000', 'http://storage.example/blob', false],
    ['127.0.0.1:5000', 'http://169.254.169.254/latest', false],
    ['127.0.0.1:5000', 'https://169.254.169.254/latest', false],
    ['localhost:5000', 'https://127.0.0.1/blob', true],
    ['localhost:5000', 'http://127.0.0.1/blob', false],
  ])('at %s: that it may lead to %s is %s', (registry, url, allowed) => {
    expect(may(registry, url)).toBe(allowed);
  });
});
