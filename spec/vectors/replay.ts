import type { ManualClock } from '../../lib/testing.ts';
import type { CapturedConnection, Direction } from './conversation.ts';
import { cutFrames, type Frame } from './frames.ts';
import type { RawSocket } from './raw-socket.ts';
import { bytesOf, type Step } from './steps.ts';
import type { TappedSocket, TappedTransport } from './tapped-transport.ts';

/** Turns of the loop without any event after which nothing more happens by itself. */
const QUIET_TURNS = 4;
/** Events of different sides that the capture has closer to each other may come in either order. */
const RACE_MS = 10;
/** How far the clock moves between looks at what that has set off. */
const TICK_MS = 2;

/** A conversation with us at one of its ends. */
export interface Stage {
  /** What is to happen, in order. */
  readonly steps: readonly Step[];
  readonly connections: readonly CapturedConnection[];
  /** The direction in which we send. */
  readonly ours: Direction;
  /** Our end's network and clock. */
  readonly tap: TappedTransport;
  readonly clock: ManualClock;
  /** The other end's sockets, in the order of the connections. */
  readonly sockets: readonly RawSocket[];
  /** Opens the next connection; absent where our end does. */
  readonly open?: () => Promise<void>;
  /** Called when all before a step has happened. */
  readonly onStep?: (step: Step) => void;
}

/**
 * Plays the other end of a conversation: does each of its steps when everything that comes before it
 * has come, while the clock moves from event to event.
 */
export class Replay {
  /** What did not come, or not in its order. */
  readonly mishaps: string[] = [];
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Runs to the end, or until all is quiet and something is missing. */
  async run(): Promise<void> {
    const { steps, ours, onStep } = this.#stage;
    for (const [index, step] of steps.entries()) {
      await this.#passTime(step.atMs);
      onStep?.(step);
      if (step.direction !== ours) this.#noteEarly(index);
      const isDone = await (step.direction === ours ? this.#await(index) : this.#perform(step));
      if (isDone) continue;
      this.mishaps.push(`event ${step.seq} did not come about`);
      return;
    }
    await this.settle();
  }

  /** The frames that our end has sent on a connection. */
  framesOf(connection: number): Frame[] {
    const { ours, sockets } = this.#stage;
    const received = sockets[connection - 1]?.received ?? Buffer.alloc(0);
    return this.#cut(connection, received, ours === 's2c' ? received : undefined);
  }

  /** The frames that our end is to send on a connection, up to a step of it. */
  expectedFrames(connection: number, until?: Step): Frame[] {
    const { steps, ours } = this.#stage;
    const end = until === undefined ? steps.length : steps.indexOf(until) + 1;
    return this.#cut(connection, bytesOf(steps.slice(0, end), connection, ours), undefined);
  }

  /** Resolves when all that was sent has arrived and nothing more comes of it. */
  async settle(): Promise<void> {
    let before = this.#activity();
    for (let quietTurns = 0; quietTurns < QUIET_TURNS; quietTurns++) {
      await new Promise((resolve) => void setImmediate(resolve));
      const now = this.#activity();
      if (now !== before || !this.#hasArrived()) quietTurns = -1;
      before = now;
    }
  }

  /** Moves the clock on to a time of the capture. */
  async #passTime(atMs: number): Promise<void> {
    const { clock } = this.#stage;
    await this.settle();
    while (clock.now() < atMs) {
      clock.advance(Math.min(TICK_MS, atMs - clock.now()));
      await this.settle();
    }
  }

  /** Waits for a step of ours, if need be until later events were due. */
  async #await(index: number): Promise<boolean> {
    for (const { atMs } of this.#stage.steps.slice(index)) {
      await this.#passTime(atMs);
      if (this.#isReached(index)) return true;
    }
    return false;
  }

  #isReached(index: number): boolean {
    const step = this.#stage.steps[index];
    const socket = this.#stage.sockets[(step?.connection ?? 0) - 1];
    if (step === undefined || socket === undefined) return false;
    const sent = this.framesOf(step.connection).filter(({ kind }) => kind !== 'rest').length;
    if (sent < this.expectedFrames(step.connection, step).length) return false;
    return !step.isFin || socket.isEndReceived;
  }

  async #perform(step: Step): Promise<boolean> {
    const { sockets, open } = this.#stage;
    if (step.connection === sockets.length + 1) await open?.();
    const socket = sockets[step.connection - 1];
    if (socket === undefined) return false;
    let at = 0;
    for (const length of step.isFin ? [] : step.chunks) {
      socket.write(step.bytes.subarray(at, at + length));
      await this.settle();
      at += length;
    }
    if (step.isFin) socket.end();
    return true;
  }

  /** What our end does because of a step must not come before it. */
  #noteEarly(index: number): void {
    const { steps, ours } = this.#stage;
    const now = steps[index]?.atMs ?? 0;
    for (const [later, step] of steps.entries()) {
      if (later <= index || step.direction !== ours) continue;
      const isRace = !step.isCaused && step.atMs - now <= RACE_MS;
      if (isRace || !this.#isReached(later)) continue;
      this.mishaps.push(`event ${step.seq} came before event ${steps[index]?.seq ?? 0}`);
    }
  }

  #cut(connection: number, bytes: Buffer, answer: Buffer | undefined): Frame[] {
    const { connections, ours, steps } = this.#stage;
    const role = connections.find(({ id }) => id === connection)?.role ?? 'main';
    return cutFrames(bytes, {
      role,
      direction: ours,
      answer: answer ?? bytesOf(steps, connection, 's2c'),
    });
  }

  /** A number that changes whenever anything happens. */
  #activity(): number {
    const { tap, sockets } = this.#stage;
    let events = tap.sockets.length + sockets.length;
    for (const end of [...tap.sockets, ...sockets]) {
      events += end.receivedBytes + end.sentBytes;
      events += Number(end.isEndReceived) + Number(end.isEndSent) + Number(end.isClosed);
    }
    return events;
  }

  #hasArrived(): boolean {
    const { tap, sockets } = this.#stage;
    if (tap.isDialing || tap.sockets.length !== sockets.length) return false;
    return tap.sockets.every((tapped, index) => {
      const raw = sockets[index];
      return raw !== undefined && hasReceived(tapped, raw) && hasSent(tapped, raw);
    });
  }
}

function hasReceived(tapped: TappedSocket, raw: RawSocket): boolean {
  if (tapped.isClosed || tapped.isPaused) return true;
  return tapped.receivedBytes === raw.sentBytes && tapped.isEndReceived === raw.isEndSent;
}

function hasSent(tapped: TappedSocket, raw: RawSocket): boolean {
  if (raw.isClosed) return true;
  if (tapped.isClosed) return raw.isEndReceived;
  return raw.receivedBytes === tapped.sentBytes && raw.isEndReceived === tapped.isEndSent;
}
