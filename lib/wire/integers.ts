/**
 * 64-bit integers as numbers where they are small, which is nearly always: a bigint costs an
 * allocation each.
 */

import { readU32, writeU32 } from '../base/int32.ts';
import { ProtocolError } from '../errors/errors.ts';

const TWO_32 = 0x1_0000_0000;
const SAFE_HIGH = 0x1f_ffff;

/**
 * Where a bigint is put together and taken apart, for every call of a service's method: Buffer's own
 * methods make three more on the way, and take four times as long (`service.call`).
 */
const SCRATCH = new DataView(new ArrayBuffer(8));

/** A u64 that is a number up to 2^53-1 and a bigint above, so that equal values are equal keys. */
export type U64 = number | bigint;

/** Reads a u64. */
export function readU64(bytes: Buffer, at: number): U64 {
  const high = readU32(bytes, at + 4);
  const low = readU32(bytes, at);
  if (high <= SAFE_HIGH) return high * TWO_32 + low;
  SCRATCH.setUint32(0, low, true);
  SCRATCH.setUint32(4, high, true);
  return SCRATCH.getBigUint64(0, true);
}

/** Reads an i64 as a number; beyond 2^53 it is rounded, which no id of ours reaches. */
export function readI64AsNumber(bytes: Buffer, at: number): number {
  return (readU32(bytes, at + 4) | 0) * TWO_32 + readU32(bytes, at);
}

/** Reads a u64 that counts. @throws ProtocolError of the connection from 2^53 on, which no count reaches. */
export function readPosition(bytes: Buffer, at: number): number {
  const high = readU32(bytes, at + 4);
  if (high > SAFE_HIGH) throw new ProtocolError('a position of 2^53 or more');
  return high * TWO_32 + readU32(bytes, at);
}

/** Writes a safe integer as an i64. */
export function writeI64(bytes: Buffer, at: number, value: number): void {
  const high = Math.floor(value / TWO_32);
  writeU32(bytes, at + 4, high);
  writeU32(bytes, at, value - high * TWO_32);
}

/** Writes a u64. */
export function writeU64(bytes: Buffer, at: number, value: U64): void {
  if (typeof value === 'number') {
    writeI64(bytes, at, value);
    return;
  }
  SCRATCH.setBigUint64(0, value, true);
  writeU32(bytes, at, SCRATCH.getUint32(0, true));
  writeU32(bytes, at + 4, SCRATCH.getUint32(4, true));
}

/** The normal form of a u64: a number where it is safe. @throws RangeError outside 0 … 2^64-1. */
export function toU64(value: U64): U64 {
  const big = BigInt(value);
  if (big < 0n || big > 0xffff_ffff_ffff_ffffn) throw new RangeError(`${value} is no u64`);
  return big <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(big) : big;
}
