import { isDate } from 'node:util/types';

import type { ByteWriter } from '../../base/byte-writer.ts';
import { readI32, writeU32 } from '../../base/int32.ts';
import { DATE, MAX_DATE_MS } from '../bson/element-types.ts';
import { Misfit } from '../misfit.ts';
import { typeName } from '../type-name.ts';
import type { Codec } from '../shape/codec.ts';
import type { FieldType } from '../shape/field-type.ts';
import { beginFixed } from '../shape/head.ts';
import type { ShapeCursor } from '../shape/shape-cursor.ts';

const UINT32_VALUES = 0x1_0000_0000;

class DateCodec implements Codec<Date> {
  readonly name: string = 'date';
  readonly hasStreams: boolean = false;

  write(value: Date, headBytes: number, out: ByteWriter): void {
    if (!isDate(value)) throw new Misfit(`date takes a Date, got ${typeName(value)}`);
    const ms = value.getTime();
    if (Number.isNaN(ms)) throw new Misfit('the date is invalid');
    const at = beginFixed(out, DATE, headBytes);
    writeU32(out.buffer, at, ms % UINT32_VALUES);
    writeU32(out.buffer, at + 4, Math.floor(ms / UINT32_VALUES));
    out.offset = at + 8;
  }

  read(cursor: ShapeCursor, type: number): Date {
    if (type !== DATE) cursor.refuseType('date', type);
    const at = cursor.take(8);
    const low = readI32(cursor.bytes, at) >>> 0;
    const ms = readI32(cursor.bytes, at + 4) * UINT32_VALUES + low;
    if (Math.abs(ms) > MAX_DATE_MS) cursor.refuse('a date out of range');
    return new Date(ms);
  }
}

/** A field of a declared record: a Date, to the millisecond. Invalid Dates are refused. */
export const date: FieldType<Date> = Object.freeze({ bson: new DateCodec() });
