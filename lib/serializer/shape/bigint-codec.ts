import type { ByteWriter } from '../../base/byte-writer.ts';
import { readI32 } from '../../base/int32.ts';
import { INT32, INT64 } from '../bson/element-types.ts';
import { Misfit } from '../misfit.ts';
import { typeName } from '../type-name.ts';
import type { Codec } from './codec.ts';
import { beginFixed } from './head.ts';
import type { ShapeCursor } from './shape-cursor.ts';

/** BSON's widest integer. */
const MAX = 0x7fff_ffff_ffff_ffffn;

/**
 * Bigints from a lower bound to the highest int64. They are written as int64; an int32 is read as
 * well.
 */
export class BigIntCodec implements Codec<bigint> {
  readonly name: string;
  readonly hasStreams: boolean = false;
  readonly #min: bigint;

  constructor(name: string, min: bigint) {
    this.name = name;
    this.#min = min;
  }

  write(value: bigint, headBytes: number, out: ByteWriter): void {
    if (typeof value !== 'bigint') {
      throw new Misfit(`${this.name} takes a bigint, got ${typeName(value)}`);
    }
    if (value < this.#min || value > MAX) throw new Misfit(this.#refusal(value));
    const at = beginFixed(out, INT64, headBytes);
    out.offset = out.buffer.writeBigInt64LE(value, at);
  }

  read(cursor: ShapeCursor, type: number): bigint {
    const value = this.#take(cursor, type);
    if (value < this.#min) cursor.refuse(this.#refusal(value));
    return value;
  }

  #take(cursor: ShapeCursor, type: number): bigint {
    if (type === INT32) return BigInt(readI32(cursor.bytes, cursor.take(4)));
    if (type !== INT64) cursor.refuseType(this.name, type);
    return cursor.bytes.readBigInt64LE(cursor.take(8));
  }

  #refusal(got: bigint): string {
    return `in BSON ${this.name} is a bigint from ${this.#min} to ${MAX}, got ${got}`;
  }
}
