import type { FrameInput } from '../../connection/link/frame-input.ts';
import type { Initiator } from '../../errors/rpc-error.ts';
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

  constructor(input: FrameInput<unknown>) {
    this.#input = input;
  }

  openSink(listener: HalfListener): void {
    this.sinkState.open();
    this.sinkListener = listener;
  }

  openSource(listener: HalfListener): void {
    this.sourceState.open();
    this.sourceListener = listener;
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
}
