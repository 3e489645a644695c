import { expect } from 'chai';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { readFrom } from '../../lib/blob/read-from.ts';
import { gather, withFolder } from '../support/blobs.ts';
import { randomSample } from '../support/samples.ts';

const READ_BYTES = 524_288;
const CONTENT = randomSample(2 * READ_BYTES + 1);

async function pieces(from: number, to: number, chunkBytes: number): Promise<Buffer[]> {
  let read: Buffer[] = [];
  await withFolder(async (folder) => {
    const path = join(folder, 'file');
    await writeFile(path, CONTENT);
    const file = await open(path);
    read = await gather(readFrom(file, from, to, chunkBytes));
    await file.close();
  });
  return read;
}

describe('service/blob/read-from', () => {
  for (const [what, from, to, chunkBytes, lengths] of [
    ['all', 0, CONTENT.length, 0, [READ_BYTES, READ_BYTES, 1]],
    ['nothing', 5, 5, 0, []],
    ['one byte', 5, 6, 0, [1]],
    ['a part', 1, READ_BYTES + 2, 0, [READ_BYTES, 1]],
    ['whole chunks at a time', 0, READ_BYTES, 200_000, [400_000, READ_BYTES - 400_000]],
    ['a chunk that is larger than a piece', 0, 700_001, 700_000, [700_000, 1]],
    ['what there is', READ_BYTES + 1, Infinity, 0, [READ_BYTES]],
  ] as const) {
    it(`reads ${what}`, async () => {
      const read = await pieces(from, to, chunkBytes);
      expect(read.map(({ length }) => length)).to.deep.equal(lengths);
      expect(Buffer.concat(read).equals(CONTENT.subarray(from, to))).to.equal(true);
    });
  }

  it('gives every piece memory of its own', async () => {
    const read = await pieces(0, CONTENT.length, 0);
    expect(new Set(read.map(({ buffer }) => buffer)).size).to.equal(read.length);
  });
});
