import type { Readable } from 'node:stream';
import type { Surroundings } from '../../base/surroundings.ts';
import { optionsOf } from '../../base/public-function.ts';
import type { OptionTable } from '../../base/read-options.ts';
import { MisuseError } from '../../errors/errors.ts';
import { SERIALIZER } from '../../serializer/serializer.ts';
import type {
  BatchOptions,
  Sink,
  SinkOptions,
  Source,
  WaitOptions,
} from '../../types/sink-source.ts';
import { sourceToReadable } from './node-adapters.ts';
import type { ChildConnection } from '../child/child-connection.ts';
import { SourceIterator } from './source-iterator.ts';
import type { SourceHalf } from '../half/source-half.ts';
import { StreamSink } from './stream-sink.ts';
import { sourceToReadableStream } from './web-adapters.ts';

const SINK_OPTIONS: OptionTable<SinkOptions<unknown[]>> = Object.freeze({ serializer: SERIALIZER });

/**
 * A {@link Source} over a child connection. It holds no state of the stream, so that it is noticed
 * when it is dropped.
 */
export class StreamSource<T extends unknown[]> implements Source<T> {
  readonly '~stream': 'source' = 'source';
  readonly #half: SourceHalf<T, ChildConnection>;
  #isIterated = false;

  constructor(half: SourceHalf<T, ChildConnection>) {
    this.#half = half;
    half.child.parent.leaks.watch(this, half);
  }

  get '~surroundings'(): Surroundings {
    return this.#half.child.parent.environment;
  }

  get id(): bigint {
    return this.#half.child.id;
  }

  get bufferedBytes(): number {
    return this.#half.bufferedBytes;
  }

  get receivedMessages(): number {
    return this.#half.child.receivedMessages;
  }

  get receivedBytes(): number {
    return this.#half.figures().bytes;
  }

  get ended(): Promise<void> {
    return this.#half.ended;
  }

  read(options?: WaitOptions): Promise<T | undefined> {
    return this.#half.read(this, options);
  }

  readBatch(options?: BatchOptions): Promise<T[] | undefined> {
    return this.#half.readBatch(this, options);
  }

  cancel(reason?: unknown): void {
    this.#half.cancel(reason);
  }

  makeSink<U extends unknown[]>(options: SinkOptions<U> = {}): Sink<U> {
    const own = optionsOf<SinkOptions<U>>('source.makeSink', options, SINK_OPTIONS);
    const { child } = this.#half;
    const { sinkState } = child;
    if (!child.agreed.isAccepted) {
      throw new MisuseError(
        'only the side that accepted a stream makes its second direction',
        'stream',
      );
    }
    if (sinkState.phase === 'failed') throw sinkState.closedError();
    if (sinkState.phase !== 'unopened') {
      throw new MisuseError('the sink of this stream was made before', 'stream');
    }
    if (child.link.phase !== 'open') throw sinkState.closedError();
    return StreamSink.over<U>(child, own.serializer);
  }

  pause(): void {
    this.#half.child.input.setPaused(true);
  }

  resume(): void {
    this.#half.child.input.setPaused(false);
  }

  toReadable(): Readable {
    return sourceToReadable(this);
  }

  toReadableStream(): ReadableStream<T[0]> {
    return sourceToReadableStream(this);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    if (this.#isIterated) throw new MisuseError('a source can be iterated once', 'stream');
    this.#isIterated = true;
    return new SourceIterator(this, this.#half);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.cancel(new Error('the source was disposed of'));
    return Promise.resolve();
  }
}
