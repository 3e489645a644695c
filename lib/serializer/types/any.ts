import type { ByteWriter } from '../../base/byte-writer.ts';
import { writeU32 } from '../../base/int32.ts';
import { SerializationError } from '../../errors/errors.ts';
import { isInstance } from '../../errors/foreign.ts';
import { bsonWithin } from '../bson/bson.ts';
import { pathAt } from '../bson/path-at.ts';
import type { StreamSearch } from '../bson/stream-search.ts';
import { TupleWalk } from '../bson/tuple-walk.ts';
import { documentBytes } from '../bson/write-document.ts';
import { Misfit } from '../misfit.ts';
import type { Codec } from '../shape/codec.ts';
import type { FieldType } from '../shape/field-type.ts';
import { beginFixed } from '../shape/head.ts';
import type { ShapeCursor } from '../shape/shape-cursor.ts';
import type { WriteContext } from '../shape/write-context.ts';

/** The bytes before the value in a tuple of one member; one more stands behind it. */
const TUPLE_HEAD_BYTES = 7;
const TUPLE_BYTES = TUPLE_HEAD_BYTES + 1;
const TUPLE_PATH = '[0]';

class AnyCodec implements Codec<unknown> {
  readonly name: string = 'any';
  readonly hasStreams: boolean = true;

  write(value: unknown, headBytes: number, out: ByteWriter, context: WriteContext): void {
    if (value === undefined) throw new Misfit('any takes a value, got undefined');
    const document = tupleBytes(value, context);
    out.offset = beginFixed(out, document[4] ?? 0, headBytes);
    out.append(document.subarray(TUPLE_HEAD_BYTES, -1));
  }

  read(cursor: ShapeCursor, type: number): unknown {
    const { bytes, elementAt, at } = cursor;
    const end = cursor.scan.value(elementAt, at, cursor.last, cursor.depth);
    cursor.at = end;
    const tuple = Buffer.allocUnsafe(TUPLE_BYTES + end - at);
    writeU32(tuple, 0, tuple.length);
    tuple[4] = type;
    tuple[5] = 0x30;
    tuple[6] = 0;
    bytes.copy(tuple, TUPLE_HEAD_BYTES, at, end);
    tuple[tuple.length - 1] = 0;
    try {
      return bsonWithin(cursor.limits).decode(tuple, cursor.handles)[0];
    } catch (error) {
      throw below(pathAt(bytes, elementAt), error);
    }
  }

  findStreams(value: unknown, search: StreamSearch): void {
    search.value(value);
  }
}

/** The value as a tuple of its own. @throws Misfit with the path below the value. */
function tupleBytes(value: unknown, context: WriteContext): Uint8Array {
  const walk = new TupleWalk(context.limits, context.handles);
  walk.continueFrom(context.depth, context.keysLeft);
  try {
    const bytes = documentBytes(walk.tuple([value]), walk.maxBytes);
    context.keysLeft = walk.keysLeft;
    return bytes;
  } catch (error) {
    // The outermost step is the index in that tuple.
    if (isInstance(error, Misfit)) error.segments.pop();
    throw error;
  }
}

/** The path of an error in a tuple of its own, as the path in the message. */
function below(path: string, error: unknown): unknown {
  if (!isInstance(error, SerializationError) || !error.path.startsWith(TUPLE_PATH)) return error;
  const problem = error.message.slice(`${error.path}: `.length);
  const fullPath = path + error.path.slice(TUPLE_PATH.length);
  return new SerializationError(problem, { path: fullPath, initiator: error.initiator });
}

/**
 * A field of a declared record: any value that `bson` takes except undefined. js-bson reads and
 * writes it, at its speed.
 */
export const any: FieldType<unknown> = Object.freeze({ bson: new AnyCodec() });
