import type { Clock, Timer } from '../../base/clock.ts';

/** Gets the cause of the main connection's end, or undefined if the connection lives on. */
export type Judge = (cause: unknown) => void;

/** The main connection, as far as it can be asked whether it lives. */
export interface Living {
  /** Calls back once the peer has answered a question that is sent from now on. */
  whenAnswered(onAnswer: () => void): void;
}

interface Waiting {
  readonly judge: Judge;
  readonly timer: Timer;
}

/**
 * Tells a stream that was cut off from one that ended with its main connection. The two ends come
 * on two sockets, in any order. So the peer is asked on the main connection: its answer shows that
 * the connection has outlived the stream.
 */
export class ParentFate {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #waiting = new Set<Waiting>();
  #living: Living | undefined;
  #isOver = false;
  #hasLeft = false;
  #cause: unknown;

  /** @param timeoutMs - milliseconds after which a connection without an answer counts as alive. */
  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /** Whether the main connection has ended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Why it has ended; undefined while it lives. */
  get cause(): unknown {
    return this.#cause;
  }

  /** Whether the peer has ended it in order, and all that it had to send is on its way. */
  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** The peer can be asked. Until then, and with other peers, streams are judged at once. */
  ask(living: Living): void {
    this.#living = living;
  }

  /** Calls back, at once or later, when it is known whether the main connection has ended. */
  judge(judge: Judge): void {
    const living = this.#living;
    if (this.#isOver || living === undefined) {
      judge(this.#cause);
      return;
    }
    const onLives = (): void => {
      waiting.timer.cancel();
      if (this.#waiting.delete(waiting)) judge(undefined);
    };
    const waiting: Waiting = { judge, timer: this.#clock.setTimeout(onLives, this.#timeoutMs) };
    this.#waiting.add(waiting);
    living.whenAnswered(onLives);
  }

  /** The main connection has ended. The first time counts. */
  end(cause: unknown, hasLeft: boolean = false): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#hasLeft = hasLeft;
    this.#cause = cause;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const { judge, timer } of waiting) {
      timer.cancel();
      judge(cause);
    }
  }
}
