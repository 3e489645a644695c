import { Alarm } from '../../base/alarm.ts';
import type { Environment } from '../../settings/environment.ts';
import { StreamClosedError } from '../../errors/errors.ts';
import type { MainMessage } from '../../wire/main-message.ts';
import type { SourceSegment } from '../lane/source-segment.ts';

/** Numbers in one question at most, so that it and its answer stay below every limit on requests. */
const MAX_ASKED = 1_024;

/** If the alarm rings later than this, nothing is judged: bytes may have come and not been read yet. */
const LATE_MS = 1_000;

/** An open stream of the peer's, and what was seen of it. */
interface Watched {
  readonly segment: SourceSegment;
  /** What its lane had brought at the last look. */
  frames: number;
  bytes: number;
  /** Since when the peer says that it has sent more than came; undefined if it does not. */
  lackingSince: number | undefined;
}

/** The main connection, and our own streams, of which the peer may ask. */
export interface ProgressPort {
  tellPeer(message: MainMessage): void;
  /** The number of items that were sent of a stream of ours; undefined if it does not run. */
  sentItems(number: number): number | undefined;
}

/**
 * Finds streams of the peer whose lane stands still though the main connection lives: a path may lose
 * the packets of one connection alone. If a reader has waited for `limits.pingIntervalMs` without a
 * byte, its side asks on the main connection how much was sent. If more was sent than came, and still
 * nothing comes, the lane is given up.
 *
 * A peer that does not know the question does not answer, and its streams are left alone. There is
 * one timer for all streams of a session. Messages of streams don't touch it.
 */
export class StallWatch {
  readonly #environment: Environment;
  readonly #port: ProgressPort;
  readonly #alarm: Alarm;
  readonly #watched = new Map<number, Watched>();
  #isOver = false;

  constructor(environment: Environment, port: ProgressPort) {
    this.#environment = environment;
    this.#port = port;
    this.#alarm = new Alarm(environment.clock);
  }

  /** A stream of the peer's is open. */
  watch(segment: SourceSegment): void {
    this.#watched.set(segment.number, { segment, frames: -1, bytes: -1, lackingSince: undefined });
    if (!this.#alarm.isSet) this.#plan();
  }

  /** The stream of that number is over. */
  unwatch(number: number): void {
    if (this.#watched.delete(number) && this.#watched.size === 0) this.#alarm.clear();
  }

  /** The session is over: there is nobody to ask. */
  end(): void {
    this.#isOver = true;
    this.#alarm.clear();
  }

  /** Handles a message about the progress of streams. Returns false for any other message. */
  onMainMessage(message: MainMessage): boolean {
    if (message.kind === 'streams-progress') this.#answer(message.numbers);
    else if (message.kind === 'streams-sent') this.#onAnswer(message.numbers);
    else return false;
    return true;
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
    const asked: number[] = [];
    for (const [number, watched] of this.#watched) {
      const { lackingSince = now } = watched;
      if (!isStill(watched)) note(watched);
      else if (now - lackingSince < pingTimeoutMs - pingIntervalMs) asked.push(number);
      else watched.segment.lose(standsStill());
    }
    for (let at = 0; at < asked.length; at += MAX_ASKED) {
      const numbers = asked.slice(at, at + MAX_ASKED);
      this.#port.tellPeer({ kind: 'streams-progress', numbers });
    }
  }

  /** Each number with the number of items that were sent, plus 1; or 0 if the stream does not run. */
  #answer(numbers: readonly number[]): void {
    const sent = numbers.slice(0, MAX_ASKED).flatMap((number) => {
      const items = this.#port.sentItems(number);
      return [number, items === undefined ? 0 : items + 1];
    });
    this.#port.tellPeer({ kind: 'streams-sent', numbers: sent });
  }

  #onAnswer(numbers: readonly number[]): void {
    const now = this.#environment.clock.now();
    for (let at = 0; at + 1 < numbers.length; at += 2) {
      const watched = this.#watched.get(numbers[at] ?? -1);
      if (watched === undefined) continue;
      const sent = (numbers[at + 1] ?? 0) - 1;
      // A stream that does not run has ended, or was never told to begin: its reader lacks that.
      const isLacking = sent < 0 || sent > watched.segment.receivedMessages;
      if (isLacking && isStill(watched)) watched.lackingSince ??= now;
      else watched.lackingSince = undefined;
    }
  }
}

/** Whether the reader waits, and nothing has come since the last look. */
function isStill({ segment, frames, bytes }: Watched): boolean {
  const { input } = segment;
  return input.isWaiting && input.takenFrames === frames && input.heldBytes === bytes;
}

function note(watched: Watched): void {
  const { takenFrames, heldBytes } = watched.segment.input;
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
