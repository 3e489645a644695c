import type { Readable } from 'node:stream';
import type { Surroundings } from '../../base/surroundings.ts';
import { optionsOf } from '../../base/public-function.ts';
import type { OptionTable } from '../../base/read-options.ts';
import { MisuseError, UnsupportedError } from '../../errors/errors.ts';
import { SERIALIZER, type Serializer } from '../../serializer/serializer.ts';
import type { SingleOf } from '../../types/single-of.ts';
import type {
  BatchOptions,
  Sink,
  SinkOptions,
  Source,
  WaitOptions,
} from '../../types/sink-source.ts';
import type { TupleSerializer } from '../../types/tuple-serializer.ts';
import {
  isByteReadable,
  isByteStream,
  messagesToByteReadable,
  messagesToByteStream,
} from './byte-adapters.ts';
import { sourceToReadable } from './node-adapters.ts';
import { ChildConnection } from '../child/child-connection.ts';
import { checkBuffer } from '../half/message-memory.ts';
import { SingleIterator, SourceIterator } from './source-iterator.ts';
import type { SourceHalf } from '../half/source-half.ts';
import { type AckMode, Acknowledging } from '../resume/acknowledging.ts';
import { CHECKSUM, DEFAULT_TERMS, RESUMABLE, resumableTerms } from '../resume/resumable-option.ts';
import type { SourceStream } from './source-stream.ts';
import { StreamSink } from './stream-sink.ts';
import { sourceToReadableStream } from './web-adapters.ts';

const SINK_OPTIONS: OptionTable<SinkOptions<unknown[]>> = Object.freeze({
  serializer: SERIALIZER,
  resumable: RESUMABLE,
  checksum: CHECKSUM,
});

type OwnStream = ChildConnection | SourceStream;

/**
 * A {@link Source} over a child connection. It holds no state of the stream, so that it is noticed
 * when it is dropped.
 */
export class StreamSource<T extends unknown[]> implements Source<T> {
  readonly '~stream': 'source' = 'source';
  readonly #half: SourceHalf<T>;
  readonly #stream: OwnStream;
  /** Made for a plain stream when somebody asks for it. */
  #acks: Acknowledging | undefined;
  #isIterated = false;

  constructor(half: SourceHalf<T>, stream: OwnStream) {
    this.#half = half;
    this.#stream = stream;
    half.child.parent.leaks.watch(this, half);
  }

  get '~surroundings'(): Surroundings {
    return this.#half.child.parent.environment;
  }

  get id(): bigint {
    return this.#stream.id;
  }

  get bufferedBytes(): number {
    return this.#half.bufferedBytes;
  }

  get receivedMessages(): number {
    return this.#half.receivedMessages;
  }

  get ack(): AckMode {
    return this.#acknowledging.mode;
  }

  set ack(mode: AckMode) {
    this.#acknowledging.setMode(mode);
  }

  get wantsManualAck(): boolean {
    return this.#acknowledging.isManualWished;
  }

  get acknowledgedMessages(): number {
    return this.#acknowledging.acknowledgedItems(this.receivedMessages);
  }

  acknowledge(upTo: number = this.receivedMessages): void {
    this.#acknowledging.acknowledge(upTo, this.receivedMessages);
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

  async readInto(buffer: Uint8Array, options?: WaitOptions): Promise<number | undefined> {
    checkBuffer(buffer);
    this.#half.borrow();
    const message = await this.#half.read(this, options, buffer);
    // A read into a buffer gives the length.
    return message?.[0] as number | undefined;
  }

  borrowed(): AsyncIterableIterator<SingleOf<T>> {
    return new SingleIterator<T>(this, this.#iterated, 'borrowed');
  }

  cancel(reason?: unknown): void {
    this.#half.cancel(reason);
  }

  makeSink<U extends unknown[]>(options: SinkOptions<U> = {}): Sink<U> {
    const own = optionsOf<SinkOptions<U>>('source.makeSink', options, SINK_OPTIONS);
    const stream = this.#stream;
    const terms = resumableTerms(own.resumable, own.checksum);
    // TupleSerializer is the public view of Serializer; there is no other implementation.
    const serializer = own.serializer as Serializer | undefined;
    if (stream instanceof ChildConnection) {
      if (terms?.isOptional === false) throw new UnsupportedError('a resumable stream', 3);
      return this.#makePlainSink(stream, own.serializer);
    }
    return new StreamSink<U>(stream.makeSink(serializer, terms ?? DEFAULT_TERMS));
  }

  #makePlainSink<U extends unknown[]>(
    child: ChildConnection,
    serializer: TupleSerializer<U> | undefined,
  ): Sink<U> {
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
    return StreamSink.over<U>(child, serializer);
  }

  pause(): void {
    this.#setPaused(true);
  }

  resume(): void {
    this.#setPaused(false);
  }

  #setPaused(isPaused: boolean): void {
    const stream = this.#stream;
    if (stream instanceof ChildConnection) stream.input.setPaused(isPaused);
    else stream.setPaused(isPaused);
  }

  get #acknowledging(): Acknowledging {
    const stream = this.#stream;
    if (!(stream instanceof ChildConnection)) return stream.acks;
    return (this.#acks ??= new Acknowledging());
  }

  toReadable(form?: Parameters<Source['toReadable']>[0]): Readable {
    if (!isByteReadable(form)) return sourceToReadable(this);
    return messagesToByteReadable(new SingleIterator<T>(this, this.#iterated, 'own'));
  }

  toReadableStream(form?: Parameters<Source['toReadableStream']>[0]): ReadableStream<T[0]> {
    if (!isByteStream(form)) return sourceToReadableStream(this);
    // Messages of bytes have one member, which is a Uint8Array.
    return messagesToByteStream(this.borrowed());
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return new SourceIterator(this, this.#iterated);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.cancel(new Error('the source was disposed of'));
    return Promise.resolve();
  }

  /** The half, for the one iteration. */
  get #iterated(): SourceHalf<T> {
    if (this.#isIterated) throw new MisuseError('a source can be iterated once', 'stream');
    this.#isIterated = true;
    return this.#half;
  }
}
