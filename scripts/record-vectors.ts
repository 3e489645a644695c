/**
 * Records what two ends of ours say to each other in the newest version of our extension, and the bytes
 * of the version after it, for the specs to hold later code to. The files of versions that a release
 * has are left alone.
 *
 *     npm run fix:vectors [-- --check]
 *
 * With `--check` nothing is written, and the exit code is 1 if the file would change.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import {
  extensionVectorsUrl,
  formatExtensionVectors,
  readExtensionVectors,
  type RecordedConversation,
} from '../spec/vectors/extension-vectors.ts';
import { recordScenario } from '../spec/vectors/record-scenario.ts';
import { SCENARIOS_V2 } from '../spec/vectors/scenarios-v2.ts';
import {
  formatSessionVectors,
  recordSessionVectors,
  SESSION_VECTORS_URL,
} from '../spec/vectors/session-vectors.ts';
import { reportProblems } from './ci/problems.ts';

const VERSION = 2;

const { values: options } = parseArgs({ options: { check: { type: 'boolean' } } });
const conversations: RecordedConversation[] = [];
for (const scenario of SCENARIOS_V2) conversations.push(await recordScenario(scenario));
const problems: string[] = [];
keep(
  extensionVectorsUrl(VERSION),
  formatExtensionVectors({ ...readExtensionVectors(VERSION), conversations }),
  `version ${VERSION} is spoken in another way`,
);
const session = recordSessionVectors();
keep(
  SESSION_VECTORS_URL,
  formatSessionVectors(session),
  `version ${session.version} has other bytes`,
);
reportProblems(
  'vectors',
  problems,
  `${conversations.length} conversations of version ${VERSION} and ${session.frames.length} frames of version ${session.version} recorded`,
);

/** Writes a file, or only tells that it would change. */
function keep(url: URL, text: string, problem: string): void {
  if (options.check !== true) writeFileSync(url, text);
  else if (!existsSync(url) || text !== readFileSync(url, 'utf8')) problems.push(problem);
}
