import type { Clock } from '../../base/clock.ts';
import type { StreamFigures, StreamWait } from '../../diagnostics/stream-figures.ts';
import type { SendCounts } from '../resume/send-window.ts';

/** The reason why the producer of a resumable stream waits: its consumer, or the lack of a lane. */
type RetainedWait = Extract<StreamWait, 'network' | 'reader'>;

/** The waits of a resumable stream's producer. It looks at the clock when a wait begins and ends. */
export class RetainedMeter {
  readonly #clock: Clock;
  readonly #openedAt: number;
  readonly #waitedMs = { network: 0, reader: 0 };
  #waitsFor: RetainedWait | undefined;
  #since = 0;
  #endedAt: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#openedAt = clock.now();
  }

  /** The producer waits for this from now on; undefined: for nothing. */
  setWaiting(waitsFor: RetainedWait | undefined): void {
    if (waitsFor === this.#waitsFor) return;
    const now = this.#clock.now();
    if (this.#waitsFor !== undefined) this.#waitedMs[this.#waitsFor] += now - this.#since;
    this.#waitsFor = waitsFor;
    this.#since = now;
  }

  /** The producer has no more items. */
  end(): void {
    this.#endedAt ??= this.#clock.now();
  }

  figures({ items, bytes, keptBytes, windowBytes }: SendCounts): StreamFigures {
    const now = this.#clock.now();
    const waitsFor = this.#waitsFor;
    const { network, reader } = this.#waitedMs;
    const current = waitsFor === undefined ? 0 : now - this.#since;
    const waited = network + reader + current;
    return {
      items,
      bytes,
      bufferedBytes: keptBytes,
      budgetBytes: windowBytes,
      ageMs: now - this.#openedAt,
      waitsFor: waitsFor ?? (this.#endedAt === undefined ? 'producer' : 'reader'),
      waitedMs: {
        producer: Math.max(0, (this.#endedAt ?? now) - this.#openedAt - waited),
        budget: 0,
        network: network + (waitsFor === 'network' ? current : 0),
        reader: reader + (waitsFor === 'reader' ? current : 0),
      },
    };
  }
}
