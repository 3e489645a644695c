import { captureContext, type RunInContext } from '../../base/async-context.ts';
import type { OfferedLane } from '../../stream/lane/dialed-lanes.ts';

/** Sends a call and gives the promise of its result. */
export type SendCall = (offer: OfferedLane | undefined) => Promise<unknown>;

/**
 * A call that waits until the next microtask to be sent. If the caller iterates over it at once, it
 * is sent together with the demand for the first item.
 */
export class UnsentCall {
  /** The promise of the call's result. */
  readonly promise: Promise<unknown>;
  /** The calls of one turn are sent together, each in the context of its caller. */
  readonly #run: RunInContext = captureContext();
  #send: SendCall | undefined;
  #settle: (result: Promise<unknown>) => void = () => {};

  constructor(send: SendCall) {
    this.#send = send;
    this.promise = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /**
   * Sends the call. Does nothing a second time.
   *
   * @param offer - the lane on which the caller waits for the first item of the result; undefined
   * if it does not wait yet.
   */
  send(offer?: OfferedLane): void {
    const send = this.#send;
    if (send === undefined) {
      offer?.settle();
      return;
    }
    this.#send = undefined;
    this.#run(() => this.#settle(send(offer)));
  }
}
