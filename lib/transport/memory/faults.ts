/**
 * A failure that is injected into one direction of a connection in memory, once.
 *
 * Source: Seastar's `loopback_socket` and its error injector, which strikes on send or on receive,
 * once or for good.
 */
export interface MemoryFault {
  /** Strikes when exactly this many bytes have passed. @default 0, unless `afterWrites` is given */
  readonly afterBytes?: number;
  /** Strikes instead of the write (or the delivery) that follows this many. */
  readonly afterWrites?: number;
  /** Whose operation fails. What was sent before a failed send still arrives. @default 'send' */
  readonly at?: 'send' | 'receive';
  /**
   * `error` fails the socket whose operation it is, and its peer sees an end; `abort` fails both, the
   * peer with ECONNRESET.
   *
   * @default 'error'
   */
  readonly kind?: 'error' | 'abort';
  /** What the socket whose operation fails is closed with. @default an error with code EIO */
  readonly error?: Error;
}

/** What goes wrong with one connection in memory. */
export interface MemoryFaults {
  /** Dialing fails with this. */
  readonly connectError?: Error | undefined;
  /** Dialing takes this long. @default 0 */
  readonly connectDelayMs?: number | undefined;
  /** From the dialing to the listening side. */
  readonly toListener?: MemoryFault | undefined;
  /** From the listening to the dialing side. */
  readonly toDialer?: MemoryFault | undefined;
}

/** Counts what passes one end of a pipe and says how much may still pass before the fault strikes. */
export class FaultPoint {
  #limitBytes = Infinity;
  #afterOperations = Infinity;
  #passedBytes = 0;
  #operations = 0;

  /** @param at - which end this is; a fault of the other end never strikes here. */
  constructor(fault: MemoryFault | undefined, at: 'send' | 'receive') {
    if (fault === undefined || (fault.at ?? 'send') !== at) return;
    if (fault.afterWrites === undefined) this.#limitBytes = fault.afterBytes ?? 0;
    else {
      this.#limitBytes = fault.afterBytes ?? Infinity;
      this.#afterOperations = fault.afterWrites;
    }
  }

  /** Bytes that may pass; 0 = it strikes now. */
  get remainingBytes(): number {
    return this.#limitBytes - this.#passedBytes;
  }

  /** An operation begins, behind `pendingBytes` of earlier ones that have not passed yet. */
  begin(pendingBytes: number): void {
    if (this.#operations++ < this.#afterOperations) return;
    this.#limitBytes = Math.min(this.#limitBytes, this.#passedBytes + pendingBytes);
    this.#afterOperations = Infinity;
  }

  pass(bytes: number): void {
    this.#passedBytes += bytes;
  }
}

/** An error as the system raises it: with a code, and the call that failed. */
export function systemError(code: string, syscall: string, where = ''): Error {
  const message = where === '' ? `${syscall} ${code}` : `${syscall} ${code} ${where}`;
  return Object.assign(new Error(message), { code, syscall });
}
