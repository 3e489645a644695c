import { expect } from 'chai';

import { type CompressorFactory, lz4 } from '../../lib/compression.ts';
import { raw } from '../../lib/layout.ts';
import { seastar, StreamClosedError } from '../../lib/index.ts';
import { BUDGET_BYTES, Producer, readSlowly, withByteStreams } from '../support/producer.ts';
import { rejectionOf } from '../support/rejection.ts';
import { turns, until } from '../support/turns.ts';
import { type Direction, drain, Streams } from '../support/streams.ts';
import { memoryPair, withServer } from '../support/with-server.ts';

type Bytes = [Uint8Array];

/** What Node reads at a time. */
const CHUNK_BYTES = 65_536;

const SMALL = Buffer.alloc(64, 7);
const LARGE = Buffer.alloc(32_768, 7);

const DIRECTIONS: Readonly<Record<string, (streams: Streams) => Promise<Direction<Bytes>>>> = {
  'up to the server': (streams) => streams.oneWay<Bytes>(),
  'down to the client': (streams) => streams.fromServer<Bytes>(),
};

const COMPRESSIONS: Readonly<Record<string, CompressorFactory | undefined>> = {
  'no compression': undefined,
  LZ4: lz4(),
};

describe('backpressure', () => {
  for (const [direction, open] of Object.entries(DIRECTIONS)) {
    for (const [algorithm, compression] of Object.entries(COMPRESSIONS)) {
      it(`S-S4, S-S5 a reader that stalls stops an endless producer within both budgets: ${direction}, ${algorithm}`, async () => {
        await withByteStreams({ both: { compression } }, async ({ streams, networks }) => {
          const { sink, source } = await open(streams);
          const beside = await streams.oneWay<Bytes>();
          // What does not compress, so that the kernels fill up soon in both cases.
          const message = Buffer.from(
            Array.from({ length: 65_536 }, (_, at) => (at * at * 31) >> 7),
          );
          const producer = new Producer(sink, message);
          await producer.stuck();
          expect(producer.mostBufferedBytes).to.be.at.most(BUDGET_BYTES + message.length + 4);
          expect(sink.bufferedBytes).to.be.greaterThan(BUDGET_BYTES);
          expect(source.bufferedBytes).to.be.within(1, BUDGET_BYTES + CHUNK_BYTES);
          const reader = networks[direction === 'up to the server' ? 1 : 0].sockets[1]!;
          expect(reader.isPaused).to.equal(true);
          const read = reader.readBytes;
          await turns(100);
          expect(reader.readBytes, 'nothing is read any more').to.equal(read);

          await beside.sink.send(SMALL);
          expect(await beside.source.read(), 'nobody else is stalled').to.have.length(1);

          producer.isStopped = true;
          const messages = await drain(source);
          await producer.done;
          expect(messages).to.have.length(producer.sent);
          expect(reader.isPaused).to.equal(false);
        });
      });
    }

    it(`S-S5 a slow reader gets everything in order: ${direction}`, async () => {
      await withByteStreams({}, async ({ streams }) => {
        const { sink, source } = await open(streams);
        const sending = (async () => {
          for (let index = 0; index < 300; index++) {
            const message = Buffer.alloc(1 + ((index * 7_919) % 40_000), index);
            await sink.send(message);
          }
          await sink.close();
        })();
        for (let index = 0; index < 300; index++) {
          const [bytes] = (await source.read())!;
          expect(bytes).to.have.length(1 + ((index * 7_919) % 40_000));
          expect(bytes[0]).to.equal(index & 0xff);
          if (index % 3 === 0) await turns(1);
        }
        expect(await source.read()).to.equal(undefined);
        await sending;
      });
    });

    it(`S-S5 the seastar preset holds no more than 50 messages or 100 KiB: ${direction}`, async () => {
      const limits = seastar.client.limits!;
      await withByteStreams({ both: { limits } }, async ({ streams }) => {
        const { sink, source } = await open(streams);
        const producer = new Producer(sink, LARGE);
        await producer.stuck();
        expect(producer.mostBufferedBytes).to.be.at.most(102_400 + LARGE.length + 4);
        expect(source.bufferedBytes).to.be.at.most(102_400 + CHUNK_BYTES);
        producer.isStopped = true;
        expect(await readSlowly(source, 2)).to.equal(producer.sent);
      });
    });

    it(`A2-constants the seastar preset stops at the 50th message, and not before: ${direction}`, async () => {
      const limits = seastar.client.limits!;
      await withByteStreams({ both: { limits } }, async ({ streams, networks }) => {
        const { sink, source } = await open(streams);
        const reader = networks[direction === 'up to the server' ? 1 : 0].sockets.at(-1)!;
        const { readBytes } = reader;
        for (let sent = 1; sent <= 50; sent++) {
          expect(reader.isPaused, `after ${sent - 1} messages`).to.equal(false);
          await sink.send(SMALL);
          await until(() => reader.readBytes === readBytes + sent * (4 + SMALL.length));
        }
        expect(reader.isPaused, 'after 50').to.equal(true);
        await sink.close();
        expect(await drain(source)).to.have.length(50);
        expect(reader.isPaused).to.equal(false);
      });
    });
  }

  it('S-S4 a message far above every budget goes through alone', async () => {
    await withByteStreams({}, async ({ streams }) => {
      const { sink, source } = await streams.oneWay<Bytes>();
      const sending = (async () => {
        for (const size of [10_000_000, 1, 16_777_216]) await sink.send(Buffer.alloc(size, 1));
        await sink.close();
      })();
      const sizes = (await drain(source)).map(([bytes]) => bytes.length);
      expect(sizes).to.deep.equal([10_000_000, 1, 16_777_216]);
      await sending;
    });
  });

  it('S-S5 a stream that no call has named yet is bounded as well', async () => {
    await withServer(async ({ client }) => {
      const sink = await client.makeStreamSink<Bytes>({ serializer: raw });
      const producer = new Producer(sink, LARGE);
      await producer.stuck();
      expect(producer.mostBufferedBytes).to.be.at.most(BUDGET_BYTES + LARGE.length + 4);
      sink.abort();
      await rejectionOf(producer.done, StreamClosedError);
    });
  });

  for (const [preset, options] of Object.entries({
    'our budgets': {},
    'Seastar’s budgets': { both: { limits: seastar.client.limits } },
  })) {
    it(`test_rpc_stream_backpressure_across_shards a million messages to a slow reader: ${preset}`, async () => {
      const COUNT = 1_000_000;
      const { sinkBudgetBytes = BUDGET_BYTES, sourceBudgetBytes = BUDGET_BYTES } =
        'both' in options ? (options.both.limits ?? {}) : {};
      await withByteStreams(options, async ({ streams }) => {
        const { sink, source } = await streams.oneWay<Bytes>();
        let mostSinkBytes = 0;
        const sending = (async () => {
          for (let index = 0; index < COUNT; index++) {
            const message = Buffer.from(SMALL);
            message.writeUInt32LE(index);
            const room = sink.send(message);
            if (index % 64 === 0) mostSinkBytes = Math.max(mostSinkBytes, sink.bufferedBytes);
            if (room !== undefined) await room;
          }
          await sink.close();
          expect(() => sink.send(SMALL)).to.throw(StreamClosedError);
        })();
        let count = 0;
        let isInOrder = true;
        let mostSourceBytes = 0;
        for (;;) {
          const message = await source.read();
          if (message === undefined) break;
          const [bytes] = message;
          isInOrder &&=
            bytes.length === 64 &&
            Buffer.from(bytes.buffer, bytes.byteOffset).readUInt32LE() === count;
          if (++count % 5_000 === 0) {
            mostSourceBytes = Math.max(mostSourceBytes, source.bufferedBytes);
            await turns(2);
          }
        }
        await sending;
        expect(count).to.equal(COUNT);
        expect(isInOrder).to.equal(true);
        expect(mostSinkBytes).to.be.at.most(sinkBudgetBytes + 68);
        expect(mostSourceBytes).to.be.at.most(sourceBudgetBytes + CHUNK_BYTES);
      });
    });
  }
});

describe('backpressure in memory', () => {
  it('S-S4, S-S5 what is under way is bounded by the budgets and the buffers between them', async () => {
    const memory = memoryPair({ bufferBytes: 4_096 });
    const limits = { sinkBudgetBytes: 2_000, sourceBudgetBytes: 3_000 };
    await withServer({ both: { ...memory.both, limits } }, async ({ server, client }) => {
      const streams = new Streams(server, client, { serializer: raw });
      const { sink, source } = await streams.oneWay<Bytes>();
      const producer = new Producer(sink, SMALL);
      await producer.stuck();
      // The reader is paused behind the chunk that takes it above its budget.
      const mostBytes = 2_000 + 4_096 + 3_000 + 4_096;
      expect(producer.sent * 68).to.be.within(2_000 + 3_000, mostBytes + 2 * 68);
      producer.isStopped = true;
      expect(await drain(source)).to.have.length(producer.sent);
    });
  });
});
