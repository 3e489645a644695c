import { BufferView } from '../base/buffer-view.ts';
import { readU32 } from '../base/int32.ts';
import type { MessagePlace } from '../base/received-bytes.ts';
import { Misfit } from './misfit.ts';
import type { StreamHandles } from './serializer.ts';

/**
 * The position of the reader in one message. Members take bytes from it, front to back. Where many
 * messages lie behind one another, one cursor goes from each to the next: keep none.
 */
export class Cursor implements MessagePlace {
  #bytes: Buffer;
  /**
   * The memory of the bytes, and their place in it. Asking them each time costs as much as a view
   * (`micro.packed.batch`).
   */
  #memory: ArrayBufferLike;
  #memoryAt: number;
  #offset = 0;
  #end: number;
  /** The connection's streams. */
  readonly handles: StreamHandles;

  /** @internal */
  constructor(bytes: Buffer, handles: StreamHandles) {
    this.#bytes = bytes;
    this.#memory = bytes.buffer;
    this.#memoryAt = bytes.byteOffset;
    this.#end = bytes.length;
    this.handles = handles;
  }

  /**
   * Bytes with the message in them; others may lie before and behind it, so read only what was
   * taken. Nothing in it is overwritten while its reader has it, so views of it may be handed out.
   */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Bytes not taken yet. */
  get left(): number {
    return this.#end - this.#offset;
  }

  /** @internal */
  set(
    bytes: Buffer,
    memory: ArrayBufferLike,
    memoryAt: number,
    start: number,
    byteLength: number,
  ): void {
    this.#bytes = bytes;
    this.#memory = memory;
    this.#memoryAt = memoryAt;
    this.#offset = start;
    this.#end = start + byteLength;
  }

  /**
   * Takes the next `count` bytes for `what` and returns the offset of the first.
   *
   * @throws if fewer bytes are left; the caller of the serializer sees a SerializationError.
   */
  take(count: number, what: string): number {
    const offset = this.#offset;
    if (count > this.#end - offset) {
      throw new Misfit(
        `${what} runs past the end of the message: needs ${count} bytes, ${this.left} left`,
      );
    }
    this.#offset = offset + count;
    return offset;
  }

  /** As `take`, and returns a view of the bytes. */
  takeView(count: number, what: string): Buffer {
    const start = this.take(count, what);
    return new BufferView(this.#memory, this.#memoryAt + start, count);
  }

  /** Takes a u32. @throws as `take`. */
  takeU32(what: string): number {
    const at = this.take(4, what);
    return readU32(this.#bytes, at);
  }

  /**
   * Takes a u32 count of values that are at least `minBytes` long each.
   *
   * @throws if so many values can't be left, before anything is allocated for them.
   */
  takeCount(minBytes: number, what: string): number {
    const count = this.takeU32(what);
    if (count * minBytes > this.left) {
      throw new Misfit(
        `${what} of ${count} runs past the end of the message: ` +
          `needs at least ${count * minBytes} bytes, ${this.left} left`,
      );
    }
    return count;
  }
}
