import { Alarm } from '../base/alarm.ts';
import type { Clock } from '../base/clock.ts';
import type { ChildInput } from './child-input.ts';

/**
 * What happens to a source whose parent connection is gone: it reads on what is under way, since the
 * peer may have ended the stream in order before, and gives up when nothing has come for a while.
 */
export class OrphanWatch {
  readonly #alarm: Alarm;
  readonly #input: ChildInput;
  readonly #timeoutMs: number;
  readonly #onGiveUp: (cause: unknown) => void;
  #cause: unknown;

  /** @param timeoutMs - how long a waiting reader waits for the next bytes. */
  constructor(
    clock: Clock,
    input: ChildInput,
    timeoutMs: number,
    onGiveUp: (cause: unknown) => void,
  ) {
    this.#alarm = new Alarm(clock);
    this.#input = input;
    this.#timeoutMs = timeoutMs;
    this.#onGiveUp = onGiveUp;
  }

  /** Why the parent is gone; undefined while it is there. */
  get cause(): unknown {
    return this.#cause;
  }

  /** The parent is gone. */
  begin(cause: unknown): void {
    this.#cause = cause;
  }

  /** Bytes came, or a reader began or ceased to wait: the time starts anew. */
  touch(): void {
    this.#alarm.clear();
    if (this.#cause === undefined || this.#input.isEnded || !this.#input.isWaiting) return;
    this.#alarm.set(this.#timeoutMs, () => this.#onGiveUp(this.#cause));
  }

  /** The connection is over. */
  end(): void {
    this.#alarm.clear();
  }
}
