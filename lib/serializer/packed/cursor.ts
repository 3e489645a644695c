import { Misfit } from '../misfit.ts';
import type { StreamHandles } from '../serializer.ts';

/** The position of the reader in one message. Members take bytes from it, front to back. */
export class Cursor {
  /** The whole message. Nothing in it is overwritten while its reader has it, so views of it may be handed out. */
  readonly bytes: Buffer;
  /** The connection's streams. */
  readonly handles: StreamHandles;
  #offset = 0;

  /** @internal */
  constructor(bytes: Buffer, handles: StreamHandles) {
    this.bytes = bytes;
    this.handles = handles;
  }

  /** Bytes not taken yet. */
  get left(): number {
    return this.bytes.length - this.#offset;
  }

  /**
   * Takes the next `count` bytes for `what` and returns the offset of the first.
   *
   * @throws if fewer bytes are left; the caller of the serializer sees a SerializationError.
   */
  take(count: number, what: string): number {
    const offset = this.#offset;
    if (count > this.bytes.length - offset) {
      throw new Misfit(
        `${what} runs past the end of the message: needs ${count} bytes, ${this.left} left`,
      );
    }
    this.#offset = offset + count;
    return offset;
  }

  /**
   * Takes a u32 count of values that are at least `minBytes` long each.
   *
   * @throws if so many values can't be left, before anything is allocated for them.
   */
  takeCount(minBytes: number, what: string): number {
    const count = this.bytes.readUInt32LE(this.take(4, what));
    if (count * minBytes > this.left) {
      throw new Misfit(
        `${what} of ${count} runs past the end of the message: ` +
          `needs at least ${count * minBytes} bytes, ${this.left} left`,
      );
    }
    return count;
  }
}
