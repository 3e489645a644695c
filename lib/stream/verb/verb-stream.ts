import type { Alarm } from '../../base/alarm.ts';
import type { StreamSnapshot } from '../../diagnostics/snapshot.ts';
import type { WatchedCall } from '../../diagnostics/watched-call.ts';
import { CanceledError, ClosedError, ProtocolError } from '../../errors/errors.ts';
import { isInstance } from '../../errors/foreign.ts';
import type { Initiator } from '../../errors/rpc-error.ts';
import { NO_HANDLES } from '../../serializer/no-handles.ts';
import type { Serializer } from '../../serializer/serializer.ts';
import { startIdleAlarm } from '../child/child-alarms.ts';
import { closedBy, HalfState } from '../half/half-state.ts';
import type { InputCall, Naming, Telling } from '../half/named-stream.ts';
import type { Parent } from '../half/parent.ts';
import { SourceHalf } from '../half/source-half.ts';
import { Acknowledging } from '../resume/acknowledging.ts';
import type { ResumableTerms } from '../resume/resumable-terms.ts';
import type { SinkStream } from '../user/sending-half.ts';
import type { SourceStream } from '../user/source-stream.ts';
import { RetainedSink } from '../value/retained-sink.ts';
import { type MakeLane, MovingStream } from './moving-stream.ts';
import { RetainedHalf } from './retained-half.ts';
import type { StreamLane } from './stream-lane.ts';
import { ToldHalves } from './told-halves.ts';
import { checkMayMakeSink, isStreamOver, mayBeNamed, tellingOfStream } from './verb-end.ts';
import { snapshotVerbStream } from './verb-snapshot.ts';
import type { VerbSegment } from './verb-segment.ts';
import type { VerbSession } from './verb-session.ts';

/**
 * A resumable stream of a verb at one end: two directions that end separately. A direction that no
 * call can open any more counts as over.
 *
 *     open --both directions over, lose--> over
 */
export class VerbStream extends MovingStream implements SinkStream, SourceStream {
  readonly parent: Pick<Parent, 'environment' | 'leaks'>;
  readonly sinkState: HalfState = new HalfState();
  readonly acks: Acknowledging = new Acknowledging();
  isSinkPassed = false;
  inputOf: InputCall | undefined;
  onTold: (() => void) | undefined;
  readonly #owner: VerbSession<VerbStream>;
  #sink: RetainedHalf | undefined;
  #source: SourceHalf<unknown[], VerbSegment> | undefined;
  #naming: Naming = 'unnamed';
  /** See `startIdleAlarm`. */
  #idleAlarm: Alarm | undefined;
  #isFailureTold = false;
  #hasEnded = false;
  readonly #told: ToldHalves;

  constructor(owner: VerbSession<VerbStream>, id: bigint, makeLane: MakeLane) {
    super(id, makeLane, owner.environment.clock);
    this.#owner = owner;
    this.parent = owner;
    this.#told = new ToldHalves(id);
    this.segment.onToldFailure = () => this.#onReaderTold();
  }

  get naming(): Naming {
    return this.#naming;
  }

  get isSinkOver(): boolean | undefined {
    return this.#sink?.isOver;
  }

  /** Whether it is over. No call follows it: see `NamedStream.isOver`. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** The sending direction; undefined while there is none. */
  get sink(): RetainedSink | undefined {
    return this.#sink?.sink;
  }

  override get unfinishedSink(): RetainedSink | undefined {
    return this.#sink?.isOver === false ? this.#sink.sink : undefined;
  }

  get receivedMessages(): number {
    return this.segment.receivedMessages;
  }

  get telling(): Telling {
    const isAwaited = this.segment.isWaiting || this.sink?.room.isAwaited === true;
    return tellingOfStream(this, this.#isFailureTold, isAwaited);
  }

  /** The directions that are open, or have an end that the peer has not taken. */
  snapshot(): StreamSnapshot[] {
    return snapshotVerbStream(this, this.#sink, this.#source);
  }

  /** Its first connection is there, with the bytes that came behind the negotiation. */
  start(rest: Buffer): void {
    this.watchName();
    this.lane?.start(rest);
  }

  /** Gives it up if no call names it in time, while there is a main connection. */
  watchName(): void {
    if (!this.isAccepted || this.#naming !== 'unnamed') return;
    this.#idleAlarm = startIdleAlarm(this.#owner.environment, (cause) => {
      this.abort(cause);
      this.setNaming('refused');
    });
  }

  /** The main connection is gone. */
  park(cause: unknown): void {
    this.#idleAlarm?.clear();
    this.moveOn(cause);
  }

  /** Opens the sending direction. */
  openSink(serializer: Serializer | undefined, terms: ResumableTerms): RetainedHalf {
    const { environment, memory } = this.#owner;
    const own = serializer ?? environment.serializer;
    const onUnacknowledged = (): void => this.#told.onUnacknowledged();
    const told = { ...terms, onUnacknowledged };
    const sink = new RetainedSink(environment, own, NO_HANDLES, told, memory);
    const half = new RetainedHalf(this, sink, {
      isSerializerOpen: serializer === undefined,
      windowBytes: terms.windowBytes,
    });
    this.#sink = half;
    this.#told.add('producer', this.sinkState, half);
    this.begin(sink);
    return half;
  }

  makeSink(serializer: Serializer | undefined, terms: ResumableTerms): RetainedHalf {
    checkMayMakeSink(this);
    return this.openSink(serializer, terms);
  }

  /** Opens the receiving direction. */
  openSource<T extends unknown[]>(serializer: Serializer): SourceHalf<T, VerbSegment> {
    const half = new SourceHalf<T, VerbSegment>(this.segment, serializer as Serializer<T>);
    // Its messages are not looked at here.
    this.#source = half as unknown as SourceHalf<unknown[], VerbSegment>;
    this.#told.add('consumer', this.segment.sourceState, half);
    this.acks.begin(half, this.reading);
    this.segment.takeEmptyStream();
    return half;
  }

  setCall(call: WatchedCall | undefined): void {
    this.#told.setCall(call);
  }

  onPassed(): void {
    this.isSinkPassed = true;
  }

  onUnsent(): void {}
  /** The call that names it was not received, and is sent again. */
  passAgain(): void {
    this.isSinkPassed = false;
    this.#naming = 'unnamed';
  }

  setNaming(naming: Naming, _cause?: unknown, mayHaveRun = false): void {
    // A handler that has run may read it: it goes on to its end, or until the server wants no more.
    this.#naming = naming === 'refused' && mayHaveRun ? 'named' : naming;
    this.#idleAlarm?.clear();
    this.refuseUnwanted();
    this.#maybeOver();
  }

  abort(cause: unknown, initiator: Initiator = 'local'): void {
    if (this.#sink === undefined) this.sinkState.abort(cause, initiator);
    else if (this.#sink.isOpen) this.#sink.abort(cause);
    this.onSinkAborted(cause);
    this.#maybeOver();
  }

  onSinkAborted(reason: unknown): void {
    if (this.#source === undefined) this.segment.cancelSource(reason);
    else this.#source.cancelWith(reason, closedBy(reason, 'local'));
  }

  onSinkOver(): void {
    // A peer that has broken the rules in one direction is not read any more in the other.
    const { cause } = this.sinkState.closedError();
    if (isInstance(cause, ProtocolError)) this.onSinkAborted(cause);
    this.#maybeOver();
  }

  onTellFailure(): void {
    if (this.#isFailureTold) return;
    this.#isFailureTold = true;
    this.onTold?.();
  }

  /** The peer's reader has come so far. */
  onAck(acknowledged: number, taken: number): void {
    if (this.#sink !== undefined) this.#sink.sink.onAck(acknowledged, taken);
    else if (taken > 0)
      this.break(new ProtocolError('the peer took messages of no sink', 'stream'));
  }

  /** The peer's reader has taken the end, and has acknowledged all. */
  confirm(): void {
    this.sink?.onDone();
  }

  /** Resolves when the peer's reader has taken the end of a sink that was closed; undefined for any other. */
  get confirmed(): Promise<void> | undefined {
    const isNamed = this.#naming === 'calling' || this.#naming === 'named';
    return isNamed && this.sinkState.phase === 'ended' ? this.sink?.ended : undefined;
  }

  /** The peer's reader wants no more. */
  onCanceled(): void {
    const cause = new CanceledError('stream', undefined, 'remote');
    if (this.#sink === undefined) this.sinkState.abort(cause, 'remote');
    else this.#sink.sink.cancel(cause);
    this.#maybeOver();
  }

  /** No connection will come any more: says which messages are certain. */
  lose(cause: Error): void {
    this.part(cause);
    if (!this.reading.isOver) this.inputOf?.loseInput(cause);
    const lost = this.unfinishedSink?.lose(cause) ?? cause;
    this.sinkState.abort(lost, 'transport');
    this.reading.lose(cause);
    this.#end();
  }

  override onOpened(lane: StreamLane): void {
    this.#owner.onOpened(lane, this);
  }

  override onClosed(lane: StreamLane): void {
    this.#owner.onClosed(lane);
  }

  override acknowledge(): void {
    this.#owner.acknowledge(this.reading);
  }

  override tellDone(): void {
    this.#owner.tellPeer({ kind: 'eos-taken', streamId: this.id, isKept: true });
  }

  override tellCanceled(): void {
    this.#owner.tellPeer({ kind: 'canceled', streamId: this.id, isKept: true });
  }

  override leave(): void {
    this.#owner.leave(this.reading);
    this.#maybeOver();
  }

  protected override onParted(): void {
    if (!this.#hasEnded) this.#owner.onParted(this);
  }

  protected override break(error: ProtocolError): void {
    this.abort(error, 'remote');
  }

  /** A client to which no call has given the other direction does not read it. */
  protected override refuseUnwanted(): void {
    const { input, sourceState } = this.segment;
    if (mayBeNamed(this) || sourceState.phase !== 'unopened' || input.heldBytes === 0) return;
    this.segment.cancelSource(new Error('nobody reads the stream'));
  }

  #maybeOver(): void {
    if (this.#hasEnded || !isStreamOver(this)) return;
    if (this.isAccepted) this.lane?.awaitPeerEnd();
    else this.lane?.end();
    this.#end();
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.attempts.end();
    this.#idleAlarm?.clear();
    const over = new ClosedError('the stream is over', 'local');
    this.unfinishedSink?.lose(over);
    this.reading.end();
    this.#owner.onOver(this);
  }

  #onReaderTold(): void {
    this.onTellFailure();
    // A message that can't be read fails both directions.
    const { sourceState } = this.segment;
    if (sourceState.isBroken && this.#sink?.isOpen === true) this.#sink.abort(sourceState.cause);
  }
}
