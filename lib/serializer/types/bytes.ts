import { isUint8Array } from 'node:util/types';

import { writeU32 } from '../../base/int32.ts';
import { areGone, GONE_BYTES } from '../gone-bytes.ts';
import { Misfit } from '../misfit.ts';
import { bytesCodec } from '../shape/bytes-codec.ts';
import { typeName } from '../type-name.ts';
import type { ValueType } from './value-type.ts';

const MAX_BYTES = 0xffff_ffff;

/**
 * Bytes: u32 length, then the bytes. Large ones are not copied when they are sent: leave them
 * unchanged until they are written. Reading gives a view of the message.
 */
export const bytes: ValueType<Uint8Array> = Object.freeze<ValueType<Uint8Array>>({
  name: 'bytes',
  minBytes: 4,
  bson: bytesCodec,
  write(value, out) {
    if (!isUint8Array(value)) throw new Misfit(`bytes takes a Uint8Array, got ${typeName(value)}`);
    if (areGone(value)) throw new Misfit(GONE_BYTES);
    if (value.length > MAX_BYTES) throw new Misfit(`bytes holds up to ${MAX_BYTES} bytes`);
    out.reserve(4);
    writeU32(out.buffer, out.offset, value.length);
    out.offset += 4;
    out.append(value);
  },
  read(cursor) {
    return cursor.takeView(cursor.takeU32('bytes'), 'bytes');
  },
});
