import { isUint8Array } from 'node:util/types';

import { kind } from '../../base/option-kinds.ts';
import { checkArgument } from '../../base/public-function.ts';
import { MessageTooLargeError, MisuseError } from '../../errors/errors.ts';

/** The memory that a read gives a message in: its own, used again, or that of the reader. */
export type Memory = 'own' | 'borrowed' | Uint8Array;

/** Free memory is kept for this long after its last use, and at most for twice as long. */
export const IDLE_MS = 1_000;

/** Bytes that were given back have this value where misuse is to be seen. */
export const POISON = 0xdb;

const BUFFER = kind('a Uint8Array', isUint8Array);

/** Overwrites bytes that were given back, unless somebody has moved their memory elsewhere. */
export function poison(bytes: Buffer): void {
  if (bytes.length > 0) bytes.fill(POISON);
}

/** @throws MisuseError unless it is memory to read into. */
export function checkBuffer(buffer: unknown): asserts buffer is Uint8Array {
  checkArgument('readInto', 'buffer', buffer, BUFFER);
}

/** The one member of a message. @throws MisuseError if it is something else than bytes. */
export function bytesIn(caller: string, message: readonly unknown[]): Uint8Array {
  const bytes = message[0];
  if (message.length === 1 && isUint8Array(bytes)) return bytes;
  throw new MisuseError(`${caller} takes messages of one Uint8Array, which this is not`, 'stream');
}

/**
 * Writes the one member of a message into the buffer and returns how many bytes these are.
 *
 * @throws MessageTooLargeError or MisuseError if it does not fit; nothing is written then.
 */
export function writeInto(buffer: Uint8Array, message: readonly unknown[]): number {
  const bytes = bytesIn('readInto', message);
  if (bytes.length > buffer.length) {
    throw new MessageTooLargeError(bytes.length, buffer.length, 'buffer', 'stream', 'local');
  }
  buffer.set(bytes);
  return bytes.length;
}
