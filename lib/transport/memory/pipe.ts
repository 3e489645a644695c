import type { Clock, Timer } from '../../base/clock.ts';
import { FaultPoint, type MemoryFault } from './faults.ts';

/** The events of a pipe, for the socket that writes into it. */
export interface PipeWriter {
  /** Some bytes, or the end behind them, have entered the buffer. */
  onProgress(): void;
  /** The reader has left: the written bytes will not be read. */
  onBroken(): void;
  onFault(): void;
}

/** The events of a pipe, for the socket that reads from it. */
export interface PipeReader {
  onData(chunk: Buffer): void;
  onEnd(): void;
  onReset(): void;
  onFault(): void;
}

/** The way that the bytes of a pipe take. */
export interface PipeOptions {
  /** The clock of the process that writes. */
  readonly writerClock: Clock;
  /** The clock of the process that reads. */
  readonly readerClock: Clock;
  /**
   * The most bytes that may be on their way or wait to be read. Further bytes stay with the writer.
   */
  readonly capacityBytes: number;
  /** Milliseconds that bytes are on their way which are sent now. They never pass earlier ones. */
  readonly travelMs: (bytes: number) => number;
  /** Cuts bytes that are sent together into pieces. Default: they arrive together. */
  readonly pieces?: ((bytes: Buffer) => readonly Buffer[]) | undefined;
  /** Happens to its bytes; undefined for nothing. */
  readonly fault?: MemoryFault | undefined;
  /** Called before anything of it is read or changed. */
  readonly onTouch?: (() => void) | undefined;
}

interface Item {
  /** Undefined for an item without bytes. */
  readonly bytes?: Buffer;
  readonly kind: 'data' | 'end' | 'reset';
  readonly dueMs: number;
}

/**
 * One direction of a connection in memory. It has the writer's backlog, a bounded buffer (which
 * stands for the buffers of the kernels), and a reader that can pause.
 *
 * Bytes are copied when they enter the buffer and not before, as on a network. A writer that reuses
 * memory which still waits in the backlog will see wrong bytes arrive.
 */
export class MemoryPipe {
  /** Happens to its bytes; undefined for nothing. */
  readonly fault: MemoryFault | undefined;
  readonly #options: PipeOptions;
  readonly #sending: FaultPoint;
  readonly #receiving: FaultPoint;
  #writer: PipeWriter | undefined;
  #reader: PipeReader | undefined;
  #backlog: Uint8Array[] = [];
  #items: Item[] = [];
  #bufferedBytes = 0;
  #isEnding = false;
  #isFinished = false;
  #isBroken = false;
  #isPaused = false;
  #isHeldUp = false;
  #isScheduled = false;
  #timer: Timer | undefined;

  constructor(options: PipeOptions) {
    const { fault } = options;
    this.fault = fault;
    this.#options = options;
    this.#sending = new FaultPoint(fault, 'send');
    this.#receiving = new FaultPoint(fault, 'receive');
  }

  /** Whether everything written has entered the buffer. */
  get isFlushed(): boolean {
    this.#options.onTouch?.();
    return this.#backlog.length === 0;
  }

  /** Bytes that have not entered the buffer. */
  get backlogBytes(): number {
    this.#options.onTouch?.();
    return byteCount(this.#backlog);
  }

  /** Whether the end is in the buffer, behind all bytes. Nothing follows it. */
  get isFinished(): boolean {
    this.#options.onTouch?.();
    return this.#isFinished;
  }

  setWriter(writer: PipeWriter): void {
    this.#writer = writer;
  }

  /** Starts delivery. */
  setReader(reader: PipeReader): void {
    this.#options.onTouch?.();
    this.#reader = reader;
    this.#schedule();
  }

  /** @returns whether everything has entered the buffer. */
  write(segments: readonly Uint8Array[]): boolean {
    this.#options.onTouch?.();
    if (this.#isBroken) {
      this.#options.writerClock.yield(() => this.#writer?.onBroken());
      return true;
    }
    this.#sending.begin(byteCount(this.#backlog));
    for (const segment of segments) if (segment.length > 0) this.#backlog.push(segment);
    this.#fill();
    return this.isFlushed;
  }

  /** Ends behind all bytes written so far. */
  end(): void {
    this.#options.onTouch?.();
    this.#isEnding = true;
    if (!this.#isBroken) this.#fill();
    else {
      this.#isFinished = true;
      this.#options.writerClock.defer(() => this.#writer?.onProgress());
    }
  }

  /** Drops the backlog and ends behind the bytes in the buffer, by FIN or by RST. */
  cut(kind: 'end' | 'reset'): void {
    this.#options.onTouch?.();
    this.#backlog = [];
    if (!this.#isFinished || kind === 'reset') this.#push(kind);
    this.#isFinished = true;
  }

  /** Drops the backlog and the buffer. The reader gets nothing but a reset. */
  reset(): void {
    this.#options.onTouch?.();
    this.#items = [];
    this.cut('reset');
  }

  pause(): void {
    this.#options.onTouch?.();
    this.#isPaused = true;
  }

  resume(): void {
    this.#options.onTouch?.();
    this.#isPaused = false;
    this.#schedule();
  }

  /** Nothing arrives while it is held up. Afterwards all of it arrives, as TCP sends it again. */
  setHeldUp(isHeldUp: boolean): void {
    this.#options.onTouch?.();
    this.#isHeldUp = isHeldUp;
    this.#schedule();
  }

  /**
   * The reader leaves for good.
   *
   * @returns whether it leaves unread bytes, which a kernel answers with a reset.
   */
  cancel(): boolean {
    this.#options.onTouch?.();
    const hasUnread = this.#items.some((item) => item.kind === 'data');
    const hasBacklog = !this.isFlushed;
    this.#isBroken = true;
    this.#timer?.cancel();
    this.#items = [];
    this.#backlog = [];
    if (hasBacklog) this.#options.writerClock.yield(() => this.#writer?.onBroken());
    return hasUnread;
  }

  /** Moves bytes from the backlog into the buffer while there is room, and then the end. */
  #fill(): void {
    if (this.#isFinished || this.#isBroken) return;
    const room = this.#options.capacityBytes - this.#bufferedBytes;
    const bytes = this.#takeBacklog(Math.min(room, this.#sending.remainingBytes));
    if (bytes.length > 0) {
      this.#bufferedBytes += bytes.length;
      this.#sending.pass(bytes.length);
      for (const piece of this.#options.pieces?.(bytes) ?? [bytes]) this.#push('data', piece);
    }
    const isStruck = this.#sending.remainingBytes <= 0;
    const isEnd = this.#isEnding && this.isFlushed && !isStruck;
    if (isEnd) this.cut('end');
    if (bytes.length > 0 || isEnd)
      this.#options.writerClock.defer(() => this.#writer?.onProgress());
    if (isStruck) this.#writer?.onFault();
  }

  #takeBacklog(atMost: number): Buffer {
    const taken: Uint8Array[] = [];
    let left = atMost;
    while (left > 0 && this.#backlog[0] !== undefined) {
      const segment = this.#backlog[0];
      taken.push(segment.subarray(0, left));
      if (segment.length > left) this.#backlog[0] = segment.subarray(left);
      else this.#backlog.shift();
      left -= segment.length;
    }
    return Buffer.concat(taken);
  }

  #push(kind: Item['kind'], bytes?: Buffer): void {
    if (this.#isBroken) return;
    const { readerClock, travelMs } = this.#options;
    const dueMs = readerClock.now() + travelMs(bytes?.length ?? 0);
    this.#items.push({ kind, dueMs, ...(bytes !== undefined && { bytes }) });
    this.#schedule();
  }

  /** A paused reader is still told of an end that has no bytes before it, as a kernel does. */
  get #deliverable(): Item | undefined {
    const next = this.#items[0];
    if (this.#reader === undefined || this.#isHeldUp) return undefined;
    if (this.#isPaused && next?.kind === 'data') return undefined;
    return next;
  }

  #schedule(): void {
    const next = this.#deliverable;
    if (next === undefined || this.#isScheduled) return;
    this.#isScheduled = true;
    const clock = this.#options.readerClock;
    const waitMs = next.dueMs - clock.now();
    if (waitMs > 0) this.#timer = clock.setTimeout(this.#deliver, waitMs);
    else clock.yield(this.#deliver);
  }

  /**
   * Delivers all items that have arrived by now. Items that arrive because of a handler wait for
   * the next turn.
   */
  readonly #deliver = (): void => {
    this.#options.onTouch?.();
    this.#isScheduled = false;
    const nowMs = this.#options.readerClock.now();
    for (let count = this.#items.length; count > 0; count--) {
      const item = this.#deliverable;
      if (item === undefined || item.dueMs > nowMs) break;
      this.#items.shift();
      this.#hand(item);
    }
    this.#fill();
    this.#schedule();
  };

  #hand({ kind, bytes }: Item): void {
    if (kind === 'end') this.#reader?.onEnd();
    if (kind === 'reset') this.#reader?.onReset();
    if (bytes === undefined) return;
    this.#bufferedBytes -= bytes.length;
    this.#receiving.begin(0);
    const chunk = bytes.subarray(0, this.#receiving.remainingBytes);
    this.#receiving.pass(chunk.length);
    if (chunk.length > 0) this.#reader?.onData(chunk);
    if (this.#receiving.remainingBytes <= 0) this.#reader?.onFault();
  }
}

function byteCount(segments: readonly Uint8Array[]): number {
  return segments.reduce((total, segment) => total + segment.length, 0);
}
