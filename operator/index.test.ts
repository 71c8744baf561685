import { expect, test } from 'vitest';
import * as operator from './index.ts';

test('the front door has these names and no others', () => {
  expect(Object.keys(operator).sort()).toEqual([
    'Actor',
    'EnvironmentPacks',
    'addDeployment',
    'addPack',
    'archive',
    'checkRevocations',
    'clearDial',
    'createEnvironment',
    'deploy',
    'drain',
    'endOverride',
    'environmentFolder',
    'install',
    'isMore',
    'localActor',
    'onlyActor',
    'openArtifact',
    'openFileStore',
    'overrideRevocation',
    'planUpdate',
    'removeDeployment',
    'removePack',
    'rollbackDial',
    'rollbackPack',
    'setTrustRoot',
    'stage',
    'trustRootOf',
    'turnDial',
    'updatePack',
    'warm',
    'whyBound',
  ]);
});
