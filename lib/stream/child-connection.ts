import { Alarm } from '../base/alarm.ts';
import type { Link, LinkReceiver } from '../connection/link.ts';
import {
  CanceledError,
  ClosedError,
  type Initiator,
  ProtocolError,
  StreamClosedError,
} from '../errors.ts';
import type { ControlMessage } from '../wire/control-message.ts';
import { EOS } from '../wire/stream-frame.ts';
import { ChildInput } from './child-input.ts';
import type { ChildOptions, HalfListener, ParentEnd } from './child-options.ts';
import { mayEndConnection, mayStillBeNamed, type Naming } from './end-policy.ts';
import { EosConfirmation } from './eos-confirmation.ts';
import { HalfState } from './half-state.ts';
import { OrphanWatch } from './orphan-watch.ts';
import type { Parent } from './parent.ts';

/**
 * One stream's connection: two halves that end separately over one link, and the rules of who ends
 * what when. The halves' faces to the user are `StreamSink` and `StreamSource`.
 */
export class ChildConnection implements LinkReceiver {
  readonly id: bigint;
  readonly link: Link;
  readonly parent: Parent;
  readonly input: ChildInput;
  readonly sinkState: HalfState = new HalfState();
  readonly sourceState: HalfState = new HalfState();

  readonly #options: ChildOptions;
  readonly #confirmation: EosConfirmation;
  readonly #orphan: OrphanWatch;
  /** Runs while a finished connection waits for the peer's end. */
  readonly #finishAlarm: Alarm;
  /** Runs until a call names an accepted connection. */
  readonly #idleAlarm: Alarm;
  /** Whether the sink was passed on in a value; a second time is a mistake. */
  isSinkPassed = false;
  #naming: Naming = 'unnamed';
  #sinkListener: HalfListener | undefined;
  #sourceListener: HalfListener | undefined;
  /** The end of an empty stream was taken on the reader's behalf, who is to get it yet. */
  #isEosOwed = false;

  constructor(options: ChildOptions) {
    this.#options = options;
    this.id = options.id;
    this.link = options.link;
    this.parent = options.parent;
    const { clock, limits } = options.parent.environment;
    this.#confirmation = new EosConfirmation(clock, () => this.#maybeForget());
    this.#finishAlarm = new Alarm(clock);
    this.#idleAlarm = new Alarm(clock);
    this.input = new ChildInput(options.link, limits, options.compressor);
    this.#orphan = new OrphanWatch(clock, this.input, limits.orphanTimeoutMs, (cause) =>
      this.abort(cause, 'remote'),
    );
  }

  /** Whether we accepted the connection; else we dialed it. */
  get isAccepted(): boolean {
    return this.#options.isAccepted;
  }

  get naming(): Naming {
    return this.#naming;
  }

  /** Whether the peer's reader may still take our end of stream. Where no call named the stream there is no reader. */
  get isUnconfirmed(): boolean {
    if (this.sinkState.phase !== 'ended' || !this.#confirmation.isPending) return false;
    return this.#naming === 'calling' || this.#naming === 'named';
  }

  /** Takes the link over from its negotiation, with what came behind that. */
  start(rest: Buffer): void {
    if (this.isAccepted) this.#awaitNaming();
    this.link.handOver(this);
    if (rest.length > 0) this.onData(rest);
    if (this.link.phase === 'open') this.link.resume();
    this.input.regulate();
  }

  /** Opens the sending half. */
  openSink(listener: HalfListener): void {
    this.sinkState.open();
    this.#sinkListener = listener;
  }

  /** Opens the receiving half. */
  openSource(listener: HalfListener): void {
    this.sourceState.open();
    this.#sourceListener = listener;
    this.#takeEmptyStream();
  }

  /** A call names the stream now, was answered, or failed. */
  setNaming(naming: Naming): void {
    this.#naming = naming;
    this.#idleAlarm.clear();
    if (this.#isSourceUnwanted()) this.input.drop();
    this.maybeEnd();
    this.#maybeForget();
  }

  /** The next message or end of stream; undefined when the reader has to wait. Throws when no more can come. */
  nextFrame(): Buffer | typeof EOS | undefined {
    if (this.#isEosOwed) {
      this.#isEosOwed = false;
      return EOS;
    }
    let frame: Buffer | typeof EOS | undefined;
    try {
      frame = this.input.next();
    } catch (error) {
      this.failSource(error);
      throw this.sourceState.closedError();
    }
    if (frame === EOS) this.#onEosTaken();
    if (frame !== undefined || !this.input.isEnded) return frame;
    this.sourceState.fail(this.#inputEnd(), 'transport');
    if (this.link.isPeerEnded) this.#confirmation.lose(this.sourceState.closedError());
    this.maybeEnd();
    throw this.sourceState.closedError();
  }

  /** Whether a reader waits for the next frame. */
  setSourceWaiting(isWaiting: boolean): void {
    this.input.setWaiting(isWaiting);
    this.#orphan.touch();
  }

  /** What came can't be read: fails the stream, both halves. */
  failSource(error: unknown): void {
    this.sourceState.fail(error, 'remote');
    this.input.drop();
    this.abort(error, 'remote');
  }

  /**
   * The reader wants no more. Our sink may go on, and the producer is told beside it if it speaks our
   * extension; without a sink the connection is given up, which tells everybody.
   */
  cancelSource(cause: unknown): void {
    if (!this.sourceState.fail(cause, 'local')) return;
    this.input.drop();
    this.#sourceListener?.onChange();
    this.maybeEnd();
    if (this.link.phase === 'open') this.#tellPeer('canceled');
  }

  /** The peer's reader wants no more of our sink. */
  onSinkCanceled(): void {
    this.#failSink(new CanceledError('stream', undefined, 'remote'), 'remote');
    this.maybeEnd();
  }

  /** End of stream was written: this half is finished. */
  onEosSent(): void {
    this.sinkState.finish();
    this.maybeEnd();
  }

  /** Resolves when the peer's reader has taken our end of stream, for as long as that takes. */
  whenConfirmed(): Promise<void> {
    this.#finishAlarm.clear();
    return this.#confirmation.wait();
  }

  /** The peer's reader has taken our end of stream. */
  confirmEos(): void {
    if (this.sinkState.phase === 'ended') this.#confirmation.confirm();
  }

  /**
   * Ends both halves that are not finished, with one cause. What the peer has sent before can still
   * be read; what we have sent before still goes out.
   */
  abort(cause: unknown, initiator: Initiator): void {
    this.#failHalves(cause, initiator);
    this.link.discard(cause);
  }

  /**
   * The parent connection is gone. A source reads on what is under way: the peer may have ended the
   * stream in order before it closed the parent.
   */
  orphan(cause: unknown, how: ParentEnd): void {
    this.#idleAlarm.clear();
    this.#orphan.begin(cause);
    if (this.#options.hasExtension) this.#confirmation.lose(cause);
    if (how === 'lost' && this.sourceState.phase === 'open') {
      this.#failSink(cause, 'remote');
      // Nothing more is sent, which the peer learns at once; what is under way is read on.
      if (this.sinkState.phase === 'failed') this.link.end();
      this.#orphan.touch();
      return;
    }
    this.#failHalves(cause, how === 'lost' ? 'remote' : 'local');
    if (how === 'aborted') this.link.destroy(cause);
    else this.link.discard(cause);
  }

  /** Ends the connection if both halves are finished and it is our turn. */
  maybeEnd(): void {
    const { link, sinkState, sourceState } = this;
    if (!sinkState.isFinished || !sourceState.isFinished) return;
    if (sinkState.phase === 'failed' || sourceState.phase === 'failed') {
      link.discard(sinkState.cause ?? sourceState.cause);
      return;
    }
    if (link.phase !== 'open') return;
    if (sinkState.phase === 'unopened' && sourceState.phase === 'unopened') return;
    const { environment } = this.parent;
    const mayEnd = mayEndConnection({
      naming: this.#naming,
      isAccepted: this.#options.isAccepted,
      hasExtension: this.#options.hasExtension,
      isPeerEnded: link.isPeerEnded,
      hasSink: sinkState.phase !== 'unopened',
      isFinSentAtOnce: environment.compatibility.isFinSentAtOnce,
    });
    if (mayEnd) link.end();
    if (mayEnd || this.#naming !== 'calling') this.#finishInTime();
  }

  onData(chunk: Buffer): void {
    if (this.sourceState.phase === 'ended') {
      this.#onDataAfterEos();
      return;
    }
    this.input.push(chunk);
    if (this.input.isWaiting) this.#sourceListener?.onChange();
    else this.#takeEmptyStream();
    this.input.regulate();
    this.#orphan.touch();
  }

  readInto(): Buffer | undefined {
    return this.input.readInto();
  }

  onEnd(): void {
    if (!this.#isComplete()) this.#loseInput();
    if (!this.#options.hasExtension && this.sourceState.phase !== 'open') this.confirmEos();
    if (this.sourceState.phase === 'open') return;
    if (this.#naming === 'named' || this.#naming === 'refused' || !this.#options.isAccepted) {
      this.maybeEnd();
    } else if (this.parent.environment.compatibility.isFinSentAtOnce) this.link.end();
  }

  onClose(): void {
    this.#orphan.end();
    this.#finishAlarm.clear();
    if (!this.#isComplete()) {
      const { cause } = this.link;
      this.#failSink(cause, 'transport');
      this.#endInput(this.#orphan.cause ?? cause);
    }
    this.#endConfirmation();
    this.#maybeForget();
  }

  /** A connection that no call names is of no use. */
  #awaitNaming(): void {
    const { childIdleMs } = this.parent.environment.limits;
    this.#idleAlarm.set(childIdleMs, () => {
      const cause = new ClosedError(`no call named the stream within ${childIdleMs} ms`, 'local');
      this.abort(cause, 'local');
      this.setNaming('refused');
    });
  }

  /**
   * The end of a stream without messages counts as taken though nobody reads it: a handler that only
   * sends need not look at what it never gets.
   */
  #takeEmptyStream(): void {
    if (this.sourceState.phase !== 'open') return;
    try {
      if (!this.input.isEmptyStream()) return;
    } catch (error) {
      this.failSource(error);
      return;
    }
    this.#isEosOwed = true;
    this.#onEosTaken();
  }

  #onEosTaken(): void {
    this.sourceState.finish();
    this.#tellPeer('eos-taken');
    if (!this.#options.hasExtension && this.link.isPeerEnded) this.confirmEos();
    const isMoreHeld = this.input.heldBytes > 0;
    // Nothing is worth a pause any more, and the peer's end must not be missed.
    this.input.drop();
    if (isMoreHeld) this.#onDataAfterEos();
    else this.maybeEnd();
  }

  #onDataAfterEos(): void {
    if (this.parent.environment.compatibility.isDataAfterEosIgnored) {
      this.maybeEnd();
      return;
    }
    const error = new ProtocolError('the peer sent a message after end of stream', 'stream');
    this.parent.environment.log.write('warn', `${this.parent.name}: `, error.message);
    this.abort(error, 'remote');
  }

  #tellPeer(kind: ControlMessage['kind']): void {
    if (this.#options.hasExtension) this.parent.tellPeer({ kind, streamId: this.id });
  }

  /** Why no more messages come, once all whole ones are taken. */
  #inputEnd(): unknown {
    const { cutFrame, end } = this.input;
    if (cutFrame === undefined || !this.link.isPeerEnded) return end;
    return new StreamClosedError(`unexpected eof ${cutFrame}`, 'remote', end);
  }

  #failHalves(cause: unknown, initiator: Initiator): void {
    this.#failSink(cause, initiator);
    if (this.sourceState.phase === 'unopened') this.sourceState.fail(cause, initiator);
    this.#endInput(cause);
  }

  #failSink(cause: unknown, initiator: Initiator): void {
    if (!this.sinkState.fail(cause, initiator)) return;
    this.#sinkListener?.onChange();
    this.#confirmation.lose(this.sinkState.closedError());
  }

  /** Whether both directions are over and nobody can open one any more: an end that harms nothing. */
  #isComplete(): boolean {
    const { sinkState, sourceState } = this;
    if (!sinkState.isFinished || !sourceState.isFinished) return false;
    if (this.isAccepted) return sourceState.phase === 'ended' && this.link.phase !== 'open';
    return sinkState.phase === 'ended' && this.#naming === 'named';
  }

  #loseInput(): void {
    this.#failSink(new ClosedError('the peer has closed the stream', 'remote'), 'remote');
    this.#endInput(
      this.#orphan.cause ??
        new StreamClosedError('the peer closed the stream without end of stream', 'remote'),
    );
  }

  #endInput(cause: unknown): void {
    if (this.input.close(cause)) this.#sourceListener?.onChange();
  }

  /** Whether the peer can't open our source any more, so that what comes is of no use. */
  #isSourceUnwanted(): boolean {
    if (this.sourceState.phase !== 'unopened') return false;
    return this.#naming === 'named' || this.#naming === 'refused';
  }

  /** Leaves the parent's table once the link is closed and nobody can ask for the stream any more. */
  #maybeForget(): void {
    if (this.link.phase !== 'closed') return;
    const isOrphaned = this.#orphan.cause !== undefined;
    if (mayStillBeNamed(this.#naming, this.isAccepted, isOrphaned)) return;
    if (this.#options.hasExtension && this.isUnconfirmed) return;
    this.parent.removeChild(this.id, this.#isBroken());
  }

  /** Whether the peer or the network ended the stream before its time, or nothing ever came of it. */
  #isBroken(): boolean {
    const { sinkState, sourceState } = this;
    if (!sinkState.wasOpen && !sourceState.wasOpen) return true;
    return sinkState.isBroken || sourceState.isBroken;
  }

  /**
   * The link is closed. Between two of us the confirmation travels on the main connection and may
   * come a little later; a Seastar's is its end of the link, which counts if our reader finds the
   * end of stream before it.
   */
  #endConfirmation(): void {
    if (this.sinkState.phase !== 'ended') return;
    const { link } = this;
    const cause = (): ClosedError =>
      new ClosedError('the stream closed unconfirmed', 'remote', link.cause);
    if (this.#options.hasExtension) {
      this.#confirmation.loseAfter(this.parent.environment.limits.orphanTimeoutMs, cause);
    } else if (this.#confirmation.isPending) {
      if (!link.isPeerEnded || this.sourceState.phase !== 'open') this.#confirmation.lose(cause());
    }
  }

  /** A peer that does not end its finished connection must not keep ours for ever. */
  #finishInTime(): void {
    if (this.#confirmation.isAwaited) return;
    const { finishTimeoutMs } = this.parent.environment.limits;
    this.#finishAlarm.set(finishTimeoutMs, () => {
      this.link.discard(new ClosedError('the peer did not end a finished stream', 'remote'));
    });
  }
}
