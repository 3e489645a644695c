import type { ByteWriter } from '../../base/byte-writer.ts';
import { readI32, writeU32 } from '../../base/int32.ts';
import { DOUBLE, INT32 } from '../bson/element-types.ts';
import { Misfit } from '../misfit.ts';
import { typeName } from '../type-name.ts';
import type { Codec } from './codec.ts';
import { beginFixed } from './head.ts';
import type { ShapeCursor } from './shape-cursor.ts';

/** Numbers: an int32 if the value is one, otherwise a double, as js-bson writes them. */
export class NumberCodec implements Codec<number> {
  readonly name: string;
  readonly hasStreams: boolean = false;

  constructor(name: string) {
    this.name = name;
  }

  write(value: number, headBytes: number, out: ByteWriter): void {
    if (typeof value !== 'number') {
      throw new Misfit(`${this.name} takes a number, got ${typeName(value)}`);
    }
    putNumber(value, headBytes, out);
  }

  read(cursor: ShapeCursor, type: number): number {
    return takeNumber(cursor, type, this.name);
  }
}

/** The same, for integers within bounds. */
export class IntegerCodec implements Codec<number> {
  readonly name: string;
  readonly hasStreams: boolean = false;
  readonly #min: number;
  readonly #max: number;

  constructor(name: string, min: number, max: number) {
    this.name = name;
    this.#min = min;
    this.#max = max;
  }

  write(value: number, headBytes: number, out: ByteWriter): void {
    if (!this.#has(value)) {
      const got = typeof value === 'number' ? String(value) : typeName(value);
      throw new Misfit(this.#refusal(got));
    }
    putNumber(value, headBytes, out);
  }

  read(cursor: ShapeCursor, type: number): number {
    const value = takeNumber(cursor, type, this.name);
    if (!this.#has(value)) cursor.refuse(this.#refusal(String(value)));
    return value;
  }

  #has(value: number): boolean {
    return value >= this.#min && value <= this.#max && Number.isInteger(value);
  }

  #refusal(got: string): string {
    return `${this.name} takes an integer from ${this.#min} to ${this.#max}, got ${got}`;
  }
}

function putNumber(value: number, headBytes: number, out: ByteWriter): void {
  // js-bson does not write -0 as an int32.
  if ((value | 0) === value && !Object.is(value, -0)) {
    const at = beginFixed(out, INT32, headBytes);
    writeU32(out.buffer, at, value);
    out.offset = at + 4;
  } else {
    const at = beginFixed(out, DOUBLE, headBytes);
    out.offset = out.buffer.writeDoubleLE(value, at);
  }
}

function takeNumber(cursor: ShapeCursor, type: number, name: string): number {
  if (type === INT32) return readI32(cursor.bytes, cursor.take(4));
  if (type !== DOUBLE) cursor.refuseType(name, type);
  return cursor.bytes.readDoubleLE(cursor.take(8));
}
