import { ByteWriter } from '../../base/byte-writer.ts';
import type { Clock } from '../../base/clock.ts';
import { Deferred } from '../../base/deferred.ts';
import type { SlabPool } from '../../base/slab-pool.ts';
import type { Compressor } from '../../compression/compressor.ts';
import { MisuseError } from '../../errors/errors.ts';
import type { Environment } from '../../settings/environment.ts';
import type { TransportSocket } from '../../transport/transport.ts';
import { appendCompressed } from './append-compressed.ts';
import { BULK_FLUSH_BYTES, FLUSH_BYTES } from './flush-sizes.ts';
import { lostBytes } from './lost-bytes.ts';
import { RoomWait } from './room-wait.ts';
import { SenderTurns } from './sender-turns.ts';
import { type FlushPhase, isLost, type WriterPhase } from './writer-phase.ts';

/** More frames than gather before their bytes are enough. Compared for each frame, so no Infinity. */
const UNBOUNDED = 1 << 20;

/**
 * Writes frames to a socket. It gathers the frames of one turn of the loop, compresses them if that
 * was agreed, counts the bytes that the kernel has not taken, and reports when there is room again.
 */
export class FrameWriter {
  /** Bytes that may be unwritten before senders are asked to wait; set anew for children. */
  budgetBytes: number;
  /** Frames that are gathered, at most, before they are written. Default: as many as their bytes allow. */
  maxGathered: number = UNBOUNDED;
  readonly #socket: TransportSocket;
  readonly #clock: Clock;
  readonly #turns: SenderTurns;
  readonly #slabs: SlabPool;
  readonly #out: ByteWriter;
  readonly #onBlocked: (() => void) | undefined;
  /** Frames are gathered here first if they are compressed one by one. */
  #plain: ByteWriter | undefined;
  #compressor: Compressor | undefined;
  #gathered = 0;
  #flushedBytes = 0;
  #inFlightBytes = 0;
  #isInFrame = false;
  #flushPhase: FlushPhase = 'idle';
  #phase: WriterPhase = 'open';
  #failure: (() => unknown) | undefined;
  /** Made for the first wait. */
  #room: RoomWait | undefined;
  #empty: Deferred | undefined;

  /**
   * @param budgetBytes - bytes that may be unwritten before senders are asked to wait.
   * @param onBlocked - called when the socket stops taking bytes; `onDrain` is called later.
   */
  constructor(
    socket: TransportSocket,
    { clock, slabs }: Pick<Environment, 'clock' | 'slabs'>,
    budgetBytes: number,
    onBlocked?: () => void,
  ) {
    this.#socket = socket;
    this.#clock = clock;
    this.#turns = new SenderTurns(clock, () => this.#releaseWaiting());
    this.#slabs = slabs;
    this.#out = new ByteWriter(slabs);
    this.budgetBytes = budgetBytes;
    this.#onBlocked = onBlocked;
  }

  /** Every frame goes through the compressor; undefined if none was agreed. */
  get compressor(): Compressor | undefined {
    return this.#compressor;
  }

  /** From now on every frame goes through the compressor. */
  set compressor(compressor: Compressor) {
    this.#compressor = compressor;
    this.#plain = new ByteWriter(this.#slabs);
  }

  /** Bytes that the kernel has taken so far. */
  get sentBytes(): number {
    return this.#flushedBytes - this.#inFlightBytes;
  }

  /** How long senders have waited for room; undefined if none ever had to. */
  get waits(): RoomWait | undefined {
    return this.#room;
  }

  /** Bytes that were written here and that the kernel has not taken. */
  get bufferedBytes(): number {
    return this.#out.byteLength + this.#inFlightBytes;
  }

  /** Bytes that the socket got and the kernel has not taken; 0 while it takes all at once. */
  get inFlightBytes(): number {
    return this.#inFlightBytes;
  }

  /** Whether a frame was begun and not ended: nothing else can be written then. */
  get isInFrame(): boolean {
    return this.#isInFrame;
  }

  /** Whether a sender should wait for `room` before it sends more. */
  get isFull(): boolean {
    return this.bufferedBytes > this.budgetBytes;
  }

  /** Whether a sender waits for room, or anybody for the kernel to take all bytes. */
  get isAwaited(): boolean {
    return this.#room?.isAwaited === true || this.#empty !== undefined;
  }

  /**
   * Starts a frame: append the payload to the result, patch the header, then call `endFrame`, or
   * `rollbackFrame` if any of that throws.
   */
  beginFrame(headerBytes: number): ByteWriter {
    if (this.#isInFrame) throw new MisuseError('a value sent a message while it was being encoded');
    this.#isInFrame = true;
    this.frame.beginFrame(headerBytes);
    return this.frame;
  }

  /** The frame that was begun. */
  get frame(): ByteWriter {
    return this.#plain ?? this.#out;
  }

  /** Takes back the frame that was begun, if it has not been ended. */
  rollbackFrame(): void {
    if (!this.#isInFrame) return;
    this.frame.rollbackFrame();
    this.#isInFrame = false;
    if (this.#phase === 'open') return;
    // A close that was called during the frame waits until everything is written.
    this.flush();
    this.#releaseWaiting();
  }

  /** Ends the frame that was begun: it will be written, or dropped if the connection is over. */
  endFrame(): void {
    if (this.#phase !== 'open') return this.rollbackFrame();
    if (this.#plain !== undefined) return this.#endCompressed(this.#plain);
    this.#isInFrame = false;
    this.#planFlush();
  }

  /** Writes a frame that `fill` appends and patches. @throws as `fill`; nothing is written then. */
  writeFilled(headerBytes: number, fill: (out: ByteWriter) => void): void {
    const out = this.beginFrame(headerBytes);
    try {
      fill(out);
      this.endFrame();
    } catch (error) {
      this.rollbackFrame();
      throw error;
    }
  }

  /** Writes a whole frame, for example end of stream. */
  writeFrame(frame: Buffer): void {
    if (this.#isInFrame) throw new MisuseError('a stream was ended while a message was encoded');
    if (this.#phase !== 'open') return;
    if (this.#compressor === undefined) this.#out.append(frame);
    else appendCompressed(this.#out, this.#compressor, frame);
    this.#planFlush();
  }

  /** Writes bytes as they are: the negotiation frame, and whole frames where none are compressed. */
  writeUncompressed(bytes: Uint8Array): void {
    if (this.#phase !== 'open') return;
    this.#out.append(bytes);
    this.#planFlush();
  }

  /**
   * To be called once for each item that was sent. Undefined if its sender may go on; else resolves
   * when it may, rejects on failure.
   */
  room(): Promise<void> | undefined {
    const mustYield = this.#turns.spendOne();
    if (!mustYield && !this.isFull && this.#phase !== 'judging') return undefined;
    return this.#wait(mustYield);
  }

  /** Resolves when the kernel has taken all bytes; rejects when the connection fails first. */
  drained(): Promise<void> {
    if (this.#phase === 'failed' && this.bufferedBytes > 0)
      return Promise.reject(this.#failure?.());
    this.flush();
    if (this.bufferedBytes === 0) return Promise.resolve();
    this.#empty ??= new Deferred();
    return this.#empty.promise;
  }

  /** Writes the gathered bytes, unless the socket is still busy with earlier ones. */
  flush(): void {
    if (this.#flushPhase === 'blocked' || isLost(this.#phase) || this.#isInFrame) return;
    const bytes = this.#out.byteLength;
    if (bytes === 0) return;
    const segments = this.#out.takeSegments();
    const lost = lostBytes(segments, bytes);
    if (lost !== undefined) return this.#socket.destroy(lost);
    this.#gathered = 0;
    this.#flushedBytes += bytes;
    this.#inFlightBytes += bytes;
    this.#turns.addBytes(bytes);
    if (this.#socket.write(segments)) this.#onWritten();
    else {
      this.#flushPhase = 'blocked';
      this.#room?.setBlocked(true);
      this.#onBlocked?.();
    }
  }

  /** The socket has handed everything to the kernel. */
  onDrain(): void {
    this.#flushPhase = 'idle';
    this.#room?.setBlocked(false);
    this.#turns.onDrain();
    this.#onWritten();
    this.flush();
  }

  /** No more may be sent: senders that wait for room get the cause. */
  refuseRoom(cause: unknown): void {
    this.#room?.reject(cause);
  }

  /** Our direction is ending: written bytes still go out, and no more are taken. */
  close(): void {
    if (this.#phase === 'open') this.#phase = 'closed';
  }

  /** The connection is over, and nothing more is written; `lose` follows when the error is known. */
  awaitError(): void {
    if (this.#phase !== 'failed') this.#phase = 'judging';
  }

  /** The connection has failed: everything that waits gets the cause, and no more is written. */
  lose(cause: () => unknown): void {
    if (this.#phase === 'failed') return;
    this.#phase = 'failed';
    this.#failure = cause;
    if (this.#room?.isAwaited === true) this.#room.reject(cause());
    this.#empty?.reject(cause());
  }

  /** Apart from `endFrame`, so that frames without a compressor cost no more code than they need. */
  #endCompressed(plain: ByteWriter): void {
    try {
      // Compressed one by one: there is a compressor.
      appendCompressed(this.#out, this.#compressor!, plain.takeBytes());
    } finally {
      // Also if the compressor throws: it has got the frame, and nothing is written.
      this.#isInFrame = false;
    }
    this.#planFlush();
  }

  #planFlush(): void {
    const limit = this.#out.hasReferences ? BULK_FLUSH_BYTES : FLUSH_BYTES;
    const isEnough = ++this.#gathered >= this.maxGathered || this.#out.byteLength >= limit;
    if (isEnough) this.flush();
    else if (this.#flushPhase === 'idle') this.#flushLater();
  }

  /** Apart, as a function with a closure in it would make a context for each frame. */
  #flushLater(): void {
    this.#flushPhase = 'planned';
    this.#clock.defer(() => {
      if (this.#flushPhase === 'planned') this.#flushPhase = 'idle';
      this.flush();
    });
  }

  #wait(mustYield: boolean): Promise<void> | undefined {
    if (this.#phase === 'failed') return undefined;
    if (mustYield) this.#turns.yield();
    this.#room ??= new RoomWait(this.#clock);
    return this.#room.wait(this.#flushPhase === 'blocked');
  }

  #onWritten(): void {
    this.#inFlightBytes = 0;
    this.#out.release();
    this.#releaseWaiting();
  }

  #releaseWaiting(): void {
    if (isLost(this.#phase)) return;
    if (this.#room?.isAwaited === true && !this.isFull && !this.#turns.isYielding)
      this.#room.resolve();
    if (this.#empty !== undefined && this.bufferedBytes === 0) {
      const empty = this.#empty;
      this.#empty = undefined;
      empty.resolve();
    }
  }
}
