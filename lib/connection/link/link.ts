import { Alarm } from '../../base/alarm.ts';
import { TimeoutError } from '../../errors/errors.ts';
import { messageOf } from '../../errors/foreign.ts';
import type { Peer, SocketHandlers, TransportSocket } from '../../transport/transport.ts';
import type { Environment } from '../../settings/environment.ts';
import { closedCause } from './closed-cause.ts';
import { FrameWriter } from './frame-writer.ts';
import type { LifeWatch, LinkReceiver } from './link-receiver.ts';
import type { LinkUse } from './link-use.ts';
import { peerName } from './peer-name.ts';
import { StallGuard } from './stall-guard.ts';

/**
 * One socket, for a main connection or a child, with its writer, its end, and the cause of the end.
 *
 *     open --end--> ended --both FINs--> closed
 *       \             \
 *        `--close------`--> closing --FIN, lingerBytes or lingerMs--> closed
 *
 *     any phase --abort or a socket error--> closed
 */
export type LinkPhase = 'open' | 'ended' | 'closing' | 'closed';

/** See {@link LinkPhase}. */
export class Link implements SocketHandlers {
  readonly writer: FrameWriter;
  readonly peer: Peer;
  /** Called when the link is closed, after its receiver. */
  onClosed: ((link: Link) => void) | undefined;
  /** The use of the link; undefined until it is negotiated. */
  use: LinkUse | undefined;
  /** Bytes that have come so far. */
  receivedBytes = 0;
  /** Undefined for children, and where nobody asks. */
  life: LifeWatch | undefined;
  readonly #openedAt: number;
  readonly #socket: TransportSocket;
  readonly #environment: Environment;
  /** Undefined if the kernel may take as long as it likes. */
  readonly #stall: StallGuard | undefined;
  /** Runs while bytes that the peer still sends are dropped. An open link has none. */
  #lingerAlarm: Alarm | undefined;
  #receiver: LinkReceiver | undefined;
  #phase: LinkPhase = 'open';
  #cause: unknown;
  #socketError: Error | undefined;
  #isPeerEnded = false;
  /** The time since when reading is stopped; undefined while the link is read. */
  #pausedAt: number | undefined;
  #pausedMs = 0;
  #skippedBytes = 0;

  constructor(socket: TransportSocket, environment: Environment, budgetBytes: number) {
    this.#socket = socket;
    this.#environment = environment;
    this.peer = socket.peer;
    this.#openedAt = environment.clock.now();
    const stall = (this.#stall = guardAgainstStalls(this, environment));
    this.writer = new FrameWriter(
      socket,
      environment,
      budgetBytes,
      stall && (() => stall.restart()),
    );
  }

  get phase(): LinkPhase {
    return this.#phase;
  }

  /** Milliseconds since the link was made. */
  get ageMs(): number {
    return this.#environment.clock.now() - this.#openedAt;
  }

  /** Whether the peer has ended its direction. */
  get isPeerEnded(): boolean {
    return this.#isPeerEnded;
  }

  /** Whether reading was stopped. */
  get isPaused(): boolean {
    return this.#pausedAt !== undefined;
  }

  /** Milliseconds in which reading was stopped so far. */
  get pausedMs(): number {
    if (this.#pausedAt === undefined) return this.#pausedMs;
    return this.#pausedMs + this.#environment.clock.now() - this.#pausedAt;
  }

  /** Bytes that were written and that the kernel had no room for so far. */
  get unsentBytes(): number {
    const { inFlightBytes } = this.writer;
    return inFlightBytes === 0 ? 0 : (this.#socket.unsentBytes ?? inFlightBytes);
  }

  /** Bytes that the kernel has yet to take, of all that is to be written. */
  get waitingBytes(): number {
    const { bufferedBytes, inFlightBytes } = this.writer;
    return bufferedBytes - inFlightBytes + this.unsentBytes;
  }

  /** The reason why the link is closing or closed; undefined while it is open. */
  get cause(): unknown {
    // Most links are closed in order, and nobody asks for the reason. An error would cost a stack
    // trace.
    if (this.#phase === 'closed') this.#cause ??= closedCause(this.#socketError);
    return this.#cause;
  }

  /** The link is negotiated, and open for this use. */
  adopt(use: LinkUse): void {
    this.use = use;
    use.onOpened(this);
    if (this.#phase === 'closed') use.onClosed(this, this.#cause ?? this.#socketError);
  }

  /** Begins to read for `receiver`. */
  start(receiver: LinkReceiver): void {
    this.#receiver = receiver;
    this.#socket.attach(this);
  }

  /** Hands the link over. If it has ended or closed meanwhile, the new receiver is told. */
  handOver(receiver: LinkReceiver): void {
    this.#receiver = receiver;
    if (this.#isPeerEnded) receiver.onEnd();
    if (this.#phase === 'closed') receiver.onClose();
  }

  /** Stops reading. */
  pause(): void {
    if (this.#phase !== 'open' && this.#phase !== 'ended') return;
    this.#pausedAt ??= this.#environment.clock.now();
    this.#socket.pause();
  }

  /** Resumes reading. */
  resume(): void {
    if (this.#phase === 'closed') return;
    this.#pausedMs = this.pausedMs;
    this.#pausedAt = undefined;
    this.#socket.resume();
  }

  /** Ends our direction once all bytes are written; reading goes on. A second call does nothing. */
  end(): void {
    if (this.#phase !== 'open') return;
    this.#phase = 'ended';
    this.#endSocket();
  }

  /**
   * Gives the connection up without harming bytes that the peer must still read. It ends our
   * direction and drops received bytes until the peer's end. It closes at the latest after
   * `lingerBytes`, or `lingerMs` after our end (`finishTimeoutMs` while earlier bytes are still
   * being written). A plain close with unread input would make the kernel send a reset, and the
   * reset drops bytes that the peer has accepted and not read yet.
   *
   * @param isBrief - earlier bytes get only `lingerMs` too, because the owner of the connection is
   *   over.
   */
  close(cause: unknown, isBrief = false): void {
    const { finishTimeoutMs, lingerMs } = this.#environment.limits;
    if (this.#phase === 'closing' && isBrief) this.#lingerAtMost(lingerMs);
    if (this.#phase === 'closed' || this.#phase === 'closing') return;
    const wasOpen = this.#phase === 'open';
    this.#phase = 'closing';
    this.#cause ??= cause;
    const isLong = this.writer.bufferedBytes > 0 && !isBrief;
    this.#lingerAtMost(isLong ? finishTimeoutMs : lingerMs);
    if (wasOpen) this.#endSocket();
    this.#socket.resume();
  }

  /**
   * Closes at once. The first cause stays. A peer for which bytes wait takes them slowly or not at
   * all: it is reset, as the kernel would keep what it has taken.
   */
  abort(cause: unknown): void {
    if (this.unsentBytes > 0) {
      this.reset(cause);
      return;
    }
    if (this.#phase === 'closed') return;
    this.#cause ??= cause;
    this.#socket.destroy();
  }

  /**
   * Closes at once, with a reset, because the peer has had its time, or takes or says nothing.
   * Otherwise the kernel would keep what is unsent, which may be megabytes, and a peer that still
   * hears us would learn late that nobody is there.
   */
  reset(cause: unknown): void {
    if (this.#phase === 'closed') return;
    this.#cause ??= cause;
    this.#socket.reset();
  }

  onData(chunk: Buffer): void {
    this.receivedBytes += chunk.length;
    this.#stall?.touch();
    this.life?.onReceived();
    if (this.#phase !== 'closing') {
      this.#receiver?.onData(chunk);
      return;
    }
    // All earlier bytes must get out first. The time for that is bounded as well.
    if (this.writer.bufferedBytes > 0) return;
    this.#skippedBytes += chunk.length;
    if (this.#skippedBytes > this.#environment.limits.lingerBytes) this.reset(this.#cause);
  }

  readInto(): Buffer | undefined {
    return this.#phase === 'closing' ? undefined : this.#receiver?.readInto?.();
  }

  onEnd(): void {
    this.#isPeerEnded = true;
    if (this.#phase !== 'closing') this.#receiver?.onEnd();
  }

  onDrain(): void {
    this.#stall?.end();
    this.life?.onDrained();
    this.writer.onDrain();
  }

  onProgress(): void {
    this.#stall?.touch();
  }

  onClose(error: Error | undefined): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    this.#lingerAlarm?.clear();
    this.#stall?.end();
    this.life?.onClosed();
    this.#socketError = error;
    // Does not use the getter `cause`, which would make an error of an orderly end.
    this.use?.onClosed(this, this.#cause ?? error);
    if (this.#receiver?.losesWriter === true) this.writer.awaitError();
    else this.writer.lose(() => this.cause);
    this.#receiver?.onClose();
    if (this.writer.compressor?.close === undefined) this.onClosed?.(this);
    else void this.#closeCompressor();
  }

  /** A link counts as closed when its compressor is. Errors of the compressor do no harm then. */
  async #closeCompressor(): Promise<void> {
    try {
      await this.writer.compressor?.close?.();
    } catch (error) {
      const line = `closing its compressor failed: ${messageOf(error)}`;
      this.#environment.log.write('warn', peerName(this.use?.peerRole ?? 'peer', this.peer), line);
    }
    this.onClosed?.(this);
  }

  #endSocket(): void {
    this.writer.close();
    this.writer.flush();
    if (this.writer.bufferedBytes === 0) this.#endEmptySocket();
    else
      this.writer.drained().then(
        () => this.#endEmptySocket(),
        () => {},
      );
  }

  /** All is written. A link that was given up waits for the peer from here on. */
  #endEmptySocket(): void {
    this.#socket.end();
    if (this.#phase === 'closing') this.#lingerAtMost(this.#environment.limits.lingerMs);
  }

  #lingerAtMost(limitMs: number): void {
    this.#lingerAlarm ??= new Alarm(this.#environment.clock);
    this.#lingerAlarm.set(limitMs, () => this.reset(undefined));
  }
}

function guardAgainstStalls(link: Link, { clock, limits }: Environment): StallGuard | undefined {
  const limitMs = limits.writeStallTimeoutMs;
  if (limitMs === 0) return undefined;
  return new StallGuard(clock, limitMs, () => {
    link.reset(new TimeoutError('writing to a peer that takes nothing', limitMs, 'connection'));
  });
}
