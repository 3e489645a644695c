import type { TakeWhole } from '../../base/take-whole.ts';
import type { Link } from '../../connection/link/link.ts';
import type { Initiator } from '../../errors/rpc-error.ts';
import type { EOS } from '../../wire/stream-frame.ts';
import type { FrameInput } from '../../connection/link/frame-input.ts';
import type { HalfListener } from './half-listener.ts';
import type { HalfState } from './half-state.ts';
import type { Parent } from './parent.ts';

/** Carries a sink: one direction of a child connection, for as long as the sink lives. */
export interface SinkCarrier {
  /** The id of the child connection. */
  readonly id: bigint;
  readonly parent: Parent;
  readonly link: Link;
  readonly sinkState: HalfState;
  /** Opens the sending half. */
  openSink(listener: HalfListener): void;
  /** Writes end of stream after the given number of messages. */
  writeEos(sentMessages: number): void;
  /** End of stream was written: the sending half is finished. */
  onEosSent(): void;
  /** Resolves when the peer's reader has taken our end of stream; there is no time limit. */
  whenConfirmed(): Promise<void>;
  /** The user of the sink was told that it has failed. */
  onTellFailure?(): void;
  /** Ends the halves that are not finished, with a cause. Messages that were sent still go out. */
  abort(cause: unknown, initiator: Initiator): void;
}

/** The word to the peer about a reader. */
interface SettlingReading {
  /** Whether the end was taken, and not all is acknowledged. */
  readonly isSettling: boolean;
  /** The reader wants no more, and will acknowledge no more. */
  tellCancel(cause: unknown): void;
}

/** Carries a source: one direction of a child connection, for as long as the source lives. */
export interface SourceCarrier {
  /** The id of the child connection. */
  readonly id: bigint;
  readonly parent: Parent;
  readonly link: Link;
  readonly input: FrameInput<unknown>;
  /** The number of messages that were read. */
  readonly receivedMessages: number;
  readonly sourceState: HalfState;
  /** Opens the receiving half. */
  openSource(listener: HalfListener): void;
  /**
   * The next message or end of stream; undefined when the reader has to wait. Throws when no more
   * can come.
   */
  nextFrame(): Buffer | typeof EOS | undefined;
  /**
   * Lets `take` append the messages that are there as a whole; `nextFrame` finds the rest. With a
   * `resumption` it may take views only.
   */
  takeWhole<M>(into: M[], take: TakeWhole<M>): void;
  /** Whether a reader waits for the next frame. */
  setSourceWaiting(isWaiting: boolean): void;
  /** A message can't be read: fails the stream. */
  abortSource(error: unknown): void;
  /** The reader was told that the stream has failed. */
  onTellFailure?(): void;
  /** The reader wants no more. */
  cancelSource(cause: unknown): void;
  /** Undefined where nothing is acknowledged. */
  readonly resumption?: SettlingReading | undefined;
}
