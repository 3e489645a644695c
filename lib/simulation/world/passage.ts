import type { NodeClock } from './node-clock.ts';
import type { Ways } from './ways.ts';

/** A packet without bytes, for instance of the handshake of TCP. */
export interface Packet {
  readonly ways: Ways;
  readonly from: string;
  readonly to: string;
  /** The clock of the process that waits for it. */
  readonly clock: NodeClock;
  /** Milliseconds that it is on its way. */
  readonly travelMs: number;
  /** Gives up the wait. */
  readonly signal: AbortSignal | undefined;
}

/**
 * Resolves when the packet has arrived. Where nothing passes it waits, and is sent again when a way
 * opens.
 *
 * @throws the signal's reason.
 */
export function pass({ ways, from, to, clock, travelMs, signal }: Packet): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      timer?.cancel();
      // An abort rejects with the signal's own reason, whatever it is.
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors
      reject(signal?.reason);
    };
    const send = () => clock.setTimeout(arrive, travelMs);
    const sendAgain = (): void => {
      if (signal?.aborted !== true) timer = send();
    };
    const arrive = (): void => {
      if (!ways.isOpen(from, to)) return ways.strand(sendAgain);
      signal?.removeEventListener('abort', onAbort);
      resolve();
    };
    let timer = signal?.aborted === true ? undefined : send();
    if (timer === undefined) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  });
}
