import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Files are made of blocks of this size, and their sizes are told in blocks. */
export const BLOCK_BYTES = 1_048_576;

const NUMBER_BYTES = 4;

/** Each block is the same but for its number, which stands at its beginning and at its end. */
const BLOCK = Buffer.alloc(
  BLOCK_BYTES,
  Buffer.from(Array.from({ length: 4_096 }, (_, at) => (at * 167 + 13) & 0xff)),
);

/** A folder for files, which goes with the process. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bench-file-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A file of so many blocks, on the disk. */
export async function writeBlocks(path: string, blocks: number): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (let number = 0; number < blocks; number++) await file.write(blockOf(number));
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * @param isWhole - whether all bytes are looked at, or only the numbers of the blocks, which takes no
 *   time to speak of.
 * @throws if the file is not what {@link writeBlocks} writes.
 */
export async function checkBlocks(path: string, blocks: number, isWhole: boolean): Promise<void> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    if (size !== blocks * BLOCK_BYTES) throw new Error(`a file of ${size} bytes arrived`);
    const looked = isWhole ? BLOCK_BYTES : NUMBER_BYTES;
    const found = Buffer.alloc(looked);
    for (let number = 0; number < blocks; number++) {
      const expected = blockOf(number).subarray(BLOCK_BYTES - looked);
      await file.read(found, 0, looked, (number + 1) * BLOCK_BYTES - looked);
      if (!found.equals(expected)) throw new Error(`block ${number} arrived changed`);
    }
  } finally {
    await file.close();
  }
}

function blockOf(number: number): Buffer {
  BLOCK.writeUInt32LE(number, 0);
  BLOCK.writeUInt32LE(number, BLOCK_BYTES - NUMBER_BYTES);
  return BLOCK;
}
