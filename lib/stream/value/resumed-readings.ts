import { Deferred } from '../../base/deferred.ts';
import type { UnderWay } from '../../base/under-way.ts';
import type { Environment } from '../../settings/environment.ts';
import { ClosedError } from '../../errors/errors.ts';
import { AckBatch } from '../../wire/acks.ts';
import type { MainMessage } from '../../wire/main-message.ts';
import type { ResumePoint } from '../../wire/resume-point.ts';
import { streamCancel } from '../lane/cancel-message.ts';
import type { Lanes } from '../lane/lanes.ts';
import type { SourceSegment } from '../lane/source-segment.ts';
import { PlannedAcks } from '../resume/planned-acks.ts';
import { ResumeTurns } from '../resume/resume-turns.ts';
import type { Reading } from './reading.ts';
import { type ReadingSession, ResumedReading } from './resumed-reading.ts';

/** The connection that the streams travel with. */
interface ReadingPort {
  readonly lanes: Lanes;
  /** Counts the streams that are not over and have no lane. */
  readonly waiting?: UnderWay | undefined;
  /** Sends messages to the peer. */
  readonly peer: { tellPeer(message: MainMessage): void };
}

/**
 * The streams of one session that are read and can go on on another lane. Acknowledgements of one
 * turn of the loop go out together. Between two connections, what is to be told waits.
 */
export class ResumedReadings implements ReadingSession {
  readonly environment: Environment;
  readonly #open = new Set<Reading>();
  readonly #acks: PlannedAcks<Reading>;
  /** Streams that have no lane, and those with an end that is taken and not acknowledged. */
  readonly #waiting = new Set<Reading>();
  readonly #tellAway: (message: MainMessage) => void;
  #port: ReadingPort | undefined;
  #attached = new Deferred();
  readonly #turns: ResumeTurns;

  /** @param tellAway - keeps messages for the next connection while there is none. */
  constructor(environment: Environment, tellAway: (message: MainMessage) => void = () => {}) {
    this.environment = environment;
    this.#tellAway = tellAway;
    this.#turns = new ResumeTurns(environment.clock);
    this.#acks = new PlannedAcks(environment.clock, new AckBatch('stream-ack'), {
      isAttached: () => this.#port !== undefined,
      add: (batch, reading) => this.#addAck(batch, reading),
      tellPeer: (message) => this.#port?.peer.tellPeer(message),
    });
  }

  /** A stream of the peer's was opened on a connection where streams can be resumed. */
  add(segment: SourceSegment): ResumedReading {
    const reading = new ResumedReading(segment, this);
    this.#open.add(reading);
    return reading;
  }

  /** Whether no stream is read that can go on. */
  get isEmpty(): boolean {
    return this.#open.size === 0;
  }

  /** Streams that are still read on lanes of an earlier connection go on on this one. */
  attach(port: ReadingPort): void {
    this.#port = port;
    for (let count = this.#waiting.size; count > 0; count--) port.waiting?.enter();
    const cause = new ClosedError('the session goes on on another connection', 'transport');
    for (const { segment } of this.#open) segment.lose(cause);
    this.#attached.resolve();
  }

  detach(): void {
    this.#leavePort();
    this.#attached = new Deferred();
  }

  /** There will be no connection any more. */
  end(cause: unknown): void {
    this.#leavePort();
    this.#attached.reject(cause);
    for (const reading of this.#open) reading.lose(cause);
  }

  async resume(segment: SourceSegment, point: ResumePoint): Promise<unknown> {
    await this.#attached.promise;
    await this.#turns.enter(segment.isWaiting);
    try {
      await this.#attached.promise;
      // The reader may have left, or the connection may be gone again.
      if (!segment.isParted || this.#port === undefined) throw notNow();
      return await this.#port.lanes.resume(segment, point);
    } finally {
      this.#turns.leave();
    }
  }

  acknowledge(reading: Reading): void {
    this.#acks.plan(reading);
  }

  tellDone({ segment }: Reading): void {
    this.#tell({ kind: 'stream-done', number: segment.number });
  }

  tellCancel({ segment }: Reading, cause: unknown): void {
    const { number, receivedMessages } = segment;
    this.#tell(streamCancel(number, cause, this.environment, receivedMessages));
    const lanes = this.#port?.lanes;
    if (lanes?.role === 'accepting') lanes.release(number);
  }

  wait(reading: Reading): void {
    if (this.#waiting.has(reading)) return;
    this.#waiting.add(reading);
    this.#port?.waiting?.enter();
  }

  goOn(reading: Reading): void {
    if (this.#waiting.delete(reading)) this.#port?.waiting?.leave();
  }

  leave(reading: Reading): void {
    this.#open.delete(reading);
    this.#acks.remove(reading);
    this.goOn(reading);
  }

  #leavePort(): void {
    const waiting = this.#port?.waiting;
    this.#port = undefined;
    for (let count = this.#waiting.size; count > 0; count--) waiting?.leave();
  }

  #tell(message: MainMessage): void {
    if (this.#port === undefined) this.#tellAway(message);
    else this.#port.peer.tellPeer(message);
  }

  #addAck(batch: AckBatch, { segment, positions }: Reading): void {
    const { acknowledged, taken } = positions;
    batch.add(segment.number, acknowledged, taken);
  }
}

function notNow(): ClosedError {
  return new ClosedError('the connection is lost', 'transport');
}
