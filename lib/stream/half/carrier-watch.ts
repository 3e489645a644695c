import { Alarm } from '../../base/alarm.ts';
import type { FrameInput } from '../../connection/link/frame-input.ts';
import { StreamClosedError } from '../../errors/errors.ts';
import type { Environment } from '../../settings/environment.ts';

/** Keys in one question at most, so that it and its answer stay below every limit on requests. */
const MAX_ASKED = 1_024;

/** If the alarm rings later than this, nothing is judged: bytes may have come and not been read yet. */
const LATE_MS = 1_000;

/** The child connection or the segment of a lane that brings a stream of the peer's. */
export interface WatchedCarrier {
  readonly input: Pick<FrameInput<unknown>, 'isWaiting' | 'takenFrames' | 'heldBytes'>;
  /** The number of messages that were read. */
  readonly receivedMessages: number;
}

/** A stream with the number of messages that were sent, plus 1; or 0 if it does not run. */
export type SentCount<K> = readonly [key: K, sentPlusOne: number];

/** The main connection, and our own streams, of which the peer may ask. */
export interface ProgressPort<K, C> {
  ask(keys: readonly K[]): void;
  answer(counts: readonly SentCount<K>[]): void;
  /** The number of messages that were sent of a stream of ours; undefined if it does not run. */
  sentMessages(key: K): number | undefined;
  /** Gives a stream of the peer's up. */
  lose(carrier: C, cause: Error): void;
}

/** A stream of the peer's, and the figures of the last look. */
interface Watched<C extends WatchedCarrier = WatchedCarrier> {
  readonly carrier: C;
  frames: number;
  bytes: number;
  /** Since when the peer says that it has sent more than came; undefined if it does not. */
  lackingSince: number | undefined;
}

/**
 * Finds streams whose connection stands still though the main connection lives: a path may lose the
 * packets of one connection alone. If a reader has waited for `limits.pingIntervalMs` without a
 * byte, its side asks on the main connection how much was sent. If more was sent than came, and
 * still nothing comes, the stream is given up.
 *
 * A peer that does not know the question does not answer, and its streams are left alone. There is
 * one timer for all streams that are watched. Messages of streams don't touch it.
 */
export class CarrierWatch<K extends number | bigint, C extends WatchedCarrier> {
  readonly #environment: Environment;
  readonly #port: ProgressPort<K, C>;
  readonly #alarm: Alarm;
  readonly #watched = new Map<K, Watched<C>>();
  #isOver = false;

  constructor(environment: Environment, port: ProgressPort<K, C>) {
    this.#environment = environment;
    this.#port = port;
    this.#alarm = new Alarm(environment.clock);
  }

  /** A stream of the peer's is open, or may be opened. */
  watch(key: K, carrier: C): void {
    this.#watched.set(key, { carrier, frames: -1, bytes: -1, lackingSince: undefined });
    if (!this.#alarm.isSet) this.#plan();
  }

  /** The stream is over. */
  unwatch(key: K): void {
    if (this.#watched.delete(key) && this.#watched.size === 0) this.#alarm.clear();
  }

  /** The number of streams that are watched. */
  get size(): number {
    return this.#watched.size;
  }

  /** The streams of which something has come that was not read yet. */
  unread(): K[] {
    const keys: K[] = [];
    for (const [key, { carrier }] of this.#watched) {
      if (carrier.input.heldBytes > 0) keys.push(key);
    }
    return keys;
  }

  /** There is nobody to ask any more. */
  end(): void {
    this.#isOver = true;
    this.#alarm.clear();
  }

  /** The peer asks how much we have sent. */
  onQuestion(keys: readonly K[]): void {
    const counts = keys.slice(0, MAX_ASKED).map((key) => {
      const sent = this.#port.sentMessages(key);
      return [key, sent === undefined ? 0 : sent + 1] as const;
    });
    this.#port.answer(counts);
  }

  /** The peer says how much it has sent of a stream. */
  onAnswer(key: K, sentPlusOne: number): void {
    const watched = this.#watched.get(key);
    if (watched === undefined) return;
    const sent = sentPlusOne - 1;
    // A stream that does not run has ended, or was never told to begin: its reader lacks that.
    const isLacking = sent < 0 || sent > watched.carrier.receivedMessages;
    if (isLacking && isStill(watched)) watched.lackingSince ??= this.#environment.clock.now();
    else watched.lackingSince = undefined;
  }

  #plan(): void {
    const { clock, limits } = this.#environment;
    if (limits.pingIntervalMs === 0 || this.#isOver) return;
    const ringsAt = clock.now() + limits.pingIntervalMs;
    this.#alarm.set(limits.pingIntervalMs, () => {
      if (clock.now() - ringsAt < LATE_MS) this.#look(clock.now());
      if (this.#watched.size > 0) this.#plan();
    });
  }

  #look(now: number): void {
    const { pingIntervalMs, pingTimeoutMs } = this.#environment.limits;
    const asked: K[] = [];
    for (const [key, watched] of this.#watched) {
      const { lackingSince = now } = watched;
      if (!isStill(watched)) note(watched);
      else if (now - lackingSince < pingTimeoutMs - pingIntervalMs) asked.push(key);
      else this.#port.lose(watched.carrier, standsStill());
    }
    for (let at = 0; at < asked.length; at += MAX_ASKED) {
      this.#port.ask(asked.slice(at, at + MAX_ASKED));
    }
  }
}

/** Whether the reader waits, and nothing has come since the last look. */
function isStill({ carrier, frames, bytes }: Watched): boolean {
  const { input } = carrier;
  return input.isWaiting && input.takenFrames === frames && input.heldBytes === bytes;
}

function note(watched: Watched): void {
  const { takenFrames, heldBytes } = watched.carrier.input;
  watched.frames = takenFrames;
  watched.bytes = heldBytes;
  watched.lackingSince = undefined;
}

function standsStill(): StreamClosedError {
  return new StreamClosedError(
    'the connection of the stream stands still, though the main connection lives',
    'transport',
  );
}
