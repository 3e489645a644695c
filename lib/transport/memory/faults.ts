/**
 * A failure that is injected into one direction of a connection in memory, once.
 *
 * Source: Seastar's `loopback_socket` and its error injector, which fails a send or a receive, once
 * or always.
 */
export interface MemoryFault {
  /**
   * The fault happens when exactly this many bytes have passed. @default 0, unless `afterWrites` is
   * given
   */
  readonly afterBytes?: number;
  /** The fault happens instead of the write (or the delivery) that follows this many. */
  readonly afterWrites?: number;
  /**
   * The operation that fails. Bytes that were sent before a failed send still arrive. @default
   * 'send'
   */
  readonly at?: 'send' | 'receive';
  /**
   * `error` fails the socket of that operation, and its peer sees an end. `abort` fails both
   * sockets, the peer with ECONNRESET.
   *
   * @default 'error'
   */
  readonly kind?: 'error' | 'abort';
  /** The error that closes the socket of that operation. @default an error with code EIO */
  readonly error?: Error;
}

/** The faults of one connection in memory. */
export interface MemoryFaults {
  /** Dialing fails with this error. */
  readonly connectError?: Error | undefined;
  /** Milliseconds that dialing takes. @default 0 */
  readonly connectDelayMs?: number | undefined;
  /** The fault of the direction from the dialing to the listening side. */
  readonly toListener?: MemoryFault | undefined;
  /** The fault of the direction from the listening to the dialing side. */
  readonly toDialer?: MemoryFault | undefined;
}

/**
 * Counts the bytes that pass one end of a pipe, and says how many more may pass before the fault
 * happens.
 */
export class FaultPoint {
  #limitBytes = Infinity;
  #afterOperations = Infinity;
  #passedBytes = 0;
  #operations = 0;

  /** @param at - the end of the pipe. A fault of the other end never happens here. */
  constructor(fault: MemoryFault | undefined, at: 'send' | 'receive') {
    if (fault === undefined || (fault.at ?? 'send') !== at) return;
    if (fault.afterWrites === undefined) this.#limitBytes = fault.afterBytes ?? 0;
    else {
      this.#limitBytes = fault.afterBytes ?? Infinity;
      this.#afterOperations = fault.afterWrites;
    }
  }

  /** Bytes that may still pass; 0 means that the fault happens now. */
  get remainingBytes(): number {
    return this.#limitBytes - this.#passedBytes;
  }

  /** An operation begins, behind `pendingBytes` bytes of earlier ones that have not passed yet. */
  begin(pendingBytes: number): void {
    if (this.#operations++ < this.#afterOperations) return;
    this.#limitBytes = Math.min(this.#limitBytes, this.#passedBytes + pendingBytes);
    this.#afterOperations = Infinity;
  }

  pass(bytes: number): void {
    this.#passedBytes += bytes;
  }
}

/** An error with a code and the name of the failed call, as the system raises it. */
export function systemError(code: string, syscall: string, where = ''): Error {
  const message = where === '' ? `${syscall} ${code}` : `${syscall} ${code} ${where}`;
  return Object.assign(new Error(message), { code, syscall });
}
