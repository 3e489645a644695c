import type { StreamFigures } from '../../diagnostics/stream-figures.ts';
import type { Serializer } from '../../serializer/serializer.ts';
import type { WaitOptions } from '../../types/sink-source.ts';
import type { HalfState } from '../half/half-state.ts';
import type { Leakable } from '../half/leaks.ts';
import type { NamedStream } from '../half/named-stream.ts';
import type { Parent } from '../half/parent.ts';
import type { ProducerProgress } from '../resume/producer-progress.ts';

/** A verb's stream, as its sink and the values that name it see it. */
export interface SinkStream extends NamedStream {
  /** The id by which values name it. */
  readonly id: bigint;
  readonly parent: Pick<Parent, 'environment' | 'leaks'>;
  readonly sinkState: HalfState;
  /** Whether the sink was passed in a value; passing it a second time is a mistake. */
  readonly isSinkPassed: boolean;
}

/** The sending half behind a `StreamSink`: of a child connection, or of a stream that may have several. */
export interface SendingHalf extends Leakable {
  readonly child: SinkStream;
  readonly serializer: Serializer;
  /** Whether it takes messages. */
  readonly isOpen: boolean;
  readonly bufferedBytes: number;
  /** The number of messages that were sent. */
  readonly sentMessages: number;
  readonly ended: Promise<void>;
  /** Why nothing of the stream can arrive any more; undefined while it may, or has. */
  readonly loss: Error | undefined;
  /** What the reader of a resumable stream has told; undefined for a plain one. */
  readonly progress?: ProducerProgress | undefined;
  /** Takes the serializer that a verb declares for it, unless it has one of its own or has sent. */
  adoptSerializer(declared: Serializer): void;
  figures(): StreamFigures;
  send(message: unknown[]): Promise<void> | undefined;
  /** Memory of so many bytes for a message, which is used again once the stream is done with it. */
  take(bytes: number): Buffer;
  flush(options?: WaitOptions): Promise<void>;
  close(): Promise<void>;
  closeAndConfirm(options?: WaitOptions): Promise<void>;
  abort(reason: unknown): void;
}
