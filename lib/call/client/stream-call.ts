import type { Clock, Timer } from '../../base/clock.ts';
import { type NamedStream, tellingOf } from '../../stream/half/named-stream.ts';

/**
 * Milliseconds for which a failure waits for the next use of a stream, which tells the user. A
 * producer may just be waiting for something else.
 */
const UNTOLD_MS = 3_000;

/** The streams that the arguments of a call name, once it was sent. */
export interface NamingCall {
  readonly children: readonly NamedStream[] | undefined;
}

/**
 * The promise of a call that names streams. A user who is told of a failure by one of them need not
 * look at the call, so its rejection is not unhandled then. It comes before or after that of the
 * stream, as the two come on two connections. If no stream tells, it is unhandled as any other.
 */
export class StreamCall extends Promise<unknown> {
  /** What is made of it by `then` is an ordinary promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  #isHeard = false;
  #timer: Timer | undefined;
  #outer: Promise<unknown> | undefined;

  /** @param result - of the call; it settles as this promise does. */
  static of(result: Promise<unknown>, call: NamingCall, clock: Clock): StreamCall {
    const promise = new StreamCall((resolve) => resolve(result));
    result.then(undefined, (error: unknown) => promise.#onFailed(error, call.children, clock));
    return promise;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- it is a promise
  override then<R = unknown, E = never>(
    onResolved?: ((value: unknown) => R | PromiseLike<R>) | null,
    onRejected?: ((reason: unknown) => E | PromiseLike<E>) | null,
  ): Promise<R | E> {
    this.#onHeard();
    return super.then(onResolved, onRejected);
  }

  /** The user gets another promise, which fails with this one. */
  passTo(outer: Promise<unknown>): void {
    this.#outer = outer;
  }

  /** Called before this promise rejects. */
  #onFailed(error: unknown, streams: readonly NamedStream[] | undefined, clock: Clock): void {
    const telling = tellingOf(streams);
    if (telling === 'never') return;
    if (telling !== 'later') this.#outer?.catch(() => {});
    if (this.#isHeard) return;
    super.then(undefined, () => {});
    if (telling !== 'told') this.#await(error, streams ?? [], clock);
  }

  #await(error: unknown, streams: readonly NamedStream[], clock: Clock): void {
    for (const stream of streams) stream.onTold = () => this.#onHeard();
    this.#timer = clock.setTimeout(() => {
      if (tellingOf(streams) === 'pending') this.#await(error, streams, clock);
      else void Promise.reject(error);
    }, UNTOLD_MS);
  }

  /** Somebody looks at the promise, or a stream has told its user. */
  #onHeard(): void {
    this.#isHeard = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
