import { readI32 } from '../../base/int32.ts';
import { SerializationError } from '../../errors/errors.ts';
import type { BsonLimits } from '../bson/bson-options.ts';
import { ElementScan } from '../bson/element-scan.ts';
import { MIN_DOCUMENT_BYTES, typeTitle } from '../bson/element-types.ts';
import { pathAt, pathOfMissing } from '../bson/path-at.ts';
import type { StreamHandles } from '../serializer.ts';
import type { PathSegment } from '../value-path.ts';
import type { Head } from './head.ts';

/** The result of `enter` for another key. No element has this type. */
export const NO_MATCH = 0;

/** The tuple has no element. */
const NO_ELEMENT = -1;

/** The position of the reader in one message. Every length is checked before it is used. */
export class ShapeCursor {
  /** The whole message. Nothing in it is overwritten while its reader has it, so views of it may be handed out. */
  readonly bytes: Buffer;
  /** The connection's streams. */
  readonly handles: StreamHandles;
  readonly limits: BsonLimits;
  /** The offset of the next byte to read. */
  at = 0;
  /** The terminator of the current document or array. */
  last = 0;
  /** The number of open documents and arrays of the current member. */
  depth = 0;
  /** The element that is being read, for the path in an error. */
  elementAt: number = NO_ELEMENT;
  #scan: ElementScan | undefined;

  constructor(bytes: Buffer, limits: BsonLimits, handles: StreamHandles) {
    this.bytes = bytes;
    this.limits = limits;
    this.handles = handles;
  }

  /** Checks elements that are neither declared nor read, and counts keys. */
  get scan(): ElementScan {
    return (this.#scan ??= new ElementScan(this.bytes, this.limits));
  }

  /** Begins with the document that is the whole message. */
  enterMessage(): void {
    this.last = this.bytes.length;
    this.#document();
    if (this.last + 1 !== this.bytes.length) {
      this.refuse(`a document of ${this.last + 1} bytes in ${this.bytes.length} bytes`);
    }
  }

  /** Enters the document or array at the cursor. Returns the argument for `leaveContainer`. */
  enterContainer(): number {
    if (++this.depth > this.limits.maxDepth) {
      this.refuse(`nested deeper than ${this.limits.maxDepth} levels (maxDepth)`);
    }
    const outer = this.last;
    this.#document();
    return outer;
  }

  /** Leaves a document or array. No bytes of it may be left. */
  leaveContainer(outer: number): void {
    this.at = this.last + 1;
    this.last = outer;
    this.depth--;
  }

  /**
   * Steps over the head of the next element if the element has this key.
   *
   * @returns its BSON type, or {@link NO_MATCH}.
   */
  enter(head: Head): number {
    const { bytes, at } = this;
    const type = bytes[at] ?? NO_MATCH;
    // The bytes behind a terminator may happen to be the same name.
    if (type === NO_MATCH) return NO_MATCH;
    for (let i = 1; i < head.length; i++) if (bytes[at + i] !== head[i]) return NO_MATCH;
    this.elementAt = at;
    this.at = at + head.length;
    return type;
  }

  /** Steps over the head of the next element of an array, whatever its key, and returns its BSON type. */
  enterAny(): number {
    const { bytes, at } = this;
    this.elementAt = at;
    this.scan.countKey(at);
    let end = at + 1;
    while (end < this.last && bytes[end] !== 0) end++;
    if (end >= this.last) this.refuse('a text runs past the end of its document');
    this.at = end + 1;
    return bytes[at] ?? NO_MATCH;
  }

  /** Takes the next `count` bytes and returns the offset of the first. */
  take(count: number): number {
    const { at } = this;
    if (count > this.last - at) this.#overrun(`a value of ${count} bytes`);
    this.at = at + count;
    return at;
  }

  /** Takes an int32 that is a length of at least `min`. At least that many bytes must follow it. */
  takeLength(min: number, what: string): number {
    const length = readI32(this.bytes, this.take(4));
    if (length < min || length > this.last - this.at) {
      this.#overrun(`${what} of ${length} bytes`);
    }
    return length;
  }

  /** Blames the element that is being read. */
  refuse(problem: string): never {
    const path = pathAt(this.bytes, this.elementAt);
    throw new SerializationError(problem, { path, initiator: 'remote' });
  }

  /** The element's BSON type does not fit the declared type. */
  refuseType(name: string, type: number): never {
    this.refuse(`${name} was expected, got ${typeTitle(type)}`);
  }

  /** A field is missing in the current document. The whole document has been checked. */
  refuseMissing(key: PathSegment): never {
    const path = pathOfMissing(this.bytes, this.last, key);
    throw new SerializationError('is missing', { path, initiator: 'remote' });
  }

  #document(): void {
    const { bytes, at } = this;
    const left = this.last - at;
    const length = left < MIN_DOCUMENT_BYTES ? left : readI32(bytes, at);
    if (length < MIN_DOCUMENT_BYTES || length > left) {
      this.#overrun(`a document of ${length} bytes`);
    }
    if (bytes[at + length - 1] !== 0) this.refuse('the document has no terminator');
    this.at = at + 4;
    this.last = at + length - 1;
  }

  #overrun(what: string): never {
    this.refuse(`${what} where ${Math.max(this.last - this.at, 0)} bytes are left`);
  }
}
