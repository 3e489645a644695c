import { readI32 } from '../../base/int32.ts';
import { SerializationError } from '../../errors/errors.ts';
import { isValidUtf8 } from '../utf8.ts';
import type { BsonLimits } from './bson-options.ts';
import {
  ARRAY,
  BINARY,
  BOOLEAN,
  DATE,
  DOCUMENT,
  FIXED_WIDTHS,
  MAX_DATE_MS,
  MIN_DOCUMENT_BYTES,
  REFUSED_TYPES,
  REGEXP,
  STRING,
  SUBTYPE_BYTES,
  SUBTYPE_OLD_BYTES,
} from './element-types.ts';
import { pathAt } from './path-at.ts';

/**
 * A Binary of a subtype other than plain bytes. js-bson loses the subtype when it returns bytes.
 */
export interface TypedBinary {
  readonly subtype: number;
  /** The offset of its content in the message. */
  readonly start: number;
  readonly end: number;
  /** The offset of its element, for the path in an error. */
  readonly elementAt: number;
}

const DOLLAR = 0x24;
const HAS_REF = 1;
const HAS_ID = 2;
const REF = Buffer.from('$ref');
const ID = Buffer.from('$id');

/**
 * Checks elements: every length against its container, depth, number of keys, names, types and
 * UTF-8. Builds nothing, and recurses no deeper than `maxDepth`.
 *
 * @throws SerializationError blaming `remote`, with the path.
 */
export class ElementScan {
  /** The binaries by the offset of their content; undefined if there are none. */
  binaries: Map<number, TypedBinary> | undefined;
  /** The number of keys that may still come. */
  keysLeft: number;

  readonly #bytes: Buffer;
  readonly #limits: BsonLimits;

  constructor(bytes: Buffer, limits: BsonLimits) {
    this.#bytes = bytes;
    this.#limits = limits;
    this.keysLeft = limits.maxKeys;
  }

  /** Scans a document or an array and returns its end. */
  #document(start: number, limit: number, elementAt: number, depth: number): number {
    if (depth > this.#limits.maxDepth) {
      this.#refuse(elementAt, `nested deeper than ${this.#limits.maxDepth} levels (maxDepth)`);
    }
    const last = this.documentEnd(start, limit, elementAt) - 1;
    let reference = 0;
    for (let at = start + 4; at < last;) {
      const keyEnd = this.key(at, last);
      if (this.#bytes[at + 1] === DOLLAR) reference |= this.#referencePart(at + 1, keyEnd);
      at = this.value(at, keyEnd + 1, last, depth);
    }
    if (reference === (HAS_REF | HAS_ID)) {
      this.#refuse(elementAt, 'a document with both $ref and $id, which BSON takes for a DBRef');
    }
    return last + 1;
  }

  /** Checks a document's length and terminator and returns its end. */
  documentEnd(start: number, limit: number, elementAt: number): number {
    if (limit - start < MIN_DOCUMENT_BYTES) this.#overrun(elementAt, 'a document', limit - start);
    const byteLength = readI32(this.#bytes, start);
    if (byteLength < MIN_DOCUMENT_BYTES || byteLength > limit - start) {
      this.#overrun(elementAt, `a document of ${byteLength} bytes`, limit - start);
    }
    const end = start + byteLength;
    if (this.#bytes[end - 1] !== 0) this.#refuse(elementAt, 'the document has no terminator');
    return end;
  }

  /** Counts an element against the limit. */
  countKey(elementAt: number): void {
    if (--this.keysLeft >= 0) return;
    this.#refuse(elementAt, `more than ${this.#limits.maxKeys} keys (maxKeys)`);
  }

  /** Checks a key and returns the offset of its terminator. */
  key(elementAt: number, last: number): number {
    this.countKey(elementAt);
    const end = this.#cString(elementAt, elementAt + 1, last);
    if (this.#limits.refusedKeys.hasBytes(this.#bytes, elementAt + 1, end)) {
      this.#refuse(elementAt, 'the key is refused');
    }
    return end;
  }

  #referencePart(start: number, end: number): number {
    if (REF.compare(this.#bytes, start, end) === 0) return HAS_REF;
    return ID.compare(this.#bytes, start, end) === 0 ? HAS_ID : 0;
  }

  /** Scans the value behind a key and returns its end. */
  value(elementAt: number, at: number, last: number, depth: number): number {
    const type = this.#bytes[elementAt] ?? 0;
    const width = FIXED_WIDTHS[type] ?? -1;
    if (width >= 0) return this.#fixed(elementAt, at, last, type, width);
    switch (type) {
      case STRING:
        return this.#string(elementAt, at, last);
      case DOCUMENT:
      case ARRAY:
        return this.#document(at, last, elementAt, depth + 1);
      case BINARY:
        return this.#binary(elementAt, at, last);
      case REGEXP: {
        const optionsAt = this.#cString(elementAt, at, last) + 1;
        return this.#cString(elementAt, optionsAt, last) + 1;
      }
      default:
        return this.#refuse(elementAt, refusal(type));
    }
  }

  #fixed(elementAt: number, at: number, last: number, type: number, width: number): number {
    if (width > last - at) this.#overrun(elementAt, `a value of ${width} bytes`, last - at);
    if (type === BOOLEAN && (this.#bytes[at] ?? 0) > 1) {
      this.#refuse(elementAt, 'a boolean is 0 or 1');
    }
    if (type === DATE) {
      const ms = readI32(this.#bytes, at + 4) * 0x1_0000_0000 + (readI32(this.#bytes, at) >>> 0);
      if (Math.abs(ms) > MAX_DATE_MS) this.#refuse(elementAt, 'a date out of range');
    }
    return at + width;
  }

  #string(elementAt: number, at: number, last: number): number {
    const start = at + 4;
    if (start > last) this.#overrun(elementAt, 'a string', last - at);
    const byteLength = readI32(this.#bytes, at);
    if (byteLength < 1 || byteLength > last - start) {
      this.#overrun(elementAt, `a string of ${byteLength} bytes`, last - start);
    }
    const terminator = start + byteLength - 1;
    if (this.#bytes[terminator] !== 0) this.#refuse(elementAt, 'the string has no terminator');
    if (!isValidUtf8(this.#bytes, start, terminator)) {
      this.#refuse(elementAt, 'the string is not valid UTF-8');
    }
    return terminator + 1;
  }

  #binary(elementAt: number, at: number, last: number): number {
    let start = at + 5;
    if (start > last) this.#overrun(elementAt, 'a binary', last - at);
    const byteLength = readI32(this.#bytes, at);
    if (byteLength < 0 || byteLength > last - start) {
      this.#overrun(elementAt, `a binary of ${byteLength} bytes`, last - start);
    }
    const end = start + byteLength;
    const subtype = this.#bytes[at + 4] ?? 0;
    if (subtype === SUBTYPE_BYTES) return end;
    if (subtype === SUBTYPE_OLD_BYTES) {
      if (byteLength < 4 || readI32(this.#bytes, start) !== byteLength - 4) {
        this.#refuse(elementAt, 'the two lengths of the binary differ');
      }
      start += 4;
    }
    this.binaries ??= new Map();
    this.binaries.set(start, { subtype, start, end, elementAt });
    return end;
  }

  /**
   * Checks a NUL-terminated text that begins at `start` and returns the offset of its terminator.
   */
  #cString(elementAt: number, start: number, last: number): number {
    const bytes = this.#bytes;
    let bits = 0;
    let end = start;
    // It ends at the document's terminator at the latest.
    for (let byte = bytes[end] ?? 0; byte !== 0; byte = bytes[++end] ?? 0) bits |= byte;
    if (end >= last) this.#refuse(elementAt, 'a text runs past the end of its document');
    if (bits > 0x7f && !isValidUtf8(this.#bytes, start, end)) {
      this.#refuse(elementAt, 'a text is not valid UTF-8');
    }
    return end;
  }

  #overrun(elementAt: number, what: string, left: number): never {
    this.#refuse(elementAt, `${what} where ${Math.max(left, 0)} bytes are left`);
  }

  #refuse(elementAt: number, problem: string): never {
    const path = pathAt(this.#bytes, elementAt);
    throw new SerializationError(problem, { path, initiator: 'remote' });
  }
}

function refusal(type: number): string {
  const name = REFUSED_TYPES.get(type);
  const hex = type.toString(16).padStart(2, '0');
  return name === undefined ? `unknown BSON type 0x${hex}` : `BSON type ${name} is refused`;
}
