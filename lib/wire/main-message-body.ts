/**
 * The bodies of main messages, behind the kind: words of eight bytes, and in some messages a document
 * behind the first word. Numbers are below 2^53; ids of connections have all 64 bits.
 */

import { ProtocolError } from '../errors/errors.ts';
import { readI64AsNumber, writeI64 } from './integers.ts';

export const KIND_BYTES = 1;
export const WORD_BYTES = 8;

function start(kind: number, bodyBytes: number): Buffer {
  const bytes = Buffer.alloc(KIND_BYTES + bodyBytes);
  bytes[0] = kind;
  return bytes;
}

/** A message of numbers alone. */
export function withWords(kind: number, words: readonly number[]): Buffer {
  const bytes = start(kind, words.length * WORD_BYTES);
  for (const [i, word] of words.entries()) writeI64(bytes, KIND_BYTES + i * WORD_BYTES, word);
  return bytes;
}

/** A message of ids, or of ids and counts, alone. */
export function withIds(kind: number, words: readonly bigint[]): Buffer {
  const bytes = start(kind, words.length * WORD_BYTES);
  for (const [i, word] of words.entries())
    bytes.writeBigUInt64LE(word, KIND_BYTES + i * WORD_BYTES);
  return bytes;
}

/** The one id that is all of the body. */
export function readId(bytes: Buffer): bigint {
  checkLength(bytes, KIND_BYTES + WORD_BYTES);
  return bytes.readBigUInt64LE(KIND_BYTES);
}

/** The one word that is all of the body. */
export function readOnly(bytes: Buffer): number {
  checkLength(bytes, KIND_BYTES + WORD_BYTES);
  return wordAt(bytes, KIND_BYTES);
}

/** The word that the body begins with. */
export function readWord(bytes: Buffer): number {
  if (bytes.length < KIND_BYTES + WORD_BYTES) malformed();
  return wordAt(bytes, KIND_BYTES);
}

/** All numbers of the body. */
export function readWords(bytes: Buffer): number[] {
  const words: number[] = [];
  for (let at = KIND_BYTES; at < bytes.length; at += WORD_BYTES) {
    if (bytes.length - at < WORD_BYTES) malformed();
    words.push(wordAt(bytes, at));
  }
  return words;
}

/** All ids of the body. */
export function readIds(bytes: Buffer): bigint[] {
  const words: bigint[] = [];
  for (let at = KIND_BYTES; at < bytes.length; at += WORD_BYTES) {
    if (bytes.length - at < WORD_BYTES) malformed();
    words.push(bytes.readBigUInt64LE(at));
  }
  return words;
}

/** The bytes behind the first word. */
export function rest(bytes: Buffer): Buffer {
  return bytes.subarray(KIND_BYTES + WORD_BYTES);
}

function wordAt(bytes: Buffer, at: number): number {
  const word = readI64AsNumber(bytes, at);
  if (!Number.isSafeInteger(word) || word < 0) malformed();
  return word;
}

function checkLength(bytes: Buffer, length: number): void {
  if (bytes.length !== length) malformed();
}

/** @throws ProtocolError always. */
export function malformed(): never {
  throw new ProtocolError('a malformed main message');
}
