import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseLocation } from './location.ts';

describe('where a registry is read', () => {
  test.each([
    ['oci://packs.example/acme/registry', 'oci://packs.example/acme/registry'],
    ['https://packs.example', 'https://packs.example'],
    ['https://packs.example:5000/', 'https://packs.example:5000'],
    ['http://127.0.0.1:5000', 'http://127.0.0.1:5000'],
    ['file:///srv/registry', 'file:///srv/registry'],
  ])('%s stays an address', (place, location) => {
    expect(parseLocation(place)).toBe(location);
  });

  test.each(['registry', './registry', '/srv/mirror.tar', '../other'])('the path %s becomes a URL', (place) => {
    expect(parseLocation(place)).toBe(pathToFileURL(path.resolve(place)).href);
  });

  test.each([
    'ftp://packs.example',
    'HTTPS://packs.example',
    'http://packs.example',
    'https://packs.example/path',
    'https://ada:secret@packs.example',
    'docker://packs.example/acme',
    's3://bucket/registry',
    'oci:packs.example',
    'oci://packs.example',
  ])('%s is none, and is not taken for a path', (place) => {
    expect(() => parseLocation(place)).toThrow(expect.objectContaining({ code: 'input/invalid' }));
  });
});
