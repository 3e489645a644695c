/**
 * Records what two ends of ours say to each other in the newest version of our extension, for the
 * specs to hold later code to. The files of versions that a release has are left alone.
 */

import { writeFileSync } from 'node:fs';

import {
  extensionVectorsUrl,
  formatExtensionVectors,
  readExtensionVectors,
  type RecordedConversation,
} from '../spec/vectors/extension-vectors.ts';
import { recordScenario } from '../spec/vectors/record-scenario.ts';
import { SCENARIOS_V2 } from '../spec/vectors/scenarios-v2.ts';

const VERSION = 2;

const conversations: RecordedConversation[] = [];
for (const scenario of SCENARIOS_V2) conversations.push(await recordScenario(scenario));
const vectors = { ...readExtensionVectors(VERSION), conversations };
writeFileSync(extensionVectorsUrl(VERSION), formatExtensionVectors(vectors));
console.log(`${conversations.length} conversations of version ${VERSION} recorded`);
