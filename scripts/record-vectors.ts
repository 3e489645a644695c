/**
 * Records what two ends of ours say to each other in the newest version of our extension, for the
 * specs to hold later code to. The files of versions that a release has are left alone.
 *
 *     npm run fix:vectors [-- --check]
 *
 * With `--check` nothing is written, and the exit code is 1 if the file would change.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import {
  extensionVectorsUrl,
  formatExtensionVectors,
  readExtensionVectors,
  type RecordedConversation,
} from '../spec/vectors/extension-vectors.ts';
import { recordScenario } from '../spec/vectors/record-scenario.ts';
import { SCENARIOS_V2 } from '../spec/vectors/scenarios-v2.ts';
import { reportProblems } from './ci/problems.ts';

const VERSION = 2;

const { values: options } = parseArgs({ options: { check: { type: 'boolean' } } });
const url = extensionVectorsUrl(VERSION);
const conversations: RecordedConversation[] = [];
for (const scenario of SCENARIOS_V2) conversations.push(await recordScenario(scenario));
const text = formatExtensionVectors({ ...readExtensionVectors(VERSION), conversations });

const isChanged = text !== readFileSync(url, 'utf8');
if (options.check !== true) writeFileSync(url, text);
reportProblems(
  'vectors',
  options.check === true && isChanged ? [`version ${VERSION} is spoken in another way`] : [],
  `${conversations.length} conversations of version ${VERSION} recorded`,
);
