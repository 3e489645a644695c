import type { TakeWhole } from '../../base/take-whole.ts';
import type { Agreed, AgreedWithId } from '../../connection/handshake/agreed.ts';
import { FrameInput } from '../../connection/link/frame-input.ts';
import type { Link } from '../../connection/link/link.ts';
import type { LinkReceiver } from '../../connection/link/link-receiver.ts';
import type { StreamSnapshot } from '../../diagnostics/snapshot.ts';
import type { WatchedCall } from '../../diagnostics/watched-call.ts';
import { CanceledError } from '../../errors/errors.ts';
import type { Initiator } from '../../errors/rpc-error.ts';
import { encodeEos, EOS, StreamFrameDecoder } from '../../wire/stream-frame.ts';
import { ChildEnding } from './child-ending.ts';
import {
  onDataAfterEos,
  onEosTaken,
  type ReadChild,
  takeEmptyStream,
  tellOfReader,
} from './child-eos.ts';
import { inputEnd, isSourceUnwanted, receivedMessages, tellingOfHalves } from './child-facts.ts';
import { ChildHalves } from './child-halves.ts';
import { snapshotChild } from './child-snapshot.ts';
import type { HalfListener, ParentEnd } from '../half/half-listener.ts';
import type { SinkCarrier, SourceCarrier } from '../half/half-carrier.ts';
import { blamedFor, type HalfState } from '../half/half-state.ts';
import type { InputCall, NamedStream, Naming, Telling } from '../half/named-stream.ts';
import type { Parent } from '../half/parent.ts';

/**
 * The connection of one stream: two halves that end separately, over one link, and the rules by
 * which they end. The user sees the halves as `StreamSink` and `StreamSource`.
 */
export class ChildConnection
  implements LinkReceiver, ReadChild, SinkCarrier, SourceCarrier, NamedStream
{
  readonly id: bigint;
  readonly link: Link;
  readonly parent: Parent;
  readonly input: FrameInput<typeof EOS>;
  readonly sinkState: HalfState;
  readonly sourceState: HalfState;
  readonly agreed: Agreed;
  readonly losesWriter = true;
  /** Whether the sink was passed in a value; passing it a second time is a mistake. */
  isSinkPassed = false;
  inputOf: InputCall | undefined;
  onTold: (() => void) | undefined;
  naming: Naming = 'unnamed';
  readonly #halves: ChildHalves;
  #isFailureTold = false;
  #endingLater: ChildEnding | undefined;

  constructor(link: Link, agreed: AgreedWithId, parent: Parent) {
    this.id = agreed.connectionId;
    this.link = link;
    this.parent = parent;
    this.agreed = agreed;
    const { limits } = parent.environment;
    const decoder = new StreamFrameDecoder(limits.maxStreamMessageBytes);
    this.input = new FrameInput(link, decoder, agreed.compressor, limits);
    this.#halves = new ChildHalves(this.input);
    this.sinkState = this.#halves.sinkState;
    this.sourceState = this.#halves.sourceState;
  }

  /** Whether the peer's reader may still take our end of stream. */
  get isUnconfirmed(): boolean {
    return this.#endingLater?.isUnconfirmed === true;
  }

  get telling(): Telling {
    if (this.#isFailureTold || this.#endingLater?.isLossTold === true) return 'told';
    return this.#endingLater?.isConfirmationAwaited === true ? 'pending' : tellingOfHalves(this);
  }

  get receivedMessages(): number {
    return receivedMessages(this);
  }

  /** The directions that are open, or have an unconfirmed end. */
  snapshot(): StreamSnapshot[] {
    return snapshotChild(this, this.#halves.sinkListener, this.#halves.sourceListener);
  }

  /** Made when it is needed first. */
  get ending(): ChildEnding {
    return (this.#endingLater ??= new ChildEnding(this, this.#halves));
  }

  /** Takes the link over from its negotiation, with the bytes that came behind it. */
  start(rest: Buffer): void {
    if (this.agreed.isAccepted) this.ending.awaitName();
    this.link.handOver(this);
    if (rest.length > 0) this.onData(rest);
    if (this.link.phase === 'open') this.link.resume();
    this.input.regulate();
  }

  /** Opens the sending half. */
  openSink(listener: HalfListener): void {
    this.#halves.openSink(listener, this.id);
  }

  /** Opens the receiving half. */
  openSource(listener: HalfListener): void {
    this.#halves.openSource(listener, this.id);
    takeEmptyStream(this);
    // A peer may name a stream that is over; its reader must not wait.
    if (this.link.phase === 'closed') this.#halves.endInput(this.link.cause);
  }

  setCall(call: WatchedCall | undefined): void {
    this.#halves.setCall(call);
  }

  /** Its sink is on its way in a value. */
  onPassed(): void {
    this.isSinkPassed = true;
  }

  /** The value with its sink was not sent: the sink can be passed in another value. */
  onUnsent(): void {}

  /** A call names the stream now; or that call was answered, or has failed. */
  setNaming(naming: Naming): void {
    this.naming = naming;
    const ending = this.ending;
    ending.onNaming(naming);
    if (isSourceUnwanted(this)) this.input.release();
    ending.maybeEnd();
    ending.maybeForget();
  }

  /** The next message or EOS; undefined when the reader must wait. Throws when no more can come. */
  nextFrame(): Buffer | typeof EOS | undefined {
    let frame: Buffer | typeof EOS | undefined;
    try {
      frame = this.input.next();
    } catch (error) {
      this.abortSource(error);
      throw this.sourceState.closedError();
    }
    if (frame === EOS && this.sourceState.phase === 'open') onEosTaken(this);
    // The end of a stream without messages was taken before its reader asked.
    if (frame === undefined && this.sourceState.phase === 'ended') return EOS;
    if (frame !== undefined || !this.input.isEnded) return frame;
    const end = inputEnd(this);
    this.sourceState.abort(end, blamedFor(end));
    if (this.link.isPeerEnded) this.ending.loseConfirmation(this.sourceState.closedError());
    this.ending.maybeEnd();
    const error = this.sourceState.closedError();
    if (error.initiator !== 'local') this.inputOf?.loseInput(error);
    throw error;
  }

  takeWhole<M>(into: M[], take: TakeWhole<M>): void {
    this.input.takeWhole(into, take);
  }

  /** Whether a reader waits for the next frame. */
  setSourceWaiting(isWaiting: boolean): void {
    this.input.setWaiting(isWaiting);
    this.#endingLater?.touch();
  }

  /** A message can't be read: fails both halves of the stream. */
  abortSource(error: unknown): void {
    this.sourceState.abort(error, 'remote');
    this.input.release();
    this.abort(error, 'remote');
  }

  /**
   * The reader wants no more. If there is a sink, it may go on, and a producer that speaks our
   * extension is told. Without a sink the connection is given up, which any producer notices.
   */
  cancelSource(cause: unknown): void {
    if (!this.sourceState.abort(cause, 'local')) return;
    this.input.release();
    this.#halves.sourceListener?.onChange();
    this.ending.maybeEnd();
    if (this.link.phase === 'open') tellOfReader(this, 'canceled');
  }

  /** The peer's reader wants no more of our sink. */
  onSinkCanceled(): void {
    this.#halves.abortSink(new CanceledError('stream', undefined, 'remote'), 'remote');
    this.ending.maybeEnd();
  }

  writeEos(): void {
    this.link.writer.writeFrame(encodeEos());
  }

  /** End of stream was written: the sending half is finished. */
  onEosSent(): void {
    this.sinkState.finish();
    if (this.sinkState.phase === 'ended') this.ending.onEosSent();
    this.ending.maybeEnd();
  }

  /** Resolves when the peer's reader has taken our end of stream; there is no time limit. */
  whenConfirmed(): Promise<void> {
    return this.ending.whenConfirmed();
  }

  /** The peer's reader has taken our end of stream. */
  confirmEos(): void {
    this.#endingLater?.confirmEos();
  }

  /**
   * Ends the halves that are not finished, with one cause. Messages that the peer has sent can
   * still be read. Messages that we have sent still go out.
   */
  abort(cause: unknown, initiator: Initiator): void {
    this.#halves.abort(cause, initiator);
    this.link.close(cause);
  }

  onTellFailure(): void {
    if (this.#isFailureTold) return;
    this.#isFailureTold = true;
    this.onTold?.();
  }

  /** The parent connection is gone. */
  loseParent(cause: unknown, how: ParentEnd): void {
    this.ending.loseParent(cause, how);
  }

  onData(chunk: Buffer): void {
    if (this.sourceState.phase === 'ended') {
      onDataAfterEos(this);
      return;
    }
    this.input.push(chunk);
    if (this.input.isWaiting) this.#halves.sourceListener?.onChange();
    else takeEmptyStream(this);
    this.input.regulate();
    this.#endingLater?.touch();
  }

  readInto(): Buffer | undefined {
    return this.input.readInto();
  }

  onEnd(): void {
    this.ending.onPeerEnd();
  }

  onClose(): void {
    this.ending.onClose();
  }
}
