import { type OnReadOpts, Socket } from 'node:net';

const SCRATCH_BYTES = 65_536;

/**
 * Memory that all sockets read to which have nothing better: what came is copied out before anything
 * else runs, so that an idle socket holds no buffer and what is kept is just as long as it has to be.
 */
const SCRATCH = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

/** The part of Node's inside that is touched. */
interface Inside {
  _handle?: { readonly useUserBuffer?: unknown } | null;
}

/** Who reads. */
export interface DirectReader {
  /** Where the next bytes are best read to; undefined where that does not matter. */
  readInto(): Buffer | undefined;
  /** Bytes came; they are the reader's. */
  onBytes(chunk: Buffer): void;
}

/**
 * Reads a socket into memory of the receiver's choice: the rest of a large message goes straight to
 * its place, and small ones come without 64 KiB of new memory for every read. Node offers this as
 * `onread`, to sockets when they are made. Bench: `bulk.down` and `bulk.up`.
 */
export class DirectReading {
  /** Whoever gets the bytes, once there is one. */
  reader: DirectReader | undefined;

  /** What the socket is to be made with. */
  makeOptions(): OnReadOpts {
    return { buffer: this.#nextBuffer.bind(this), callback: this.#onRead.bind(this) };
  }

  /**
   * Takes over an accepted socket that is not flowing. A server makes its sockets without asking, so
   * that the connection has to move to a new one: by `_handle`, which is Node's own. Where that is
   * not as expected the socket stays as it is, and is read by `data` events.
   */
  static adopt(accepted: Socket): { readonly socket: Socket; readonly reading?: DirectReading } {
    const inside = accepted as unknown as Inside;
    const handle = inside._handle;
    if (typeof handle?.useUserBuffer !== 'function') return { socket: accepted };
    const reading = new DirectReading();
    // `handle` is an option that the types don't have.
    const options = { handle, allowHalfOpen: true, onread: reading.makeOptions() };
    const socket = new Socket(options);
    // Before the first turn in which something could be read.
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
    this.reader?.onBytes(buffer === SCRATCH ? Buffer.from(read) : read);
    return true;
  }
}
