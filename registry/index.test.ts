import { expect, test } from 'vitest';
import * as registry from './index.ts';

test('the front door offers exactly these names', () => {
  expect(Object.keys(registry).toSorted()).toEqual([
    'CONFORMANCE_PREDICATE',
    'DEFAULT_EXPIRY',
    'Decision',
    'FolderSource',
    'LockEntry',
    'LockFile',
    'PUBLISH_PREDICATE',
    'PackCache',
    'RULE_IDS',
    'admit',
    'assembleArtifact',
    'assertAdmitted',
    'attachEvidence',
    'buildArtifact',
    'conformanceStatement',
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
    'publishStatement',
    'refreshIndex',
    'resolve',
    'verifyArtifact',
    'withEntry',
    'withoutEntry',
  ]);
});
