import type { Alarm } from '../../base/alarm.ts';
import { FrameInput } from '../../connection/link/frame-input.ts';
import type { Link, LinkReceiver } from '../../connection/link/link.ts';
import {
  CanceledError,
  ClosedError,
  type Initiator,
  ProtocolError,
  StreamClosedError,
} from '../../errors/errors.ts';
import type { ChildMessage } from '../../wire/main-message.ts';
import { encodeEos, EOS, StreamFrameDecoder } from '../../wire/stream-frame.ts';
import { startFinishAlarm, startIdleAlarm } from './child-alarms.ts';
import {
  type ChildFacts,
  endStep,
  inputEnd,
  isBroken,
  isComplete,
  isSourceUnwanted,
} from './child-facts.ts';
import type { ChildOptions, HalfListener, ParentEnd } from '../half/half-listener.ts';
import { mayStillBeNamed } from './end-policy.ts';
import { EosConfirmation } from './eos-confirmation.ts';
import type { SinkCarrier, SourceCarrier } from '../half/half-carrier.ts';
import { HalfState } from '../half/half-state.ts';
import type { NamedStream, Naming } from '../half/named-stream.ts';
import { OrphanWatch } from './orphan-watch.ts';
import type { Parent } from '../half/parent.ts';

/**
 * One stream's connection: two halves that end separately over one link, and the rules of who ends
 * what when. The halves' facades to the user are `StreamSink` and `StreamSource`.
 *
 * There may be many, and idle: what only some of them need is made when it is needed.
 */
export class ChildConnection
  implements LinkReceiver, ChildFacts, SinkCarrier, SourceCarrier, NamedStream
{
  readonly id: bigint;
  readonly link: Link;
  readonly parent: Parent;
  readonly input: FrameInput<typeof EOS>;
  readonly sinkState: HalfState = new HalfState();
  readonly sourceState: HalfState = new HalfState();
  readonly isAccepted: boolean;
  readonly hasExtension: boolean;

  /** Whether the sink was passed on in a value; a second time is a mistake. */
  isSinkPassed = false;
  #naming: Naming = 'unnamed';
  #sinkListener: HalfListener | undefined;
  #sourceListener: HalfListener | undefined;
  /** There is one from our end of stream on. */
  #confirmation: EosConfirmation | undefined;
  /** There is one from the end of the parent connection on. */
  #orphan: OrphanWatch | undefined;
  /** See `startIdleAlarm`. */
  #idleAlarm: Alarm | undefined;
  /** See `startFinishAlarm`. */
  #finishAlarm: Alarm | undefined;

  constructor(options: ChildOptions) {
    this.id = options.id;
    this.link = options.link;
    this.parent = options.parent;
    this.isAccepted = options.isAccepted;
    this.hasExtension = options.hasExtension;
    const { limits } = options.parent.environment;
    this.input = new FrameInput({
      link: options.link,
      decoder: new StreamFrameDecoder(limits.maxStreamMessageBytes),
      compressor: options.compressor,
      budget: limits,
    });
  }

  get naming(): Naming {
    return this.#naming;
  }

  /** Whether the peer's reader may still take our end of stream. Where no call named the stream there is no reader. */
  get isUnconfirmed(): boolean {
    if (this.#confirmation?.isPending !== true) return false;
    return this.#naming === 'calling' || this.#naming === 'named';
  }

  /** Takes the link over from its negotiation, with what came behind that. */
  start(rest: Buffer): void {
    if (this.isAccepted) {
      this.#idleAlarm = startIdleAlarm(this.parent.environment, (cause) => {
        this.abort(cause, 'local');
        this.setNaming('refused');
      });
    }
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
    // A peer may name a stream that is over; whoever reads it must not wait.
    if (this.link.phase === 'closed') this.#endInput(this.link.cause);
  }

  /** Its sink is on its way in a value. */
  onPassed(): void {
    this.isSinkPassed = true;
  }

  /** A value that its sink stood in was not sent: it can be passed in another. */
  onUnsent(): void {}

  /** A call names the stream now, was answered, or failed. */
  setNaming(naming: Naming): void {
    this.#naming = naming;
    this.#stopIdleAlarm();
    if (isSourceUnwanted(this)) this.input.drop();
    this.maybeEnd();
    this.#maybeForget();
  }

  /** The next message or end of stream; undefined when the reader has to wait. Throws when no more can come. */
  nextFrame(): Buffer | typeof EOS | undefined {
    let frame: Buffer | typeof EOS | undefined;
    try {
      frame = this.input.next();
    } catch (error) {
      this.failSource(error);
      throw this.sourceState.closedError();
    }
    if (frame === EOS && this.sourceState.phase === 'open') this.#onEosTaken();
    // The end of a stream without messages was taken ahead of its reader.
    if (frame === undefined && this.sourceState.phase === 'ended') return EOS;
    if (frame !== undefined || !this.input.isEnded) return frame;
    this.sourceState.fail(inputEnd(this), 'transport');
    if (this.link.isPeerEnded) this.#confirmation?.lose(this.sourceState.closedError());
    this.maybeEnd();
    throw this.sourceState.closedError();
  }

  takeWhole(into: Buffer[]): void {
    this.input.takeWhole(into);
  }

  /** Whether a reader waits for the next frame. */
  setSourceWaiting(isWaiting: boolean): void {
    this.input.setWaiting(isWaiting);
    this.#orphan?.touch();
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

  writeEos(): void {
    this.link.writer.writeFrame(encodeEos());
  }

  /** End of stream was written: this half is finished. */
  onEosSent(): void {
    this.sinkState.finish();
    if (this.sinkState.phase === 'ended') {
      this.#confirmation = new EosConfirmation(this, () => this.#maybeForget());
    }
    this.maybeEnd();
  }

  /** Resolves when the peer's reader has taken our end of stream, for as long as that takes. */
  whenConfirmed(): Promise<void> {
    return this.#confirmation?.wait() ?? Promise.reject(this.sinkState.closedError());
  }

  /** The peer's reader has taken our end of stream. */
  confirmEos(): void {
    this.#confirmation?.confirm();
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
    this.#stopIdleAlarm();
    this.#orphan ??= new OrphanWatch(this.parent.environment, this.input, cause, () =>
      this.abort(cause, 'remote'),
    );
    if (this.hasExtension) this.#confirmation?.lose(cause);
    if (how === 'lost' && this.sourceState.phase === 'open') {
      this.#failSink(cause, 'remote');
      // Nothing more is sent, which the peer learns at once; what is under way is read on.
      if (this.sinkState.phase === 'failed') this.link.end();
      this.#orphan.touch();
      return;
    }
    this.#failHalves(cause, how === 'lost' ? 'remote' : 'local');
    if (how === 'aborted') this.link.destroy(cause);
    else this.link.discard(cause, true);
  }

  /** Ends the connection if both halves are finished and it is our turn. */
  maybeEnd(): void {
    const step = endStep(this);
    if (step === 'none') return;
    if (step === 'discard') {
      this.link.discard(this.sinkState.cause ?? this.sourceState.cause);
      return;
    }
    if (step === 'end') this.link.end();
    this.#awaitPeerEnd();
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
    this.#orphan?.touch();
  }

  readInto(): Buffer | undefined {
    return this.input.readInto();
  }

  onEnd(): void {
    if (!isComplete(this)) this.#loseInput();
    if (!this.hasExtension && this.sourceState.phase !== 'open') this.confirmEos();
    if (this.sourceState.phase === 'open') return;
    if (this.#naming === 'named' || this.#naming === 'refused' || !this.isAccepted) {
      this.maybeEnd();
    } else if (this.parent.environment.compatibility.isFinSentAtOnce) this.link.end();
  }

  onClose(): void {
    this.#orphan?.end();
    this.#finishAlarm?.clear();
    if (!isComplete(this)) {
      const { cause } = this.link;
      this.#failSink(cause, 'transport');
      this.#endInput(this.#orphan?.cause ?? cause);
    }
    this.#confirmation?.onLinkClosed();
    this.#maybeForget();
  }

  /** Gives a finished connection up in time, but not while somebody waits for the reader at its other end. */
  #awaitPeerEnd(): void {
    this.#finishAlarm?.clear();
    this.#finishAlarm = startFinishAlarm(this.parent.environment, (cause) => {
      const confirmation = this.#confirmation;
      if (confirmation?.isAwaited === true && confirmation.isPending) this.#awaitPeerEnd();
      else this.link.discard(cause);
    });
  }

  #stopIdleAlarm(): void {
    this.#idleAlarm?.clear();
    this.#idleAlarm = undefined;
  }

  /**
   * The end of a stream without messages counts as taken though nobody reads it: a handler that only
   * sends need not look at what it never gets.
   */
  #takeEmptyStream(): void {
    if (this.sourceState.phase !== 'open') return;
    try {
      if (this.input.takenFrames > 0 || this.input.peek() !== EOS) return;
    } catch (error) {
      this.failSource(error);
      return;
    }
    this.#onEosTaken();
  }

  #onEosTaken(): void {
    this.sourceState.finish();
    this.#tellPeer('eos-taken');
    if (!this.hasExtension && this.link.isPeerEnded) this.confirmEos();
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

  #tellPeer(kind: ChildMessage['kind']): void {
    if (this.hasExtension) this.parent.tellPeer({ kind, streamId: this.id });
  }

  #failHalves(cause: unknown, initiator: Initiator): void {
    this.#failSink(cause, initiator);
    if (this.sourceState.phase === 'unopened') this.sourceState.fail(cause, initiator);
    this.#endInput(cause);
  }

  #failSink(cause: unknown, initiator: Initiator): void {
    if (this.sinkState.fail(cause, initiator)) this.#sinkListener?.onChange();
  }

  #loseInput(): void {
    this.#failSink(new ClosedError('the peer has closed the stream', 'remote'), 'remote');
    this.#endInput(
      this.#orphan?.cause ??
        new StreamClosedError('the peer closed the stream without end of stream', 'remote'),
    );
  }

  #endInput(cause: unknown): void {
    if (this.input.close(cause)) this.#sourceListener?.onChange();
  }

  /** Leaves the parent's table once the link is closed and nobody can ask for the stream any more. */
  #maybeForget(): void {
    if (this.link.phase !== 'closed') return;
    const isOrphaned = this.#orphan !== undefined;
    if (mayStillBeNamed(this.#naming, this.isAccepted, isOrphaned)) return;
    if (this.hasExtension && this.isUnconfirmed) return;
    // Nobody will ask; a timer that waits for it must not outlive the stream.
    this.#confirmation?.lose(this.link.cause);
    this.parent.removeChild(this.id, isBroken(this));
  }
}
