import { expect } from 'chai';

import {
  CanceledError,
  SerializationError,
  StreamClosedError,
  TimeoutError,
} from '../../../lib/index.ts';
import { packed, raw, string } from '../../../lib/layout.ts';
import { arrived, numbers, withNumbers } from '../../support/number-stream.ts';
import { rejectionOf } from '../../support/rejection.ts';
import { turns, until } from '../../support/turns.ts';
import { type Direction, drain, drainToError, sendAll, Streams } from '../../support/streams.ts';
import { memoryPair, withServer } from '../../support/with-server.ts';

const GOOD = Buffer.from('\x02\0\0\0ok');
/** Says that it is longer than it is. */
const BAD = Buffer.from('\x09\0\0\0no');

/** Runs a test with a stream whose sink says that it writes text and writes anything. */
async function withImpostor(run: (stream: Direction<[unknown]>) => Promise<void>): Promise<void> {
  const impostor = { ...raw, name: packed(string).name };
  await withServer(memoryPair(), async ({ server, client }) => {
    await run(await new Streams(server, client, { serializer: impostor }).oneWay<[unknown]>());
  });
}

describe('SourceHalf', () => {
  describe('read', () => {
    it('S-S3, A8 seastar#2612 gives the end of stream once, and only errors after it', async () => {
      await withNumbers(async ({ sink, source }) => {
        await sendAll(sink, numbers(2));
        expect(await source.read()).to.deep.equal([0]);
        expect(await source.read()).to.deep.equal([1]);
        expect(await source.read()).to.equal(undefined);
        await source.ended;
        await rejectionOf(source.read(), StreamClosedError);
        await rejectionOf(source.readBatch(), StreamClosedError);
      });
    });

    it('serves reads that wait in their order', async () => {
      await withNumbers(async ({ sink, source }) => {
        const reads = [source.read(), source.read(), source.read(), source.read()];
        await turns(5);
        await sendAll(sink, numbers(3));
        expect(await Promise.all(reads)).to.deep.equal([[0], [1], [2], undefined]);
      });
    });

    it('gives the end to one of two reads that wait, and an error to the other', async () => {
      await withNumbers(async ({ sink, source }) => {
        const first = source.read();
        const second = rejectionOf(source.read(), StreamClosedError);
        await sink.close();
        expect(await first).to.equal(undefined);
        await second;
      });
    });

    it('gives up by signal and by time, and loses no message', async () => {
      const silent = { limits: { pingIntervalMs: 0 } };
      const options = { ...memoryPair(), server: silent, client: silent };
      await withNumbers(async ({ sink, source }) => {
        const controller = new AbortController();
        const late = rejectionOf(source.read({ timeoutMs: 100 }), TimeoutError);
        const canceled = rejectionOf(source.read({ signal: controller.signal }), CanceledError);
        const patient = source.read();
        controller.abort('why');
        expect((await canceled).cause).to.equal('why');
        options.clock.advance(100);
        expect(await late).to.include({ limitMs: 100, scope: 'stream' });
        await sendAll(sink, numbers(2));
        expect(await patient).to.deep.equal([0]);
        expect(await source.read({ timeoutMs: 100 })).to.deep.equal([1]);
        expect(await source.read({ signal: new AbortController().signal })).to.equal(undefined);
        expect(options.clock.pendingTimers, 'a read that is over has no timer').to.be.lessThan(3);
      }, options);
    });

    it('takes nothing with a signal that has fired', async () => {
      await withNumbers(async ({ sink, source }) => {
        await sendAll(sink, numbers(1));
        await until(() => source.bufferedBytes > 0);
        await rejectionOf(source.read({ signal: AbortSignal.abort() }), CanceledError);
        expect(await drain(source)).to.deep.equal([[0]]);
      });
    });

    it('gives bytes that stay as they are for as long as they are held', async () => {
      await withServer(async ({ server, client }) => {
        const streams = new Streams(server, client, { serializer: raw });
        const { sink, source } = await streams.oneWay<[Uint8Array]>();
        const reading = drain(source);
        for (let number = 0; number < 1_000; number++) {
          await sink.send(Buffer.alloc(1 + (number % 300), number));
        }
        await sink.close();
        const messages = await reading;
        expect(messages).to.have.length(1_000);
        for (const [number, [bytes]] of messages.entries()) {
          expect(Buffer.from(bytes).equals(Buffer.alloc(1 + (number % 300), number))).to.equal(
            true,
          );
        }
      });
    });

    it('F26 fails the stream at a message that does not decode, after those before it', async () => {
      await withImpostor(async ({ sink, source }) => {
        for (const text of [GOOD, BAD, GOOD]) await sink.send(text);
        const { messages, error } = await drainToError(source);
        expect(messages).to.deep.equal([['ok']]);
        expect(error).to.be.instanceOf(StreamClosedError).with.property('initiator', 'remote');
        expect((error as Error).cause).to.be.instanceOf(SerializationError);
        await rejectionOf(sink.ended, StreamClosedError);
      });
    });
  });

  describe('readBatch', () => {
    it('gives all that has come, then waits for at least one, then the end', async () => {
      await withNumbers(async (stream) => {
        const { sink, source } = stream;
        await arrived(stream, 3);
        expect(await source.readBatch()).to.deep.equal([[0], [1], [2]]);
        const waiting = source.readBatch();
        await turns(5);
        await sink.send(3);
        expect(await waiting).to.deep.equal([[3]]);
        await sink.close();
        expect(await source.readBatch()).to.equal(undefined);
        await source.ended;
      });
    });

    it('B1-demand gives at most as many as are wanted, and leaves the rest and the end to the next', async () => {
      await withNumbers(async (stream) => {
        const { sink, source } = stream;
        await arrived(stream, 5);
        await sink.close();
        await turns(20);
        expect(await source.readBatch({ max: 2 })).to.deep.equal([[0], [1]]);
        expect(await source.readBatch({ max: 1 })).to.deep.equal([[2]]);
        expect(source.receivedMessages).to.equal(3);
        expect(await source.readBatch({ max: 2 })).to.deep.equal([[3], [4]]);
        expect(await source.readBatch({ max: 2 })).to.equal(undefined);
        await source.ended;
      });
    });

    it('B1-demand reads on behind a batch that was bounded', async () => {
      await withNumbers(async (stream) => {
        await arrived(stream, 4);
        expect(await stream.source.readBatch({ max: 1 })).to.deep.equal([[0]]);
        expect(await stream.source.read()).to.deep.equal([1]);
        expect(await stream.source.readBatch({ max: Infinity })).to.deep.equal([[2], [3]]);
      });
    });

    it('S-S3 gives an end that came with the batch in the next one, once', async () => {
      for (const next of ['read', 'readBatch'] as const) {
        await withNumbers(async (stream) => {
          await arrived(stream, 2);
          await stream.sink.close();
          await turns(20);
          expect(await stream.source.readBatch()).to.deep.equal([[0], [1]]);
          expect(await stream.source[next]()).to.equal(undefined);
          await rejectionOf(stream.source[next](), StreamClosedError);
        });
      }
    });

    it('gives an error that came with the batch in the next one', async () => {
      await withNumbers(async (stream) => {
        await arrived(stream, 2);
        stream.sink.abort(new Error('enough'));
        await turns(20);
        expect(await stream.source.readBatch()).to.deep.equal([[0], [1]]);
        await rejectionOf(stream.source.readBatch(), StreamClosedError);
        await rejectionOf(stream.source.ended, StreamClosedError);
      });
    });

    it('gives what is left to a read that waits behind it', async () => {
      await withNumbers(async ({ sink, source }) => {
        const batch = source.readBatch();
        const single = source.read();
        await turns(5);
        await sendAll(sink, numbers(2));
        expect(await batch).to.deep.equal([[0]]);
        expect(await single).to.deep.equal([1]);
      });
    });

    for (const [where, count] of [
      ['last', 3],
      ['first after the one that was read', 1],
      ['in the middle', 2],
    ] as const) {
      it(`F26 gives what decodes before a message that does not, then the error: ${where}`, async () => {
        await withImpostor(async ({ sink, source }) => {
          for (let sent = 0; sent < count; sent++) await sink.send(GOOD);
          await sink.send(BAD);
          if (count < 3) await sink.send(GOOD);
          await sink.close();
          await turns(20);
          expect(await source.readBatch()).to.deep.equal(
            Array.from({ length: count }, () => ['ok']),
          );
          const error = await rejectionOf(source.readBatch(), StreamClosedError);
          expect(error.cause).to.be.instanceOf(SerializationError);
          expect(await rejectionOf(source.read()), 'it stays').to.equal(error);
          expect(await rejectionOf(source.ended)).to.equal(error);
          expect(source.bufferedBytes, 'nothing is kept').to.equal(0);
        });
      });
    }

    it('F26 fails a batch whose first message does not decode', async () => {
      await withImpostor(async ({ sink, source }) => {
        await sink.send(BAD);
        await sink.send(GOOD);
        await turns(20);
        const { cause } = await rejectionOf(source.readBatch(), StreamClosedError);
        expect(cause).to.be.instanceOf(SerializationError);
        await rejectionOf(source.readBatch(), StreamClosedError);
      });
    });

    it('gives messages of no bytes like any other', async () => {
      await withServer(memoryPair(), async ({ server, client }) => {
        const streams = new Streams(server, client, { serializer: raw });
        const { sink, source } = await streams.oneWay<[Uint8Array]>();
        const sizes = [0, 0, 3, 0];
        for (const bytes of sizes) await sink.send(Buffer.alloc(bytes));
        await turns(20);
        const batch = await source.readBatch();
        expect(batch?.map(([bytes]) => bytes.length)).to.deep.equal(sizes);
        await sink.send(Buffer.alloc(0));
        await sink.close();
        await turns(20);
        expect(await source.readBatch()).to.deep.equal([[Buffer.alloc(0)]]);
        expect(await source.readBatch()).to.equal(undefined);
      });
    });

    it('gives an array that is the caller’s', async () => {
      await withNumbers(async (stream) => {
        await arrived(stream, 2);
        const batch = await stream.source.readBatch();
        batch!.length = 0;
        await stream.sink.send(5);
        expect(await stream.source.readBatch()).to.deep.equal([[5]]);
      });
    });
  });
});
