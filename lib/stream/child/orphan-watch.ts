import { Alarm } from '../../base/alarm.ts';
import type { Environment } from '../../settings/environment.ts';
import type { FrameInput } from '../../connection/link/frame-input.ts';

/**
 * Limits the time of a source after its parent connection is gone. The source reads the messages
 * under way, because the peer may have ended the stream in order before. It gives up when no bytes
 * have come for a while.
 */
export class OrphanWatch {
  readonly #alarm: Alarm;
  readonly #input: FrameInput<unknown>;
  readonly #timeoutMs: number;
  readonly #onGiveUp: () => void;

  /** The reason why the parent is gone. */
  readonly cause: unknown;

  constructor(
    { clock, limits }: Environment,
    input: FrameInput<unknown>,
    cause: unknown,
    onGiveUp: () => void,
  ) {
    this.#alarm = new Alarm(clock);
    this.#input = input;
    this.#timeoutMs = limits.orphanTimeoutMs;
    this.cause = cause;
    this.#onGiveUp = onGiveUp;
  }

  /** Bytes came, or a reader began or ceased to wait: the time starts anew. */
  touch(): void {
    this.#alarm.clear();
    if (!this.#input.isEnded && this.#input.isWaiting) {
      this.#alarm.set(this.#timeoutMs, this.#onGiveUp);
    }
  }

  /** The connection is over. */
  end(): void {
    this.#alarm.clear();
  }
}
