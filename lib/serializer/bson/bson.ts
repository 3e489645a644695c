import { judgedBy } from '../../base/public-function.ts';
import { Binary, deserialize, type DeserializeOptions, UUID } from 'bson';

import type { ByteWriter } from '../../base/byte-writer.ts';
import { SerializationError } from '../../errors/errors.ts';
import { messageOf } from '../../errors/foreign.ts';
import { toSerializationError } from '../misfit.ts';
import type { Serializer, StreamHandles } from '../serializer.ts';
import { type BsonLimits, type BsonOptions, resolveBsonOptions } from './bson-options.ts';
import { SUBTYPE_HANDLE, SUBTYPE_VALUE_STREAM, SUBTYPE_UUID } from './element-types.ts';
import { decodeHandle } from './handle-content.ts';
import { pathAt } from './path-at.ts';
import { replaceBytes } from './replace-bytes.ts';
import { StreamSearch } from './stream-search.ts';
import type { TypedBinary } from './element-scan.ts';
import { scanTuple, type ScannedTuple } from './tuple-scan.ts';
import { TupleWalk } from './tuple-walk.ts';
import { writeDocument } from './write-document.ts';

const UUID_BYTES = 16;

const NO_STREAMS: readonly object[] = Object.freeze([]);

/** Not frozen: js-bson copies them each time, which takes longer for a frozen object. */
const DESERIALIZE_OPTIONS: DeserializeOptions = {
  promoteBuffers: true,
  useBigInt64: true,
  // Never a RegExp of JavaScript: its matching can take for ever.
  bsonRegExp: true,
  // The scan has done that, and for keys as well, which js-bson does not check.
  validation: { utf8: false },
};

/**
 * Makes a serializer for tuples as BSON documents with the keys "0", "1", …
 *
 * It writes null, booleans, numbers, bigints (int64), strings, Uint8Arrays, Dates, records and
 * class instances by their own enumerable fields, arrays, Maps with string keys, js-bson's classes
 * except Code, DBRef and BSONSymbol, sinks, and async iterables, which arrive as streams, at any
 * depth. Undefined fields and members are left out; in arrays undefined becomes null. A value that
 * would arrive changed is refused with its path. This includes values with a `toBSON` method.
 *
 * It reads int64 as bigint, other numbers as number, plain binaries as views of the message, other
 * binaries as UUID or Binary, Maps as records, and handles as sources. If a document has a field
 * twice, the last one counts.
 *
 * @throws OptionError if an option is out of bounds.
 */
export function createBson(options: BsonOptions = {}): Serializer {
  return bsonWithin(judgedBy('createBson', () => resolveBsonOptions(options)));
}

/** The same, with options that were resolved before. */
export function bsonWithin(limits: BsonLimits): Serializer {
  return Object.freeze(new BsonSerializer(limits));
}

class BsonSerializer implements Serializer<unknown[]> {
  readonly name = 'bson';
  readonly arity = undefined;
  readonly #limits: BsonLimits;

  constructor(limits: BsonLimits) {
    this.#limits = limits;
  }

  encode(tuple: unknown[], out: ByteWriter, handles: StreamHandles): void {
    try {
      const walk = new TupleWalk(this.#limits, handles);
      const document = walk.tuple(tuple);
      writeDocument(document, walk.maxBytes, out);
    } catch (error) {
      throw toSerializationError(error, 'local');
    }
  }

  decode(bytes: Buffer, handles: StreamHandles): unknown[] {
    const scanned = scanTuple(bytes, this.#limits);
    let tuple: unknown[];
    try {
      tuple = toTuple(deserialize(bytes, DESERIALIZE_OPTIONS), scanned);
    } catch (error) {
      throw toSerializationError(error, 'remote');
    }
    return scanned.binaries === undefined
      ? tuple
      : this.#restore(tuple, bytes, scanned.binaries, handles);
  }

  streamsIn(tuple: unknown[]): readonly object[] {
    if (!tuple.some(isObject)) return NO_STREAMS;
    const search = new StreamSearch(this.#limits.maxKeys);
    search.value(tuple);
    return search.found;
  }

  /**
   * Gives binaries their types back and resolves handles, once all other parts are known to fit.
   */
  #restore(
    tuple: unknown[],
    bytes: Buffer,
    binaries: ReadonlyMap<number, TypedBinary>,
    handles: StreamHandles,
  ): unknown[] {
    const restored = new Map<number, () => unknown>();
    for (const [start, binary] of binaries) {
      restored.set(start, this.#restorer(bytes, binary, handles));
    }
    replaceBytes(tuple, (view) => {
      const restore = restored.get(view.byteOffset - bytes.byteOffset);
      return restore === undefined ? view : restore();
    });
    return tuple;
  }

  #restorer(bytes: Buffer, binary: TypedBinary, handles: StreamHandles): () => unknown {
    const { subtype, start, end } = binary;
    if (subtype === SUBTYPE_HANDLE || subtype === SUBTYPE_VALUE_STREAM) {
      const handle = decodeHandle(bytes, start, end);
      const isValueStream = subtype === SUBTYPE_VALUE_STREAM;
      if (handle === undefined || (isValueStream && handle.id > Number.MAX_SAFE_INTEGER)) {
        throw refusal(bytes, binary, 'the stream handle is malformed');
      }
      const serializer = this.#serializerNamed(handle.serializer, binary, bytes, handles);
      if (isValueStream) return () => handles.accept(Number(handle.id), serializer);
      return () => handles.resolve(handle.id, serializer);
    }
    const content = bytes.subarray(start, end);
    if (subtype === SUBTYPE_UUID && content.length === UUID_BYTES) return () => new UUID(content);
    return () => new Binary(content, subtype);
  }

  #serializerNamed(
    name: string,
    binary: TypedBinary,
    bytes: Buffer,
    handles: StreamHandles,
  ): Serializer {
    try {
      return handles.serializerNamed(name, this);
    } catch (error) {
      const problem = messageOf(error);
      throw refusal(bytes, binary, problem);
    }
  }
}

/** BSON with the default limits. */
export const bson: Serializer = createBson();

function toTuple(document: Record<string, unknown>, scanned: ScannedTuple): unknown[] {
  if (!scanned.isAscending && Object.keys(document).length !== scanned.memberCount) {
    throw new SerializationError('a member of the tuple is there twice', { initiator: 'remote' });
  }
  const tuple: unknown[] = [];
  for (let i = 0; i < scanned.length; i++) tuple.push(document[i]);
  return tuple;
}

function refusal(bytes: Buffer, binary: TypedBinary, problem: string): SerializationError {
  const path = pathAt(bytes, binary.elementAt);
  return new SerializationError(problem, { path, initiator: 'remote' });
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
