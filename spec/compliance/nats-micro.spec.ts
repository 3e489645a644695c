import { expect } from 'chai';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';

import {
  type Api,
  callContext,
  type Interceptor,
  isRpcError,
  type LocalStream,
  type Metadata,
  type Sink,
  type Source,
  type Status,
  StatusError,
  stream,
  StreamClosedError,
  TimeoutError,
} from '../../lib/index.ts';
import {
  blobOf,
  fileBlob,
  receiveBytes,
  receiveFile,
  receiveInto,
  sendBytes,
  sendFile,
  sendFrom,
} from '../../lib/blob.ts';
import { HTTP_CODES } from '../../lib/errors.ts';
import { i32, packed, raw } from '../../lib/layout.ts';
import { Deferred } from '../../lib/base/deferred.ts';
import { advance, createTestPair, settle } from '../../lib/testing.ts';
import { gather, sha256, withFolder } from '../support/blobs.ts';
import { gatherToError, Numbers } from '../support/numbers.ts';
import { rejectionOf } from '../support/rejection.ts';
import { randomSample } from '../support/samples.ts';
import { TamperedTransport } from '../support/tampered-transport.ts';
import { until } from '../support/turns.ts';
import { memoryPair, type Pair, withServer } from '../support/with-server.ts';

interface ChatMessage {
  readonly user: string;
  readonly text: string;
}

interface Total {
  readonly total: number;
  readonly count: number;
}

const SNAPSHOT = randomSample(300_000);

/** The service of the original's guide. */
class StreamDemo {
  readonly numbers = new Numbers();
  /** The text of the last message of a chat. */
  lastText: string | undefined;
  chatsEnded = 0;

  ping(text: string): string {
    return `pong: ${text}`;
  }

  async *countUp({ start, count }: { start: number; count: number }): AsyncGenerator<number> {
    for await (const number of this.numbers.upTo(count)) yield start + number;
  }

  async sum(values: AsyncIterable<number>): Promise<Total> {
    let [total, count] = [0, 0];
    for await (const value of values) [total, count] = [total + value, count + 1];
    return { total, count };
  }

  /** As `sum`, of what is sent with a sink. */
  async sumOf(values: Source<[number]>): Promise<Total> {
    let [total, count] = [0, 0];
    for await (const [value] of values) [total, count] = [total + value, count + 1];
    return { total, count };
  }

  async *chat(messages: AsyncIterable<ChatMessage>): AsyncGenerator<ChatMessage> {
    try {
      for await (const { text } of messages) {
        this.lastText = text;
        yield { user: 'server', text: `echo: ${text}` };
      }
    } finally {
      this.chatsEnded++;
    }
  }

  exportSnapshot(id: string): LocalStream<Uint8Array> {
    if (id !== 'snap-1') throw new StatusError('not-found', `there is no snapshot ${id}`);
    return blobOf(SNAPSHOT);
  }

  async importSnapshot(chunks: AsyncIterable<Uint8Array>): Promise<string> {
    return sha256(await receiveBytes(chunks));
  }

  /** As `importSnapshot`, of what is sent with a sink. */
  async importFrom(chunks: Source<[Uint8Array]>): Promise<string> {
    return sha256(await receiveBytes(chunks));
  }

  fail(status: Status, code: string, data: Uint8Array): never {
    throw new StatusError(status, `as asked: ${status}`, { code, details: data });
  }

  async *failAfter(count: number): AsyncGenerator<number> {
    yield* this.numbers.upTo(count);
    throw new StatusError('unavailable', 'the backend is gone', { code: 'BACKEND_GONE' });
  }
}

type DemoApi = Api<StreamDemo>;

/** Runs a test with the service, on real sockets. */
function withDemo(
  run: (api: DemoApi, demo: StreamDemo, pair: Pair) => Promise<void>,
): Promise<void> {
  return withServer(async (pair) => {
    const demo = new StreamDemo();
    pair.server.expose('StreamDemo', demo);
    await run(pair.client.api<StreamDemo>('StreamDemo'), demo, pair);
  });
}

/** What a client sends, as it decides to. */
class Outgoing<T> {
  readonly #waiting: T[] = [];
  #more = new Deferred();
  #isClosed = false;

  send(item: T): void {
    this.#waiting.push(item);
    this.#more.resolve();
  }

  closeSend(): void {
    this.#isClosed = true;
    this.#more.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      yield* this.#waiting.splice(0);
      if (this.#isClosed) return;
      await this.#more.promise;
      this.#more = new Deferred();
    }
  }
}

describe('nats-micro: the three patterns, and plain calls', () => {
  it('N1 nats-micro: a plain call is as ever', () =>
    withDemo(async (api) => {
      expect(await api.ping('hello')).to.equal('pong: hello');
    }));

  it('N1 nats-micro: the server streams (CountUp)', () =>
    withDemo(async (api) => {
      const numbers = await gather(api.countUp({ start: 1, count: 5 }));
      expect(numbers).to.deep.equal([1, 2, 3, 4, 5]);
    }));

  it('N1 nats-micro: the client streams (Sum), and closing gives the result', () =>
    withDemo(async (api) => {
      expect(await api.sum(stream([10, 20, 30]))).to.deep.equal({ total: 60, count: 3 });
    }));

  it('N1 nats-micro: both stream (Chat), each when it likes', () =>
    withDemo(async (api, demo) => {
      const outgoing = new Outgoing<ChatMessage>();
      const replies = await api.chat(outgoing);
      outgoing.send({ user: 'me', text: 'hello' });
      const echo = (text: string) => ({ done: false, value: { user: 'server', text } });
      expect(await replies.read()).to.deep.equal(echo('echo: hello'));
      outgoing.send({ user: 'me', text: 'bye' });
      expect(await replies.read()).to.deep.equal(echo('echo: bye'));
      expect(demo.chatsEnded).to.equal(0);
      outgoing.closeSend();
      expect(await replies.read()).to.deep.equal({ done: true, value: undefined });
      expect(demo.chatsEnded).to.equal(1);
    }));
});

describe('nats-micro: sending, ending and receiving', () => {
  it('N3 nats-micro: CloseAndRecv: a sink is closed, and the result comes', () =>
    withDemo(async (api, _demo, { client }) => {
      const values = await client.makeStreamSink<[number]>();
      const result = api.sumOf(values);
      for (const value of [10, 20, 30]) await values.send(value);
      await values.close();
      expect(await result).to.deep.equal({ total: 60, count: 3 });
    }));

  it('N3 nats-micro: a send after the close is refused, and a second close does nothing', () =>
    withDemo(async (api, _demo, { client }) => {
      const values = await client.makeStreamSink<[number]>();
      const result = api.sumOf(values);
      await values.close();
      expect(() => values.send(1)).to.throw(StreamClosedError);
      await values.close();
      expect(await result).to.deep.equal({ total: 0, count: 0 });
    }));

  it('N3 nats-micro: CloseWithError: code and message arrive behind the items', () =>
    withDemo(async (api) => {
      const { items, error } = await gatherToError(api.failAfter(3));
      expect(items).to.deep.equal([0, 1, 2]);
      expect(error).to.be.instanceOf(StatusError);
      expect(error).to.include({
        status: 'unavailable',
        message: 'the backend is gone',
        code: 'BACKEND_GONE',
      });
    }));

  it('N3 nats-micro: CloseRecv: the client has had enough, and both directions end at the server', () =>
    withDemo(async (api, demo) => {
      const outgoing = new Outgoing<ChatMessage>();
      const sent = stream<ChatMessage>(outgoing);
      const replies = await api.chat(sent);
      outgoing.send({ user: 'me', text: 'hello' });
      await replies.read();
      replies.cancel();
      await until(() => demo.chatsEnded === 1);
      await rejectionOf(sent.whenSent);
      expect(await api.ping('still there')).to.equal('pong: still there');
    }));

  it('N3 nats-micro: a handler that returns closes what it reads', () =>
    withServer(async ({ server, client }) => {
      const service = {
        async takeOne(values: AsyncIterable<number>): Promise<number> {
          for await (const value of values) return value;
          return -1;
        },
      };
      server.expose('service', service);
      const numbers = new Numbers();
      const taken = await client.api<typeof service>('service').takeOne(numbers.upTo(Infinity));
      expect(taken).to.equal(0);
      await until(() => numbers.ended === 1);
    }));

  it('N3 nats-micro: a signal cancels a stream, and the reason is told', () =>
    withDemo(async (_api, { numbers }, { client }) => {
      const abort = new AbortController();
      const api = client.api<StreamDemo>('StreamDemo', { signal: abort.signal });
      const reading = gatherToError(api.countUp({ start: 0, count: Infinity }));
      await until(() => numbers.made > 0);
      const why = new Error('the user left');
      abort.abort(why);
      expect((await reading).error).to.include({ code: 'ERR_CANCELED', cause: why });
      await until(() => numbers.ended === 1);
    }));
});

describe('nats-micro: blobs', () => {
  it('N4 nats-micro: recvBytes: ExportSnapshot as bytes', () =>
    withDemo(async (api) => {
      const bytes = await receiveBytes(api.exportSnapshot('snap-1'));
      expect(SNAPSHOT.equals(bytes)).to.equal(true);
    }));

  it('N4 nats-micro: RecvToFile: ExportSnapshot as a file, whole or not at all', () =>
    withDemo(async (api) =>
      withFolder(async (folder) => {
        const path = join(folder, 'snapshot.bin');
        await receiveFile(api.exportSnapshot('snap-1'), path);
        expect(SNAPSHOT.equals(await readFile(path))).to.equal(true);
        const missing = receiveFile(api.exportSnapshot('snap-2'), join(folder, 'other.bin'));
        expect(await rejectionOf(missing, StatusError)).to.include({ status: 'not-found' });
        expect(await readdir(folder)).to.deep.equal(['snapshot.bin']);
      }),
    ));

  it('N4 nats-micro: RecvToWriter: ExportSnapshot into a Writable', () =>
    withDemo(async (api) => {
      const writable = new PassThrough();
      const [received] = await Promise.all([
        buffer(writable),
        receiveInto(api.exportSnapshot('snap-1'), writable),
      ]);
      expect(SNAPSHOT.equals(received)).to.equal(true);
    }));

  it('N4 nats-micro: ImportSnapshot takes bytes and files as they are', () =>
    withDemo(async (api) =>
      withFolder(async (folder) => {
        const path = join(folder, 'snapshot.bin');
        await writeFile(path, SNAPSHOT);
        expect(await api.importSnapshot(blobOf(SNAPSHOT))).to.equal(sha256(SNAPSHOT));
        expect(await api.importSnapshot(fileBlob(path))).to.equal(sha256(SNAPSHOT));
      }),
    ));

  it('N4 nats-micro: SendBytes, SendReader and SendFile, then CloseAndRecv', () =>
    withDemo(async (api, _demo, { client }) =>
      withFolder(async (folder) => {
        const path = join(folder, 'snapshot.bin');
        await writeFile(path, SNAPSHOT);
        const readable = new PassThrough();
        readable.end(SNAPSHOT);
        const ways: ((chunks: Sink<[Uint8Array]>) => Promise<unknown>)[] = [
          (chunks) => sendBytes(chunks, SNAPSHOT),
          (chunks) => sendFrom(chunks, readable),
          (chunks) => sendFile(chunks, path),
        ];
        for (const send of ways) {
          const chunks = await client.makeStreamSink({ serializer: raw });
          const digest = api.importFrom(chunks);
          await send(chunks);
          await chunks.close();
          expect(await digest).to.equal(sha256(SNAPSHOT));
        }
      }),
    ));
});

describe('nats-micro: errors', () => {
  for (const [status, httpCode] of [
    ['invalid-argument', 400],
    ['unauthenticated', 401],
    ['permission-denied', 403],
    ['not-found', 404],
    ['already-exists', 409],
    ['internal', 500],
    ['unavailable', 503],
  ] as const) {
    it(`N5 nats-micro: ${httpCode} arrives as ${status}, with a code of one’s own and bytes`, () =>
      withDemo(async (api) => {
        const data = Uint8Array.of(0, 1, 255);
        const error = await rejectionOf(api.fail(status, 'OUT_OF_STOCK', data), StatusError);
        expect(error).to.include({
          status,
          code: 'OUT_OF_STOCK',
          message: `as asked: ${status}`,
        });
        expect(Buffer.from(data).equals(error.details as Uint8Array)).to.equal(true);
        expect(HTTP_CODES[error.status]).to.equal(httpCode);
        expect(isRpcError(error)).to.equal(false);
      }));
  }
});

describe('nats-micro: around a call', () => {
  it('N6 nats-micro: interceptors of both sides run around the call, and see its metadata', async () => {
    const events: string[] = [];
    const log =
      (side: string): Interceptor =>
      async ({ service, method, metadata }, next) => {
        if (side === 'client') metadata['x-trace'] = 'abc';
        events.push(`${side} > ${service}/${method} ${String(metadata['x-trace'])}`);
        const result = await next();
        events.push(`${side} <`);
        return result;
      };
    const options = {
      server: { interceptors: [log('server')] },
      client: { interceptors: [log('client')] },
    };
    await withServer(options, async ({ server, client }) => {
      server.expose('StreamDemo', new StreamDemo());
      await client.api<StreamDemo>('StreamDemo').ping('x');
      expect(events).to.deep.equal([
        'client > StreamDemo/ping abc',
        'server > StreamDemo/ping abc',
        'server <',
        'client <',
      ]);
    });
  });

  it('N6 nats-micro: request headers go up, response headers come down', () =>
    withServer(async ({ server, client }) => {
      const service = {
        whoAmI(): string {
          const { metadata } = callContext();
          callContext().setHeader('x-server', 'node-7');
          return String(metadata['x-user']);
        },
      };
      server.expose('service', service);
      const headers: Metadata[] = [];
      const api = client.api<typeof service>('service', {
        metadata: { 'X-User': 'ada' },
        onHeaders: (got) => void headers.push({ ...got }),
      });
      expect(await api.whoAmI()).to.equal('ada');
      expect(headers).to.deep.equal([{ 'x-server': 'node-7' }]);
    }));

  it('N6 nats-micro: a timeout holds for a service, for a method or for one call', async () => {
    await using pair = await createTestPair();
    const { server, client, clock } = pair;
    const service = {
      hang: () => new Promise<never>(() => {}),
      slow: () => new Promise<never>(() => {}),
    };
    server.expose('service', service);
    const api = (timeoutMs: number) => client.api<typeof service>('service', { timeoutMs });
    const [ofService, ofMethod] = [api(1_000), api(500)];
    const calls = [ofService.hang(), ofMethod.slow(), api(100).hang()].map((call) =>
      rejectionOf(call, TimeoutError).then(({ limitMs }) => [limitMs, clock.now()]),
    );
    await advance(clock, 1_000);
    expect(await Promise.all(calls)).to.deep.equal([
      [1_000, 1_000],
      [500, 500],
      [100, 100],
    ]);
  });

  it('N6 nats-micro: a server says what it offers', () =>
    withDemo(async (_api, _demo, { client }) => {
      const { services } = await client.describe();
      expect(services).to.deep.equal([
        {
          name: 'StreamDemo',
          methods: [
            'chat',
            'countUp',
            'exportSnapshot',
            'fail',
            'failAfter',
            'importFrom',
            'importSnapshot',
            'ping',
            'sum',
            'sumOf',
          ],
        },
      ]);
    }));

  it('N6 nats-micro: the encoding of items is chosen where they are made', () =>
    withServer(async ({ server, client }) => {
      const service = {
        numbers: () => stream([1, 2, 3], { serializer: packed(i32) }),
        chunks: () => stream([Buffer.from('abc')], { serializer: raw }),
      };
      server.expose('service', service);
      const api = client.api<typeof service>('service');
      expect(await gather(api.numbers())).to.deep.equal([1, 2, 3]);
      expect(await gather(api.chunks())).to.deep.equal([Buffer.from('abc')]);
    }));
});

describe('nats-micro: the original’s bugs', () => {
  it('N7 nats-micro: what was buffered when the stream ended is read to the last item', async () => {
    await using pair = await createTestPair();
    const { server, client, clock } = pair;
    const demo = new StreamDemo();
    server.expose('StreamDemo', demo);
    const items = await client.api<StreamDemo>('StreamDemo').countUp({ start: 0, count: 1_000 });
    expect(await items.read()).to.include({ value: 0 });
    await settle(clock);
    expect(demo.numbers.ended, 'the producer has done').to.equal(1);
    let last = 0;
    for (let step; (step = await items.read()).done !== true; last = step.value) {
      expect(step.value).to.equal(last + 1);
    }
    expect(last).to.equal(999);
  });

  it('N7 nats-micro: an error at the end is told, however late it is read', async () => {
    await using pair = await createTestPair();
    const demo = new StreamDemo();
    pair.server.expose('StreamDemo', demo);
    const items = await pair.client.api<StreamDemo>('StreamDemo').failAfter(3);
    await items.read();
    await settle(pair.clock);
    expect((await items.read()).value).to.equal(1);
    expect((await items.read()).value).to.equal(2);
    expect(await rejectionOf(items.read(), StatusError)).to.include({ code: 'BACKEND_GONE' });
    await rejectionOf(items.ended, StatusError);
  });

  for (const [what, begin] of [
    ['before its first item', 0],
    ['between two items', 2],
  ] as const) {
    it(`N7 nats-micro: a handler that fails ${what} leaves no client waiting`, () =>
      withDemo(async (api) => {
        const { items, error } = await gatherToError(api.failAfter(begin));
        expect(items).to.have.length(begin);
        expect(error).to.include({ code: 'BACKEND_GONE' });
      }));
  }

  it('N7 nats-micro: a handler that fails while it reads leaves no client sending', () =>
    withServer(async ({ server, client }) => {
      const service = {
        async sum(values: AsyncIterable<number>): Promise<number> {
          for await (const value of values) {
            if (value === 2) throw new StatusError('invalid-argument', 'no 2, please');
          }
          return 0;
        },
      };
      server.expose('service', service);
      const numbers = new Numbers();
      const failing = client.api<typeof service>('service').sum(numbers.upTo(Infinity));
      await rejectionOf(failing, StatusError);
      await until(() => numbers.ended === 1);
    }));

  for (const [what, count] of [
    ['gets lost', 0],
    ['comes twice', 2],
  ] as const) {
    it(`N7, N2 nats-micro: an item that ${what} is noticed, behind those that came`, async () => {
      const memory = memoryPair();
      let seen = 0;
      const network = new TamperedTransport(
        memory.both.network,
        ({ connection, isToServer, offset, bytes }) => {
          if (connection === 0 || isToServer) return bytes;
          const frames = streamFrames(bytes, offset === 0);
          return Buffer.concat(
            frames.flatMap((frame) => {
              const isThird = isItem(frame) && ++seen === 3;
              return isThird ? Array.from({ length: count }, () => frame) : [frame];
            }),
          );
        },
      );
      await withServer({ ...memory, client: { network } }, async ({ server, client }) => {
        server.expose('StreamDemo', new StreamDemo());
        const api = client.api<StreamDemo>('StreamDemo');
        const { items, error } = await gatherToError(api.countUp({ start: 0, count: 5 }));
        const expected = [0, 1, 2, 3, 4].flatMap((item) =>
          item === 2 ? Array.from({ length: count }, () => item) : [item],
        );
        expect(items).to.deep.equal(expected);
        expect(error).to.include({ code: 'ERR_PROTOCOL', scope: 'stream' });
        expect((error as Error).message).to.match(/ended after \d of 5 messages/);
      });
    });
  }

  it('N7 nats-micro: ids come from the system’s randomness, not from Math.random and the time', async () => {
    const { random } = Math;
    const { now } = Date;
    const ids = new Set<bigint | undefined>();
    try {
      Math.random = () => 0.5;
      Date.now = () => 1_000_000;
      for (let count = 0; count < 3; count++) {
        await withDemo(async (api, _demo, { client }) => {
          ids.add(client.connectionId);
          expect(await gather(api.countUp({ start: 0, count: 2 }))).to.deep.equal([0, 1]);
        });
      }
    } finally {
      Math.random = random;
      Date.now = now;
    }
    expect(ids.size).to.equal(3);
    expect(ids.has(undefined)).to.equal(false);
  });

  it('N7 nats-micro: who waits for room to send learns that nobody reads any more', async () => {
    await using pair = await createTestPair();
    const { server, client, clock } = pair;
    const held = new Deferred();
    const service = {
      async load(chunks: AsyncIterable<Uint8Array>): Promise<void> {
        for await (const _chunk of chunks) await held.promise;
      },
    };
    server.expose('service', service);
    const numbers = new Numbers();
    const chunk = Buffer.alloc(100_000);
    const chunks = stream(
      (async function* () {
        for await (const _number of numbers.upTo(1_000)) yield chunk;
      })(),
    );
    const loading = rejectionOf(client.api<typeof service>('service').load(chunks), StatusError);
    const unsent = rejectionOf(chunks.whenSent);
    await settle(clock);
    expect(numbers.made, 'it waits for room').to.be.within(1, 50);
    held.reject(new StatusError('internal', 'the disk is full'));
    expect(await loading).to.include({ message: 'the disk is full' });
    await unsent;
    await settle(clock);
    expect(numbers.ended).to.equal(1);
  });
});

/** Cuts what came over a stream's connection into frames; the first of them may be the negotiation's. */
function streamFrames(bytes: Buffer, isFirst: boolean): Buffer[] {
  const frames: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    const length = lengthOf(bytes.subarray(at), isFirst && at === 0);
    frames.push(bytes.subarray(at, at + length));
    at += length;
  }
  return frames;
}

function lengthOf(frame: Buffer, isNegotiation: boolean): number {
  if (isNegotiation) return 12 + frame.readUInt32LE(8);
  const length = frame.readUInt32LE(0);
  if (length === 0xffff_ffff) return 4;
  return length === 0xffff_fffe ? 8 + frame.readUInt32LE(4) : 4 + length;
}

function isItem(frame: Buffer): boolean {
  return frame.length > 4 && frame.readUInt32LE(0) === frame.length - 4;
}
