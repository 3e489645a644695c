import type { FrameInput } from '../../connection/link/frame-input.ts';
import type { Initiator } from '../../errors/rpc-error.ts';
import type { WatchedCall } from '../../diagnostics/watched-call.ts';
import { tellHalf, type ToldHalf } from '../half/half-events.ts';
import type { HalfListener } from '../half/half-listener.ts';
import { HalfState } from '../half/half-state.ts';

/**
 * The two directions of a child connection: their states, and the listeners that are told of
 * failures.
 */
export class ChildHalves {
  readonly sinkState: HalfState = new HalfState();
  readonly sourceState: HalfState = new HalfState();
  /** Also told when there is more to read. */
  sourceListener: HalfListener | undefined;
  sinkListener: HalfListener | undefined;
  readonly #input: FrameInput<unknown>;
  /** The directions that somebody watches; undefined for none. */
  #told: ToldHalf[] | undefined;
  /** The call that has named the stream, if somebody watches it. */
  #call: WatchedCall | undefined;

  constructor(input: FrameInput<unknown>) {
    this.#input = input;
  }

  /** @param id - of the child connection. */
  openSink(listener: HalfListener, id: bigint): void {
    this.sinkState.open();
    this.sinkListener = listener;
    const told = tellHalf('producer', id, this.sinkState, listener);
    told?.start(this.#call);
    this.#watch(told);
  }

  /** Subscribers are told of it when the call that has named it begins. */
  openSource(listener: HalfListener, id: bigint): void {
    this.sourceState.open();
    this.sourceListener = listener;
    this.#watch(tellHalf('consumer', id, this.sourceState, listener));
  }

  /** A call has named the stream. */
  setCall(call: WatchedCall | undefined): void {
    this.#call ??= call;
    for (const told of this.#told ?? []) told.start(call);
  }

  /**
   * Fails the halves that are not finished. A source reads all received messages before it fails.
   */
  abort(cause: unknown, initiator: Initiator): void {
    this.abortSink(cause, initiator);
    if (this.sourceState.phase === 'unopened') this.sourceState.abort(cause, initiator);
    this.endInput(cause);
  }

  abortSink(cause: unknown, initiator: Initiator): void {
    if (this.sinkState.abort(cause, initiator)) this.sinkListener?.onChange();
  }

  /** No more bytes will come. */
  endInput(cause: unknown): void {
    if (this.#input.close(cause)) this.sourceListener?.onChange();
  }

  #watch(told: ToldHalf | undefined): void {
    if (told !== undefined) (this.#told ??= []).push(told);
  }
}
