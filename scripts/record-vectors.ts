/**
 * Records the bytes that version 3 of our extension adds, for the specs to hold later code to. The
 * conversations of versions 1 and 2 are left alone: those versions are frozen.
 *
 *     npm run fix:vectors [-- --check]
 *
 * With `--check` nothing is written, and the exit code is 1 if the file would change.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import {
  formatSessionVectors,
  recordSessionVectors,
  SESSION_VECTORS_URL,
} from '../spec/vectors/session-vectors.ts';
import { reportProblems } from './ci/problems.ts';

const { values: options } = parseArgs({ options: { check: { type: 'boolean' } } });
const recorded = recordSessionVectors();
const text = formatSessionVectors(recorded);
const problems: string[] = [];
if (options.check !== true) writeFileSync(SESSION_VECTORS_URL, text);
else if (text !== readFileSync(SESSION_VECTORS_URL, 'utf8')) {
  problems.push(`version ${recorded.version} has other bytes`);
}
reportProblems(
  'vectors',
  problems,
  `${recorded.frames.length} frames of version ${recorded.version}`,
);
