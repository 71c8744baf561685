import { expect, test } from 'vitest';
import * as registry from './index.ts';

test('the front door offers exactly these names', () => {
  expect(Object.keys(registry).toSorted()).toEqual([
    'DEFAULT_EXPIRY',
    'Decision',
    'FolderSource',
    'LockEntry',
    'LockFile',
    'PackCache',
    'RULE_IDS',
    'admit',
    'assembleArtifact',
    'assertAdmitted',
    'attachEvidence',
    'buildArtifact',
    'decodeLock',
    'delegateNamespace',
    'encodeLock',
    'fetchArtifact',
    'initRegistry',
    'installArtifact',
    'oneKey',
    'openLocked',
    'pinnedRoot',
    'publish',
    'refreshIndex',
    'resolve',
    'verifyArtifact',
    'withEntry',
    'withoutEntry',
  ]);
});
