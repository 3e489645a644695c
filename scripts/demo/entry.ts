/**
 * How a folder becomes entries of a store. Each path has one entry that says what it is, and one for
 * each chunk of its content:
 *
 *     path 00                  ->  'f' for a file, 'x' for an executable one, 'l' for a symbolic link
 *     path 00 index (u32 BE)   ->  at most 128 KiB of the content; of a link, what it points to
 *
 * Paths are bytes, as the file system has them, and relative to the folder. No path holds a zero byte
 * and big-endian numbers sort as bytes do, so the entries of a path stand together and in order.
 */

/** One entry of a store, and one message of the stream. */
export type Entry = [key: Uint8Array, value: Uint8Array];

/** What a path is. */
export type Kind = 'file' | 'executable' | 'link';

/** The most bytes that one entry holds, so that a file of any size passes through little memory. */
export const MAX_CHUNK_BYTES: number = 128 * 1024;

const LETTERS: Readonly<Record<Kind, string>> = { file: 'f', executable: 'x', link: 'l' };

/** The entry that says what a path is; an empty file has no other. */
export function kindEntry(path: Uint8Array, kind: Kind): Entry {
  return [Buffer.concat([path, Buffer.of(0)]), Buffer.from(LETTERS[kind])];
}

/** The entry of one chunk of a path's content, counted from 0. */
export function chunkEntry(path: Uint8Array, index: number, chunk: Uint8Array): Entry {
  const suffix = Buffer.alloc(5);
  suffix.writeUInt32BE(index, 1);
  return [Buffer.concat([path, suffix]), chunk];
}

/** The bytes that count: those of the key and of the value. */
export function entryBytes([key, value]: Entry): number {
  return key.length + value.length;
}
