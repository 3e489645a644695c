import { ObjectId } from 'bson';
import { isUint8Array } from 'node:util/types';

import type { ByteWriter } from '../../base/byte-writer.ts';
import { bsonTagOf } from '../bson/bson-value-bytes.ts';
import { OBJECT_ID } from '../bson/element-types.ts';
import { Misfit } from '../misfit.ts';
import { typeName } from '../type-name.ts';
import type { Codec } from '../shape/codec.ts';
import type { FieldType } from '../shape/field-type.ts';
import { beginFixed } from '../shape/head.ts';
import type { ShapeCursor } from '../shape/shape-cursor.ts';

const OBJECT_ID_BYTES = 12;

class ObjectIdCodec implements Codec<ObjectId> {
  readonly name: string = 'objectId';
  readonly hasStreams: boolean = false;

  write(value: ObjectId, headBytes: number, out: ByteWriter): void {
    // Checked by its tag, as the class may come from another copy of js-bson.
    if (typeof value !== 'object' || value === null || bsonTagOf(value) !== 'ObjectId') {
      throw new Misfit(`objectId takes an ObjectId, got ${typeName(value)}`);
    }
    const { id } = value;
    if (!isUint8Array(id) || id.length !== OBJECT_ID_BYTES) {
      throw new Misfit('a malformed ObjectId');
    }
    const at = beginFixed(out, OBJECT_ID, headBytes);
    out.buffer.set(id, at);
    out.offset = at + OBJECT_ID_BYTES;
  }

  read(cursor: ShapeCursor, type: number): ObjectId {
    if (type !== OBJECT_ID) cursor.refuseType('objectId', type);
    const start = cursor.take(OBJECT_ID_BYTES);
    return new ObjectId(cursor.bytes.subarray(start, cursor.at));
  }
}

/** A field of a declared record: an ObjectId of js-bson. */
export const objectId: FieldType<ObjectId> = Object.freeze({ bson: new ObjectIdCodec() });
