import { type OnReadOpts, Socket } from 'node:net';

import { freshCopy } from '../../base/fresh-memory.ts';

const SCRATCH_BYTES = 65_536;

/**
 * Memory that sockets read into when they have no better place. The bytes are copied out before any
 * other code runs. So an idle socket holds no buffer, and a kept chunk is no larger than its bytes.
 */
const SCRATCH = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

/** The internals of Node that are used here. */
interface Inside {
  _handle?: { readonly useUserBuffer?: unknown } | null;
}

/** The receiver of the bytes. */
export interface DirectReader {
  /** The memory to read the next bytes into; undefined where it does not matter. */
  readInto(): Buffer | undefined;
  /** Bytes came. They belong to the reader. */
  onBytes(chunk: Buffer): void;
}

/**
 * Reads a socket into memory of the receiver's choice. The rest of a large message goes straight to
 * its place, and small messages come without 64 KiB of new memory for every read. Node offers this
 * as `onread`, an option for new sockets. Bench: `bulk.down` and `bulk.up`.
 */
export class DirectReading {
  /** The receiver of the bytes, once there is one. */
  reader: DirectReader | undefined;

  /** The options with which the socket must be made. */
  makeOptions(): OnReadOpts {
    return { buffer: this.#nextBuffer.bind(this), callback: this.#onRead.bind(this) };
  }

  /**
   * Takes over an accepted socket that is not flowing. A server makes its sockets without this
   * option, so the connection has to move to a new socket, by Node's internal `_handle`. If
   * `_handle` is not as expected, the socket stays as it is, and is read by `data` events.
   */
  static adopt(accepted: Socket): { readonly socket: Socket; readonly reading?: DirectReading } {
    const inside = accepted as unknown as Inside;
    const handle = inside._handle;
    if (typeof handle?.useUserBuffer !== 'function') return { socket: accepted };
    const reading = new DirectReading();
    // The types lack the option `handle`.
    const options = { handle, allowHalfOpen: true, onread: reading.makeOptions() };
    const socket = new Socket(options);
    // This must happen before the first turn in which something could be read.
    socket.pause();
    inside._handle = null;
    accepted.destroy();
    return { socket, reading };
  }

  #nextBuffer(): Uint8Array {
    return this.reader?.readInto() ?? SCRATCH;
  }

  /** Node passes the buffer that it asked for last. */
  #onRead(bytes: number, buffer: Uint8Array): boolean {
    const read = buffer.subarray(0, bytes) as Buffer; // Both are Buffers.
    this.reader?.onBytes(buffer === SCRATCH ? freshCopy(read) : read);
    return true;
  }
}
