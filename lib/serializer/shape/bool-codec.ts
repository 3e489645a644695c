import type { ByteWriter } from '../../base/byte-writer.ts';
import { BOOLEAN } from '../bson/element-types.ts';
import { Misfit } from '../misfit.ts';
import { typeName } from '../type-name.ts';
import type { Codec } from './codec.ts';
import { beginFixed } from './head.ts';
import type { ShapeCursor } from './shape-cursor.ts';

class BoolCodec implements Codec<boolean> {
  readonly name: string = 'bool';
  readonly hasStreams: boolean = false;

  write(value: boolean, headBytes: number, out: ByteWriter): void {
    if (typeof value !== 'boolean') {
      throw new Misfit(`bool takes a boolean, got ${typeName(value)}`);
    }
    const at = beginFixed(out, BOOLEAN, headBytes);
    out.buffer[at] = value ? 1 : 0;
    out.offset = at + 1;
  }

  read(cursor: ShapeCursor, type: number): boolean {
    if (type !== BOOLEAN) cursor.refuseType('bool', type);
    const byte = cursor.bytes[cursor.take(1)] ?? 0;
    if (byte > 1) cursor.refuse('a boolean is 0 or 1');
    return byte === 1;
  }
}

/** Booleans. */
export const boolCodec: Codec<boolean> = new BoolCodec();
