import type { OfferedLane } from '../../stream/lane/dialed-lanes.ts';

/** Sends a call and gives the promise of its result. */
export type SendCall = (offer: OfferedLane | undefined) => Promise<unknown>;

/**
 * A call that waits until the next microtask to be sent, so that whoever iterates over it right away
 * can send it with the demand for the first item.
 */
export class UnsentCall {
  /** Of its result. */
  readonly promise: Promise<unknown>;
  #send: SendCall | undefined;
  #settle: (result: Promise<unknown>) => void = () => {};

  constructor(send: SendCall) {
    this.#send = send;
    this.promise = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /**
   * Sends it; does nothing a second time.
   *
   * @param offer - where the caller waits for the first item of its result; undefined: nowhere yet.
   */
  send(offer?: OfferedLane): void {
    const send = this.#send;
    if (send === undefined) {
      offer?.settle();
      return;
    }
    this.#send = undefined;
    this.#settle(send(offer));
  }
}
