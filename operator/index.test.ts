import { expect, test } from 'vitest';
import * as operator from './index.ts';

test('the front door has these names and no others', () => {
  expect(Object.keys(operator).sort()).toEqual([
    'Actor',
    'EnvironmentPacks',
    'addDeployment',
    'addPack',
    'archive',
    'clearDial',
    'createEnvironment',
    'deploy',
    'drain',
    'environmentFolder',
    'install',
    'localActor',
    'onlyActor',
    'openArtifact',
    'openFileStore',
    'removeDeployment',
    'removePack',
    'rollbackDial',
    'setTrustRoot',
    'stage',
    'trustRootOf',
    'turnDial',
    'warm',
    'whyBound',
  ]);
});
