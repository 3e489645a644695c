import { Binary } from 'bson';
import { isDate, isMap, isUint8Array } from 'node:util/types';

import { STREAM_HANDLE } from '../../types/stream-handle.ts';
import { areGone, GONE_BYTES } from '../gone-bytes.ts';
import { Misfit } from '../misfit.ts';
import type { StreamHandles } from '../serializer.ts';
import { typeName } from '../type-name.ts';
import { isWellFormed } from '../utf8.ts';
import type { PathSegment } from '../value-path.ts';
import type { BsonLimits } from './bson-options.ts';
import { bsonTagOf, bsonValueBytes } from './bson-value-bytes.ts';
import { MIN_DOCUMENT_BYTES, SUBTYPE_HANDLE, SUBTYPE_VALUE_STREAM } from './element-types.ts';
import { encodeHandle } from './handle-content.ts';
import { MAX_MEMBERS } from './member-index.ts';
import { whyUnsendable } from './unsendable.ts';
import { isInstance, textOf } from '../../errors/foreign.ts';

/** A tuple in the form that js-bson takes. */
export type TupleDocument = Record<string, unknown>;

/** A container that the walk is in. Undefined represents the tuple. */
interface Frame {
  readonly container: object;
  readonly key: PathSegment;
  readonly parent: Frame | undefined;
  readonly depth: number;
}

/** A UTF-16 code unit takes at most three bytes. */
const MAX_BYTES_PER_UNIT = 3;

/** An element's type and the terminator of its key. */
const ELEMENT_BYTES = 2;

/** The index of an array element as a key: at most 16,777,215. */
const INDEX_BYTES = 8;

/**
 * Walks a tuple once before js-bson encodes it. It refuses values that js-bson would lose or alter,
 * with the path. It puts Binaries in place of stream handles, in copies of their containers; so the
 * caller's values stay as they are, and nothing is copied without handles. And it adds up the most
 * bytes that the message can take, because js-bson silently writes beyond its scratch memory.
 */
export class TupleWalk {
  /** The most bytes that the values walked so far can take. */
  maxBytes: number = MIN_DOCUMENT_BYTES;

  /** The number of keys that may still come. */
  keysLeft: number;

  readonly #limits: BsonLimits;
  readonly #handles: StreamHandles;
  #outerDepth = 0;

  constructor(limits: BsonLimits, handles: StreamHandles) {
    this.#limits = limits;
    this.#handles = handles;
    this.keysLeft = limits.maxKeys;
  }

  /** Continues the counts of another writer, in a member that the writer has begun. */
  continueFrom(depth: number, keysLeft: number): void {
    this.#outerDepth = depth;
    this.keysLeft = keysLeft;
  }

  /** @throws Misfit with the path. */
  tuple(tuple: readonly unknown[]): TupleDocument {
    if (tuple.length > MAX_MEMBERS) {
      this.#refuse(MAX_MEMBERS, undefined, `a tuple has up to ${MAX_MEMBERS} members`);
    }
    // A literal with its first key is seven times as fast as an empty one (`micro.bson.encode`). If
    // it stays undefined, it is not encoded.
    const document: TupleDocument = { 0: undefined };
    for (let i = 0; i < tuple.length; i++) {
      this.#countKeys(1, ELEMENT_BYTES + INDEX_BYTES, i, undefined);
      document[i] = this.#value(tuple[i], i, undefined);
    }
    return document;
  }

  /** The value, or the value to encode instead. */
  #value(value: unknown, key: PathSegment, within: Frame | undefined): unknown {
    switch (typeof value) {
      case 'string':
        this.maxBytes += MIN_DOCUMENT_BYTES + value.length * MAX_BYTES_PER_UNIT;
        if (!isWellFormed(value)) this.#refuse(key, within, 'the string has a lone surrogate');
        return value;
      case 'number':
      case 'boolean':
        this.maxBytes += 8;
        return value;
      case 'bigint':
        this.maxBytes += 8;
        if (BigInt.asIntN(64, value) !== value) {
          this.#refuse(key, within, `${value} does not fit an int64`);
        }
        return value;
      case 'undefined':
        return value;
      case 'object':
        return value === null ? value : this.#object(value, key, within);
      default:
        return this.#refuse(key, within, `${typeName(value)} can't be sent`);
    }
  }

  #object(value: object, key: PathSegment, within: Frame | undefined): unknown {
    if (isSink(value)) return this.#handle(value);
    if (Array.isArray(value) || isPlain(value)) return this.#container(value, key, within);
    if (isUint8Array(value)) {
      if (areGone(value)) this.#refuse(key, within, GONE_BYTES);
      this.maxBytes += MIN_DOCUMENT_BYTES + value.length;
      return value;
    }
    if (isDate(value)) {
      this.maxBytes += 8;
      if (Number.isNaN(value.getTime())) this.#refuse(key, within, 'the date is invalid');
      return value;
    }
    const tag = bsonTagOf(value);
    return tag === undefined
      ? this.#container(value, key, within)
      : this.#bsonValue(value, tag, key, within);
  }

  #handle(handle: object): Binary {
    const content = encodeHandle(this.#handles.describe(handle));
    this.maxBytes += MIN_DOCUMENT_BYTES + content.length;
    return new Binary(content, SUBTYPE_HANDLE);
  }

  #offer(stream: object): Binary {
    const { number, serializer } = this.#handles.offer(stream);
    const content = encodeHandle({ id: BigInt(number), serializer });
    this.maxBytes += MIN_DOCUMENT_BYTES + content.length;
    return new Binary(content, SUBTYPE_VALUE_STREAM);
  }

  #bsonValue(value: object, tag: string, key: PathSegment, within: Frame | undefined): object {
    try {
      this.maxBytes += bsonValueBytes(value, tag);
    } catch (error) {
      this.#refuse(key, within, isInstance(error, Misfit) ? error.message : `a malformed ${tag}`);
    }
    return value;
  }

  #container(value: object, key: PathSegment, within: Frame | undefined): unknown {
    const depth = (within?.depth ?? this.#outerDepth) + 1;
    if (depth > this.#limits.maxDepth) {
      this.#refuse(key, within, `nested deeper than ${this.#limits.maxDepth} levels (maxDepth)`);
    }
    for (let frame = within; frame !== undefined; frame = frame.parent) {
      if (frame.container === value) this.#refuse(key, within, 'the value contains itself');
    }
    this.maxBytes += MIN_DOCUMENT_BYTES;
    const frame: Frame = { container: value, key, parent: within, depth };
    if (Array.isArray(value)) return this.#array(value, frame);
    if (isMap(value)) return this.#map(value, frame);
    if (!isPlain(value) || !hasNoProtocol(value)) {
      if (isAsyncIterable(value)) return this.#offer(value);
      const refusal = whyUnsendable(value);
      if (refusal !== undefined) this.#refuse(key, within, refusal);
    }
    // All other objects are taken by their own enumerable fields, as js-bson does.
    return this.#record(value as Record<string, unknown>, frame);
  }

  #record(record: Record<string, unknown>, within: Frame): unknown {
    let copy: Record<string, unknown> | undefined;
    let references = 0;
    // Neither Object.keys nor Object.hasOwn is used: in a loop like this the engine knows the place
    // of the key's value, and that it is the object's own (`micro.bson.encode`).
    for (const key in record) {
      if (!Object.prototype.hasOwnProperty.call(record, key)) continue;
      this.#key(key, within);
      if (key === '$ref' || key === '$id') references++;
      const value = record[key];
      const sent = this.#value(value, key, within);
      if (Object.is(sent, value)) continue;
      copy ??= { ...record };
      copy[key] = sent;
    }
    if (references === 2) this.#refuseReference(within);
    return copy ?? record;
  }

  #map(map: ReadonlyMap<unknown, unknown>, within: Frame): unknown {
    let copy: Map<unknown, unknown> | undefined;
    for (const [key, value] of map) {
      if (typeof key !== 'string') {
        this.#refuse(
          textOf(key),
          within,
          `the key of a Map must be a string, got ${typeName(key)}`,
        );
      }
      this.#key(key, within);
      const sent = this.#value(value, key, within);
      if (Object.is(sent, value)) continue;
      copy ??= new Map(map);
      copy.set(key, sent);
    }
    if (map.has('$ref') && map.has('$id')) this.#refuseReference(within);
    return copy ?? map;
  }

  /** js-bson turns undefined elements and holes into null. */
  #array(array: readonly unknown[], within: Frame): unknown {
    this.#countKeys(array.length, ELEMENT_BYTES + INDEX_BYTES, 0, within);
    let copy: unknown[] | undefined;
    for (let i = 0; i < array.length; i++) {
      const value = array[i];
      const sent = this.#value(value, i, within);
      if (Object.is(sent, value)) continue;
      copy ??= array.slice();
      copy[i] = sent;
    }
    return copy ?? array;
  }

  #key(key: string, within: Frame): void {
    this.#countKeys(1, ELEMENT_BYTES + key.length * MAX_BYTES_PER_UNIT, key, within);
    if (this.#limits.refusedKeys.passes(key)) return;
    if (this.#limits.refusedKeys.has(key)) this.#refuse(key, within, 'the key is refused');
    if (key.includes('\0')) this.#refuse(key, within, 'the key contains U+0000');
    if (!isWellFormed(key)) this.#refuse(key, within, 'the key has a lone surrogate');
  }

  #countKeys(count: number, bytesEach: number, key: PathSegment, within: Frame | undefined): void {
    this.keysLeft -= count;
    this.maxBytes += count * bytesEach;
    if (this.keysLeft >= 0) return;
    this.#refuse(key, within, `more than ${this.#limits.maxKeys} keys (maxKeys)`);
  }

  #refuseReference(frame: Frame): never {
    const problem = 'has both $ref and $id, which BSON takes for a DBRef';
    this.#refuse(frame.key, frame.parent, problem);
  }

  #refuse(key: PathSegment, within: Frame | undefined, problem: string): never {
    const misfit = new Misfit(problem);
    misfit.segments.push(key);
    for (let frame = within; frame !== undefined; frame = frame.parent) {
      misfit.segments.push(frame.key);
    }
    throw misfit;
  }
}

function isSink(value: { readonly [STREAM_HANDLE]?: unknown }): boolean {
  return value[STREAM_HANDLE] === 'sink';
}

function isAsyncIterable(value: Protocols): boolean {
  return typeof value[Symbol.asyncIterator] === 'function';
}

/** Members that make a plain object more than its fields. */
interface Protocols {
  readonly [Symbol.toStringTag]?: unknown;
  readonly [Symbol.iterator]?: unknown;
  readonly [Symbol.asyncIterator]?: unknown;
  readonly toBSON?: unknown;
}

/** Loads these members: each load takes a fraction of the time of `in`. */
function hasNoProtocol(value: Protocols): boolean {
  return (
    value[Symbol.toStringTag] === undefined &&
    value[Symbol.iterator] === undefined &&
    value[Symbol.asyncIterator] === undefined &&
    value.toBSON === undefined
  );
}

/** Records are checked for first, as most values are records. */
function isPlain(value: object): boolean {
  return Object.getPrototypeOf(value) === Object.prototype;
}
