import { captureContext, type RunInContext } from '../base/async-context.ts';
import type { Clock } from '../base/clock.ts';
import { type CallEvent, callFinish, callStart, callTracing } from './channels.ts';

const runHere: RunInContext = (work) => work();

/**
 * A call that somebody watches. All events of it come in one async context: that in which the call is
 * made or served, with the stores that subscribers have bound to the channels of its start.
 *
 *     made --begin--> running --its code has returned--> waiting --> finished
 *                        \                                         ^
 *                         `-----------------finish----------------´
 */
export class WatchedCall {
  readonly event: CallEvent;
  /** Runs code in the context of the call. */
  run: RunInContext = runHere;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #startedAt: number;
  #phase: 'running' | 'waiting' | 'finished' = 'running';

  constructor(event: CallEvent, clock: Pick<Clock, 'now'>) {
    this.event = event;
    this.#clock = clock;
    this.#startedAt = clock.now();
  }

  /**
   * Tells the start, and runs the code of the call.
   *
   * @param within - the context of the call; undefined for that of the caller.
   */
  begin(work: () => void, within: RunInContext = runHere): void {
    const { event } = this;
    const begin = (): void => {
      this.run = captureContext();
      work();
    };
    within(() => callStart.runStores(event, () => callTracing.start.runStores(event, begin)));
    this.run(() => this.#leave());
  }

  /**
   * Tells the finish, with an error if the call has failed. Only the first finish counts.
   *
   * @param settle - gives the outcome to the caller.
   */
  finish(error: unknown, settle: () => void = () => {}): void {
    if (this.#phase === 'finished') return;
    this.run(() => {
      this.#leave();
      this.#phase = 'finished';
      this.event.error = error;
      this.event.durationMs = this.#clock.now() - this.#startedAt;
      callFinish.publish(this.event);
      if (error !== undefined) callTracing.error.publish(this.event);
      callTracing.asyncStart.publish(this.event);
      settle();
      callTracing.asyncEnd.publish(this.event);
    });
  }

  /** The code that has begun the call has returned. */
  #leave(): void {
    if (this.#phase !== 'running') return;
    this.#phase = 'waiting';
    callTracing.end.publish(this.event);
  }
}
