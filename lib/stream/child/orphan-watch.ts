import { Alarm } from '../../base/alarm.ts';
import type { FrameInput } from '../../connection/link/frame-input.ts';
import type { Parent } from '../half/parent.ts';

/**
 * Limits the time of a source after its parent connection is gone. The source reads the messages
 * under way, because the peer may have ended the stream in order before. It gives up when no bytes
 * have come for a while, a longer one if the peer has left in order: they are on their way then.
 */
export class OrphanWatch {
  readonly #alarm: Alarm;
  readonly #input: FrameInput<unknown>;
  readonly #timeoutMs: number;
  readonly #onGiveUp: () => void;

  /** The reason why the parent is gone. */
  readonly cause: unknown;

  constructor(
    { environment, fate }: Pick<Parent, 'environment' | 'fate'>,
    input: FrameInput<unknown>,
    cause: unknown,
    onGiveUp: () => void,
  ) {
    const { orphanTimeoutMs, finishTimeoutMs } = environment.limits;
    this.#alarm = new Alarm(environment.clock);
    this.#input = input;
    this.#timeoutMs = fate.hasLeft ? Math.max(orphanTimeoutMs, finishTimeoutMs) : orphanTimeoutMs;
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
