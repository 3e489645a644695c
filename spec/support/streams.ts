import {
  type Client,
  type Server,
  type Sink,
  type SinkOptions,
  type Source,
  verb,
} from '../../lib/index.ts';

/** One direction of a stream: where it is written, and where it is read at the other side. */
export interface Direction<T extends unknown[]> {
  readonly sink: Sink<T>;
  readonly source: Source<T>;
}

/** A stream in both directions: up to the server and down to the client. */
export interface TwoWay<T extends unknown[]> {
  readonly up: Direction<T>;
  readonly down: Direction<T>;
}

/** Verbs that name a stream and do nothing else. */
const CONSUME = verb<(input: Source) => void>(0x57_0001);
const EXCHANGE = verb<(input: Source) => Sink>(0x57_0002);

/**
 * Opens streams between a client and a server and hands both sides' ends to the test. The calls that
 * name them are answered at once. A server can have one of these.
 */
export class Streams {
  readonly #client: Client;
  readonly #sinkOptions: SinkOptions<unknown[]>;
  readonly #arrived: { source: Source; sink: Sink | undefined }[] = [];
  /** All ends, for as long as the server lives: one that is dropped would be given up as leaked. */
  readonly #held: object[] = [];
  readonly #holdsEnds: boolean;

  /**
   * @param sinkOptions - for the sinks of both directions.
   * @param holdsEnds - false for a test that drops ends on purpose.
   */
  constructor(
    server: Server,
    client: Client,
    sinkOptions: SinkOptions<unknown[]> = {},
    holdsEnds = true,
  ) {
    this.#holdsEnds = holdsEnds;
    this.#client = client;
    this.#sinkOptions = sinkOptions;
    server.handle(CONSUME, (_context, source) => {
      this.#arrived.push({ source, sink: undefined });
    });
    server.handle(EXCHANGE, (_context, source) => {
      const sink = source.makeSink(this.#sinkOptions);
      this.#arrived.push({ source, sink });
      return sink;
    });
  }

  /** A stream from the client to the server. */
  async oneWay<T extends unknown[]>(client: Client = this.#client): Promise<Direction<T>> {
    const sink = await client.makeStreamSink(this.#sinkOptions);
    await client.call(CONSUME, sink);
    const { source } = this.#take();
    if (this.#holdsEnds) this.#held.push(sink, source);
    return { sink, source } as unknown as Direction<T>;
  }

  /** A stream in both directions. */
  async twoWay<T extends unknown[]>(client: Client = this.#client): Promise<TwoWay<T>> {
    const sink = await client.makeStreamSink(this.#sinkOptions);
    const source = await client.call(EXCHANGE, sink);
    const far = this.#take();
    if (this.#holdsEnds) this.#held.push(sink, source, far);
    return {
      up: { sink, source: far.source },
      down: { sink: far.sink, source },
    } as unknown as TwoWay<T>;
  }

  /** A stream from the server to the client, whose own half is closed. */
  async fromServer<T extends unknown[]>(client: Client = this.#client): Promise<Direction<T>> {
    const { up, down } = await this.twoWay<T>(client);
    await up.sink.close();
    await drain(up.source);
    return down;
  }

  #take(): { source: Source; sink: Sink | undefined } {
    const arrived = this.#arrived.shift();
    if (arrived === undefined) throw new Error('the call was answered before it was handled');
    return arrived;
  }
}

/** Reads to the end of stream; rejects if there is none. */
export async function drain<T extends unknown[]>(source: Source<T>): Promise<T[]> {
  const messages: T[] = [];
  for (;;) {
    const message = await source.read();
    if (message === undefined) return messages;
    messages.push(message);
  }
}

/** Reads until an error comes and returns both; fails at an end of stream. */
export async function drainToError<T extends unknown[]>(
  source: Source<T>,
): Promise<{ messages: T[]; error: unknown }> {
  const messages: T[] = [];
  for (;;) {
    let message: T | undefined;
    try {
      message = await source.read();
    } catch (error) {
      return { messages, error };
    }
    if (message === undefined) throw new Error('the stream came to a clean end');
    messages.push(message);
  }
}

/** Sends all messages, waiting for room, and closes. */
export async function sendAll<T extends unknown[]>(
  sink: Sink<T>,
  messages: Iterable<T>,
): Promise<void> {
  for (const message of messages) await sink.send(...message);
  await sink.close();
}
