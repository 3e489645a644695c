import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { expect } from 'chai';

import { freshCopy } from '../../lib/base/fresh-memory.ts';

const SCRIPT = fileURLToPath(new URL('fixtures/fresh-memory.js', import.meta.url));

/** The process takes 500 MiB. Without garbage beside it, V8 would wait for three times as much at least. */
const LEAST_COLLECTIONS = 500 / 10;

interface Collections {
  readonly major: number;
  readonly minor: number;
}

/** What V8 collects in a process that takes so much memory of one kind. */
async function collectionsOf(kind: string): Promise<Collections> {
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, kind]);
  return JSON.parse(stdout) as Collections;
}

describe('fresh memory', () => {
  for (const kind of ['fresh', 'copied', 'sent']) {
    it(`is found by quick collections before V8 begins long ones: ${kind}`, async () => {
      const { major, minor } = await collectionsOf(kind);
      expect(minor).to.be.at.least(LEAST_COLLECTIONS);
      expect(major).to.be.at.most(minor / 10);
    });
  }

  it('makes no garbage when the same memory is sent again', async () => {
    const { major, minor } = await collectionsOf('again');
    expect(minor).to.be.at.most(LEAST_COLLECTIONS / 10);
    expect(major).to.equal(0);
  });

  for (const count of [0, 1, 4_095, 4_096, 100_000]) {
    it(`has the content that it was copied from: ${count} bytes`, () => {
      const bytes = Buffer.from(Array.from({ length: count }, (_, i) => i % 251));
      const copy = freshCopy(bytes);
      bytes.fill(0xff);
      expect(copy.length).to.equal(count);
      expect(copy.every((byte, i) => byte === i % 251)).to.equal(true);
    });
  }
});
