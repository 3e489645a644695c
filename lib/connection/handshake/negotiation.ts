import type { Timer } from '../../base/clock.ts';
import { setFairTimeout } from '../../base/fair-timer.ts';
import { ClosedError, TimeoutError } from '../../errors/errors.ts';
import { isRpcError } from '../../errors/rpc-error.ts';
import type { Features } from '../../wire/feature.ts';
import { NegotiationDecoder } from '../../wire/negotiation-frame.ts';
import type { Environment } from '../../settings/environment.ts';
import type { Link } from '../link/link.ts';
import type { LinkReceiver } from '../link/link-receiver.ts';

/** A peer's negotiation frame, with the link paused behind it. */
export interface Negotiation {
  readonly features: Features;
  /** The bytes that have come behind the frame so far. They must be read before anything else. */
  takeRest(): Buffer;
}

/** Finds the refusal in the whole records of a frame that was not finished. */
export type RefusalIn = (begun: Features) => Error | undefined;

const noRefusal: RefusalIn = () => undefined;

/**
 * Starts the link and reads the peer's negotiation frame, within `handshakeTimeoutMs` from now. The
 * link stays paused until it is handed over.
 *
 * @param refusalIn - finds a refusal in a frame that was not finished. Default: there is none.
 * @returns a promise that is rejected when the link closes first or the frame is refused; the
 *   caller must destroy the link then.
 */
export function readNegotiation(
  link: Link,
  environment: Environment,
  refusalIn: RefusalIn = noRefusal,
): Promise<Negotiation> {
  return new Promise((resolve, reject) => {
    const settle = { resolve, reject };
    link.start(new NegotiationReceiver(link, environment, settle, refusalIn));
  });
}

interface Settlers {
  readonly resolve: (negotiation: Negotiation) => void;
  readonly reject: (error: unknown) => void;
}

class NegotiationReceiver implements LinkReceiver {
  readonly #decoder = new NegotiationDecoder();
  readonly #link: Link;
  readonly #timer: Timer;
  readonly #settlers: Settlers;
  readonly #refusalIn: RefusalIn;
  #isSettled = false;

  constructor(link: Link, environment: Environment, settlers: Settlers, refusalIn: RefusalIn) {
    this.#link = link;
    this.#settlers = settlers;
    this.#refusalIn = refusalIn;
    const limitMs = environment.limits.handshakeTimeoutMs;
    this.#timer = setFairTimeout(
      environment.clock,
      () => this.#abort(new TimeoutError('the negotiation', limitMs, 'connection')),
      limitMs,
    );
  }

  onData(chunk: Buffer): void {
    this.#decoder.push(chunk);
    if (this.#isSettled) return;
    let features: Features | undefined;
    try {
      features = this.#decoder.next();
    } catch (error) {
      this.#abort(error);
      return;
    }
    if (features === undefined) return;
    this.#link.pause();
    this.#settle();
    this.#settlers.resolve({ features, takeRest: () => this.#decoder.rest() });
  }

  onEnd(): void {
    if (this.#isSettled) return;
    const where = this.#decoder.hasStarted
      ? 'inside its negotiation frame'
      : 'before it negotiated';
    this.#abort(
      this.#refusal() ??
        new ClosedError(`unexpected eof: the peer closed the connection ${where}`, 'remote'),
    );
  }

  onClose(): void {
    if (this.#isSettled) return;
    const { cause } = this.#link;
    const closed = (): unknown =>
      isRpcError(cause) ? cause : new ClosedError('closed while negotiating', 'local', cause);
    this.#abort(this.#refusal() ?? closed());
  }

  #refusal(): Error | undefined {
    const begun = this.#decoder.begun();
    return begun && this.#refusalIn(begun);
  }

  #abort(error: unknown): void {
    if (this.#isSettled) return;
    this.#settle();
    this.#settlers.reject(error);
  }

  #settle(): void {
    this.#isSettled = true;
    this.#timer.cancel();
  }
}
