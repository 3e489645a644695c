import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

import { expect } from 'chai';

import type { Findings } from './program.ts';

const PROGRAM = 'dist/spec/runtimes/program.js';
const BIN = 'spec/runtimes/node_modules/.bin';
const DEFAULT_BUDGET_BYTES = 262_144;
const CHUNK_BYTES = 65_536;

const RUNTIMES: readonly (readonly [name: string, command: string, options: string[]])[] = [
  ['Node', process.execPath, []],
  ['Bun', `${BIN}/bun`, ['run']],
  ['Deno', `${BIN}/deno`, ['run', '--allow-all', '--no-prompt']],
];

describe('runtimes', () => {
  for (const [name, command, options] of RUNTIMES) {
    const title = `B2-23 sends wait and tell truly what is buffered, and all else works, on ${name}`;
    if (!existsSync(command)) {
      it.skip(`${title} (skipped: npm run runtimes installs it)`);
      continue;
    }
    it(title, async () => {
      const found = await findings(command, [...options, PROGRAM]);
      expect([found.called, found.items, found.summed]).to.deep.equal([42, [0, 1, 2], 6]);
      // The send that waited is told as waiting: the budget was exceeded, by one message at most.
      expect(found.bufferedBytes).to.be.within(
        DEFAULT_BUDGET_BYTES + 1,
        DEFAULT_BUDGET_BYTES + CHUNK_BYTES + 4,
      );
      expect(found.flushedBytes).to.equal(0);
      expect(found.receivedBytes).to.equal(found.sentBytes);
    });
  }
});

async function findings(command: string, options: string[]): Promise<Findings> {
  const { stdout } = await promisify(execFile)(command, options, { timeout: 110_000 });
  return JSON.parse(stdout) as Findings; // the program prints nothing else
}
