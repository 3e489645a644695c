import { expect } from 'chai';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import {
  type Client,
  type RemoteStream,
  type Server,
  type Source,
  stream,
  type Verb,
  verb,
} from '../../lib/index.ts';
import { i32, packed, raw, string } from '../../lib/layout.ts';
import { lz4, lz4Fragmented } from '../../lib/compression.ts';
import { TestAuthority } from '../support/certificates.ts';
import {
  collect,
  collectToError,
  Counter,
  Passing,
  type Side,
  SIDES,
  withPassing,
} from '../support/passing.ts';
import { turns, until } from '../support/turns.ts';
import { sendAll } from '../support/streams.ts';
import { type PairOptions, withServer } from '../support/with-server.ts';

const READ: Verb<(source: Source<[number]>) => void> = verb(1);
const GIVE: Verb<() => unknown> = verb(2);

const THREE = [0, 1, 2];

/** What gives 0, 1, 2. */
const KINDS: readonly [what: string, make: () => AsyncIterable<number>][] = [
  ['an async generator', () => new Counter(3).items()],
  [
    'an object that is async iterable',
    () => ({ [Symbol.asyncIterator]: () => new Counter(3).items() }),
  ],
  ['an array by stream()', () => stream(THREE)],
  ['a sync generator by stream()', () => stream(THREE.values())],
  ['a factory by stream()', () => stream(() => new Counter(3).items())],
  ['a factory of a sync iterable', () => stream(() => THREE)],
  ['a Readable', () => Readable.from(THREE)],
  ['a Readable by stream()', () => stream(Readable.from(THREE) as AsyncIterable<number>)],
  ['a ReadableStream', () => ReadableStream.from(THREE)],
  ['a stream() of a stream()', () => stream(stream(THREE))],
];

describe('what can be put into a value as a stream', () => {
  for (const from of SIDES) {
    for (const [what, make] of KINDS) {
      it(`${what}, of the ${from}’s`, async () => {
        await withPassing(async ({ passing }) => {
          expect(await collect(await passing.stream(from, make()))).to.deep.equal(THREE);
          const left = await passing.stream(from, make());
          for await (const item of left) if (item === 1) break;
        });
      });
    }

    it(`a Readable of bytes, of the ${from}’s, whose chunks are the items`, async () => {
      await withPassing(async ({ passing }) => {
        const chunks = [Buffer.from('one'), Buffer.from('two')];
        const remote = await passing.stream<Uint8Array>(from, Readable.from(chunks));
        const items = await collect(remote);
        expect(Buffer.concat(items).toString()).to.equal('onetwo');
      });
    });

    it(`a Readable of the ${from}’s is destroyed when the reader leaves`, async () => {
      await withPassing(async ({ passing }) => {
        const readable = new Readable({ objectMode: true, read() {} });
        readable.push(1);
        const remote = await passing.stream(from, readable);
        for await (const _item of remote) break;
        await once(readable, 'close');
        expect(readable.destroyed).to.equal(true);
        const unread = new Readable({ read() {} });
        (await passing.stream(from, unread)).cancel();
        await once(unread, 'close');
      });
    });

    it(`K4 a Readable’s error, of the ${from}’s, arrives behind its chunks`, async () => {
      await withPassing(async ({ passing }) => {
        let sent = 0;
        const readable = new Readable({
          objectMode: true,
          highWaterMark: 1,
          read() {
            if (sent++ === 0) this.push(1);
            else this.destroy(Object.assign(new Error('disk gone'), { code: 'EIO' }));
          },
        });
        const { items, error } = await collectToError(await passing.stream(from, readable));
        expect(items).to.deep.equal([1]);
        expect(error).to.include({ message: 'disk gone', code: 'EIO' });
      });
    });

    it(`a ReadableStream of the ${from}’s is canceled when the reader leaves, with the reason`, async () => {
      await withPassing(async ({ passing }) => {
        const reasons: unknown[] = [];
        const source = (): AsyncIterable<number> =>
          new ReadableStream({
            pull: (controller) => controller.enqueue(1),
            cancel: (reason) => void reasons.push(reason),
          });
        const remote = await passing.stream(from, source());
        await remote.read();
        remote.cancel(new RangeError('enough'));
        await until(() => reasons.length === 1);
        expect(reasons[0]).to.have.nested.property('cause.message', 'enough');
        (await passing.stream(from, source())).cancel();
        await until(() => reasons.length === 2);
      });
    });

    it(`a stream of another connection, of the ${from}’s, goes on through and ends the first producer`, async () => {
      await withPassing(async ({ passing: near }) => {
        await withPassing(async ({ passing: far }) => {
          const whole = await far.stream(from, await near.stream(from, new Counter(1_000).items()));
          expect(await collect(whole)).to.have.length(1_000);
          const counter = new Counter();
          const left = await far.stream(from, await near.stream(from, counter.items()));
          for await (const item of left) if (item === 100) break;
          await until(() => counter.released === 1);
          const unread = new Counter();
          const passed = await far.stream(from, await near.stream(from, unread.items()));
          passed.cancel();
          await turns(50);
          expect(unread.started).to.equal(0);
        });
      });
    });

    it(`K4 an error goes on through such a stream, of the ${from}’s`, async () => {
      await withPassing(async ({ passing: near }) => {
        await withPassing(async ({ passing: far }) => {
          const failing = (async function* () {
            yield 1;
            throw Object.assign(new RangeError('too much'), { code: 'E_X' });
          })();
          const { items, error } = await collectToError(
            await far.stream(from, await near.stream(from, failing)),
          );
          expect(items).to.deep.equal([1]);
          expect(error).to.be.instanceOf(RangeError).and.include({ code: 'E_X' });
        });
      });
    });
  }

  it('a verb’s Source, whose messages are the items', async () => {
    await withServer(async ({ server, client }) => {
      let source: Source<[number]> | undefined;
      server.handle(READ, (_context, given) => void (source = given));
      server.handle(GIVE, () => source);
      const sink = await client.makeStreamSink<[number]>();
      await client.call(READ, sink);
      const remote = (await client.call(GIVE)) as RemoteStream<[number]>;
      await sendAll(sink, [[1], [2]]);
      expect(await collect(remote)).to.deep.equal([[1], [2]]);
    });
  });

  it('a verb’s Source that nobody wants is canceled', async () => {
    await withServer(async ({ server, client }) => {
      let source: Source<[number]> | undefined;
      server.handle(READ, (_context, given) => void (source = given));
      server.handle(GIVE, () => source);
      const sink = await client.makeStreamSink<[number]>();
      await client.call(READ, sink);
      ((await client.call(GIVE)) as RemoteStream<[number]>).cancel();
      await sink.ended.catch(() => {});
      expect(() => sink.send(1)).to.throw();
    });
  });

  it('an endless sync iterable, which starves nobody', async () => {
    for (const from of SIDES) {
      await withPassing(async ({ passing, client, server }) => {
        server.handle(GIVE, () => 'alive');
        function* endless(): Generator<number> {
          for (let number = 0; ; number++) yield number;
        }
        const remote = await passing.stream(from, stream(endless()));
        let read = 0;
        for await (const item of remote) {
          expect(item).to.equal(read++);
          if (read === 50_000) expect(await client.call(GIVE)).to.equal('alive');
          if (read === 100_000) break;
        }
        expect(read).to.equal(100_000);
      });
    }
  });
});

describe('a stream in a value with a serializer of its own', () => {
  for (const from of SIDES) {
    it(`raw, of the ${from}’s`, async () => {
      await withPassing(async ({ passing }) => {
        const chunks = [Buffer.from('one'), Buffer.alloc(0), Buffer.alloc(100_000, 7)];
        const local = stream<Uint8Array>(chunks, { serializer: raw });
        const items = await collect(await passing.stream(from, local));
        expect(items.map((bytes) => Buffer.from(bytes))).to.deep.equal(chunks);
      });
    });

    it(`packed, of the ${from}’s`, async () => {
      await withPassing(async ({ passing }) => {
        const numbers = stream([1, -2, 3], { serializer: packed(i32) });
        expect(await collect(await passing.stream(from, numbers))).to.deep.equal([1, -2, 3]);
        const texts = stream(['a', 'bc'], { serializer: packed(string) });
        expect(await collect(await passing.stream(from, texts))).to.deep.equal(['a', 'bc']);
      });
    });

    it(`fails at an item that does not fit it, of the ${from}’s`, async () => {
      await withPassing(async ({ passing }) => {
        const local = stream([1, 2 ** 40], { serializer: packed(i32) });
        const { items, error } = await collectToError(await passing.stream(from, local));
        expect(items).to.deep.equal([1]);
        expect(error).to.include({ code: 'ERR_SERIALIZATION' });
      });
    });
  }
});

describe('streams in values travel', () => {
  /** All that streams do, in both directions. */
  async function exercise(server: Server, client: Client): Promise<void> {
    const passing = new Passing(server, client);
    for (const from of SIDES) await exerciseFrom(passing, from);
  }

  async function exerciseFrom(passing: Passing, from: Side): Promise<void> {
    const bulk = Array.from({ length: 300 }, (_, index) => Buffer.alloc(3_000, index));
    const items = await collect(await passing.stream<Uint8Array>(from, stream<Uint8Array>(bulk)));
    expect(Buffer.concat(items).equals(Buffer.concat(bulk))).to.equal(true);
    const counter = new Counter();
    for await (const item of await passing.stream(from, counter.items())) if (item === 9) break;
    await until(() => counter.released === 1);
    const nested = stream([stream([1]), stream([2, 3])]);
    const inner = (await passing.stream(from, nested)) as unknown as RemoteStream<
      RemoteStream<number>
    >;
    const seen: number[][] = [];
    for await (const one of inner) seen.push(await collect(one));
    expect(seen).to.deep.equal([[1], [2, 3]]);
    const failing = (async function* () {
      yield 1;
      throw new RangeError('too much');
    })();
    const { error } = await collectToError(await passing.stream(from, failing));
    expect(error).to.be.instanceOf(RangeError);
  }

  for (const compression of [lz4(), lz4Fragmented()]) {
    it(`compressed with ${compression.supported}`, async () => {
      await withServer({ both: { compression } }, ({ server, client }) => exercise(server, client));
    });
  }

  it('with budgets of single messages and a few bytes, as Seastar has them', async () => {
    for (const limits of [
      { sourceBudgetMessages: 1 },
      { sourceBudgetMessages: 50, sourceBudgetBytes: 102_400, sinkBudgetBytes: 102_400 },
      { sourceBudgetBytes: 100, sinkBudgetBytes: 100 },
    ]) {
      for (const compression of [undefined, lz4()]) {
        const both: PairOptions['both'] = { limits, compression };
        await withServer({ both }, ({ server, client }) => exercise(server, client));
      }
    }
  });

  it('with errors larger than the largest message, compressed or not', async () => {
    for (const compression of [undefined, lz4()]) {
      const both: PairOptions['both'] = { limits: { maxStreamMessageBytes: 50 }, compression };
      await withServer({ both }, async ({ server, client }) => {
        const passing = new Passing(server, client);
        for (const from of SIDES) {
          const failing = (async function* () {
            yield 1;
            throw new RangeError('too much '.repeat(500));
          })();
          const { items, error } = await collectToError(await passing.stream(from, failing));
          expect(items).to.deep.equal([1]);
          expect(error).to.be.instanceOf(RangeError).with.property('message').with.length(4_500);
          const large = await collectToError(await passing.stream(from, stream(['x'.repeat(100)])));
          expect(large.error).to.include({ option: 'maxStreamMessageBytes' });
        }
      });
    }
  });

  it('over TLS', async () => {
    const authority = await TestAuthority.create();
    const tls = await authority.issue();
    const options: PairOptions = { server: { tls }, client: { tls: { ca: authority.cert } } };
    await withServer(options, ({ server, client }) => exercise(server, client));
  });

  it('over a unix socket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-'));
    try {
      const path = join(folder, 'socket');
      const place = { path, host: undefined, port: undefined };
      await withServer({ both: place }, ({ server, client }) => exercise(server, client));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
