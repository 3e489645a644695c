import { expect } from 'chai';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { memoryInTurn, READ_BYTES, readFrom, wholeChunks } from '../../lib/blob/read-from.ts';
import { gather, withFolder } from '../support/blobs.ts';
import { rejectionOf } from '../support/rejection.ts';
import { randomSample } from '../support/samples.ts';

/** A chunk for which one read is too little. */
const LARGE = READ_BYTES + 100_000;
const CONTENT = randomSample(4 * READ_BYTES + 1);

async function pieces(from: number, to: number, chunkBytes: number): Promise<Uint8Array[]> {
  let read: Uint8Array[] = [];
  await withFolder(async (folder) => {
    const path = join(folder, 'file');
    await writeFile(path, CONTENT);
    const file = await open(path);
    read = await gather(readFrom(file, { from, to }, wholeChunks(chunkBytes)));
    await file.close();
  });
  return read;
}

describe('service/blob/read-from', () => {
  for (const [what, from, to, chunkBytes, lengths] of [
    ['all', 0, CONTENT.length, READ_BYTES, [...Array<number>(4).fill(READ_BYTES), 1]],
    ['nothing', 5, 5, READ_BYTES, []],
    ['one byte', 5, 6, READ_BYTES, [1]],
    ['a part', 1, READ_BYTES + 2, READ_BYTES, [READ_BYTES, 1]],
    ['whole chunks at a time', 0, READ_BYTES, 100_000, [1_000_000, READ_BYTES - 1_000_000]],
    ['a chunk that is larger than a piece', 0, LARGE + 1, LARGE, [LARGE, 1]],
    ['what there is', 3 * READ_BYTES + 1, Infinity, READ_BYTES, [READ_BYTES]],
  ] as const) {
    it(`reads ${what}`, async () => {
      const read = await pieces(from, to, chunkBytes);
      expect(read.map(({ length }) => length)).to.deep.equal(lengths);
      expect(Buffer.concat(read).equals(CONTENT.subarray(from, to))).to.equal(true);
    });
  }

  it('gives every piece memory of its own', async () => {
    const read = await pieces(0, CONTENT.length, READ_BYTES);
    expect(new Set(read.map(({ buffer }) => buffer)).size).to.equal(read.length);
  });

  it('reads the next pieces while these are used, and no further', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'file');
      await writeFile(path, CONTENT);
      const file = await open(path);
      const given: number[] = [];
      const give = (bytes: number): Buffer => {
        given.push(bytes);
        return Buffer.alloc(bytes);
      };
      const half = READ_BYTES / 2;
      const read = readFrom(file, { from: 0, to: CONTENT.length }, half, give);
      await read.next();
      expect(given, 'of the first read and the next').to.deep.equal([half, half, half, half]);
      await read.return();
      await file.close();
    });
  });

  it('tells an error of a read behind the pieces before it', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'file');
      await writeFile(path, CONTENT);
      const file = await open(path);
      let count = 0;
      const give = (bytes: number): Buffer => {
        if (count++ === 1) throw new Error('no memory');
        return Buffer.alloc(bytes);
      };
      const read = readFrom(file, { from: 0, to: CONTENT.length }, READ_BYTES, give);
      expect((await read.next()).value).to.have.property('length', READ_BYTES);
      expect((await rejectionOf(read.next(), Error)).message).to.equal('no memory');
      await file.close();
    });
  });

  it('gives memory for two pieces in turn', () => {
    const give = memoryInTurn();
    const given = [9, 9, 9, 5, 20, 9].map((bytes) => give(bytes));
    expect(given.map(({ length }) => length)).to.deep.equal([9, 9, 9, 5, 20, 9]);
    const [first, second, third, fourth] = given.map(({ buffer }) => buffer);
    expect([third === first, fourth === second, first === second]).to.deep.equal([
      true,
      true,
      false,
    ]);
  });
});
