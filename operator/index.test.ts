import { expect, test } from 'vitest';
import * as operator from './index.ts';

test('the front door has these names and no others', () => {
  expect(Object.keys(operator).sort()).toEqual([
    'Actor',
    'addDeployment',
    'archive',
    'assertEnvironment',
    'bindPack',
    'clearTraffic',
    'createEnvironment',
    'drain',
    'environmentFolder',
    'localActor',
    'markFailed',
    'markInactive',
    'markReady',
    'markWarming',
    'onlyActor',
    'openFileStore',
    'removeDeployment',
    'removePack',
    'restage',
    'rollbackTraffic',
    'setTraffic',
    'setTrustRoot',
    'stageRevision',
  ]);
});
