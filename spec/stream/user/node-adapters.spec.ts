import { expect } from 'chai';
import { Readable, Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';

import { MisuseError } from '../../../lib/errors/errors.ts';
import { packed, raw, i32, string } from '../../../lib/layout.ts';
import { StreamClosedError } from '../../../lib/index.ts';
import { rejectionOf } from '../../support/rejection.ts';
import { turns, until } from '../../support/turns.ts';
import { type Direction, drain, drainToError, sendAll, Streams } from '../../support/streams.ts';
import { memoryPair, withServer } from '../../support/with-server.ts';

type Any = unknown[];

async function withStream(
  run: (stream: Direction<Any>) => Promise<void>,
  sinkOptions: ConstructorParameters<typeof Streams>[2] = {},
): Promise<void> {
  await withServer(memoryPair(), async ({ server, client }) => {
    await run(await new Streams(server, client, sinkOptions).oneWay<Any>());
  });
}

async function collect(readable: Readable): Promise<unknown[]> {
  const chunks: unknown[] = [];
  for await (const chunk of readable) chunks.push(chunk);
  return chunks;
}

describe('toReadable', () => {
  it('gives one-member tuples as their member and others whole, then the end', async () => {
    await withStream(async ({ sink, source }) => {
      const readable = source.toReadable();
      await sendAll(sink, [[1], ['text'], [{ a: 1 }], [1, 2], []]);
      expect(await collect(readable)).to.deep.equal([1, 'text', { a: 1 }, [1, 2], []]);
      await source.ended;
    });
  });

  it('finishes at the end of stream and not before', async () => {
    await withStream(async ({ sink, source }) => {
      const readable = source.toReadable();
      const end = finished(readable);
      readable.resume();
      await sendAll(sink, [[1]]);
      await end;
    });
  });

  it('S-S3 never ends when the stream did not', async () => {
    await withStream(async ({ sink, source }) => {
      const chunks: unknown[] = [];
      const sunk = new Writable({
        objectMode: true,
        write(chunk, _encoding, callback) {
          chunks.push(chunk);
          callback();
        },
      });
      await sink.send(1);
      const piped = rejectionOf(pipeline(source.toReadable(), sunk), StreamClosedError);
      await until(() => chunks.length === 1);
      sink.abort(new Error('enough'));
      await piped;
      expect(sunk.destroyed).to.equal(true);
      expect(chunks).to.deep.equal([1]);
    });
  });

  it('S-S3 fails at a message of null, which a Readable would take for the end', async () => {
    await withStream(async ({ sink, source }) => {
      await sendAll(sink, [[1], [null], [2]]);
      await rejectionOf(collect(source.toReadable()), MisuseError);
      await rejectionOf(source.ended, StreamClosedError);
    });
  });

  it('reads no more than it is asked for', async () => {
    await withStream(async ({ sink, source }) => {
      const readable = source.toReadable();
      for (let number = 0; number < 10; number++) await sink.send(Buffer.alloc(100, number));
      await sink.close();
      readable.read();
      await until(() => readable.readableLength > 0);
      await turns(20);
      expect(readable.readableLength).to.equal(1);
      expect(source.bufferedBytes).to.be.greaterThan(800);
      expect(await collect(readable)).to.have.length(10);
    });
  });

  it('cancels the source when it is destroyed early', async () => {
    await withStream(async ({ sink, source }) => {
      const readable = source.toReadable();
      await sink.send(1);
      await sink.send(2);
      const read: unknown[] = [];
      for await (const chunk of readable) {
        read.push(chunk);
        break;
      }
      expect(read).to.deep.equal([1]);
      expect(readable.destroyed).to.equal(true);
      await rejectionOf(source.ended, StreamClosedError);
      await rejectionOf(sink.ended, StreamClosedError);
    });
  });

  it('passes on what it was destroyed with', async () => {
    await withStream(async ({ source }) => {
      const readable = source.toReadable();
      const failure = new Error('enough');
      const end = rejectionOf(finished(readable), Error);
      readable.destroy(failure);
      expect(await end).to.equal(failure);
      const { cause } = await rejectionOf(source.ended, StreamClosedError);
      expect((cause as Error).cause).to.equal(failure);
    });
  });
});

describe('toWritable', () => {
  it('writes values as one-member tuples and arrays as tuples, and its end is the stream’s', async () => {
    await withStream(async ({ sink, source }) => {
      const writable = sink.toWritable();
      for (const chunk of [1, 'text', { a: 1 }, [1, 2]]) writable.write(chunk);
      writable.end();
      await finished(writable);
      expect(await drain(source)).to.deep.equal([[1], ['text'], [{ a: 1 }], [1, 2]]);
      await sink.ended;
    });
  });

  it('goes by the serializer where that says how many members there are', async () => {
    await withStream(
      async ({ sink, source }) => {
        await pipeline(Readable.from([Buffer.from('a'), Buffer.from('b')]), sink.toWritable());
        expect((await drain(source)).map(String)).to.deep.equal(['a', 'b']);
      },
      { serializer: raw },
    );
    await withStream(
      async ({ sink, source }) => {
        await pipeline(Readable.from([[1, 'a']]), sink.toWritable());
        expect(await drain(source)).to.deep.equal([[1, 'a']]);
      },
      { serializer: packed(i32, string) },
    );
  });

  it('waits for room', async () => {
    const memory = memoryPair({ bufferBytes: 1_000 });
    const both = { ...memory.both, limits: { sinkBudgetBytes: 1_000, sourceBudgetBytes: 1_000 } };
    await withServer({ both }, async ({ server, client }) => {
      const streams = new Streams(server, client, { serializer: raw });
      const { sink, source } = await streams.oneWay<[Uint8Array]>();
      let produced = 0;
      const chunks = (function* () {
        for (; produced < 200; produced++) yield Buffer.alloc(100, produced);
      })();
      const piped = pipeline(Readable.from(chunks, { highWaterMark: 1 }), sink.toWritable());
      await turns(200);
      expect(produced).to.be.lessThan(80);
      expect(await drain(source)).to.have.length(200);
      await piped;
    });
  });

  it('aborts the sink when what is piped into it fails', async () => {
    await withStream(async ({ sink, source }) => {
      const failure = new Error('in the middle');
      const failing = async function* (): AsyncGenerator<number> {
        yield 1;
        await turns(1);
        throw failure;
      };
      const error = await rejectionOf(pipeline(failing, sink.toWritable()), Error);
      expect(error).to.equal(failure);
      expect((await drainToError(source)).messages).to.deep.equal([[1]]);
      const { cause } = await rejectionOf(sink.ended, StreamClosedError);
      expect(cause).to.equal(failure);
    });
  });

  it('is destroyed with the sink’s cause, also while nothing is written', async () => {
    await withStream(async ({ sink, source }) => {
      const writable = sink.toWritable();
      const end = rejectionOf(finished(writable), StreamClosedError);
      source.cancel();
      await end;
      expect(writable.destroyed).to.equal(true);
    });
  });

  it('can be destroyed while its end waits for a reader who reads nothing', async () => {
    const memory = memoryPair({ bufferBytes: 1_000 });
    await withServer(memory, async ({ server, client }) => {
      const streams = new Streams(server, client, { serializer: raw });
      const { sink, source } = await streams.oneWay<[Uint8Array]>();
      const writable = sink.toWritable();
      source.pause();
      writable.end(Buffer.alloc(10_000));
      await turns(20);
      const failure = new Error('enough');
      const end = rejectionOf(finished(writable), Error);
      writable.destroy(failure);
      expect(await end).to.equal(failure);
      await rejectionOf(sink.ended, StreamClosedError);
      source.resume();
      await drainToError(source);
    });
  });

  it('fails at what does not fit, and aborts the sink', async () => {
    await withStream(
      async ({ sink, source }) => {
        const writable = sink.toWritable();
        const end = rejectionOf(finished(writable));
        writable.write(Buffer.from('fits'));
        writable.write('does not');
        expect(await end).to.have.property('code', 'ERR_SERIALIZATION');
        expect((await drainToError(source)).messages).to.have.length(1);
      },
      { serializer: raw },
    );
  });

  it('carries a stream on: one source into another sink', async () => {
    await withServer(memoryPair(), async ({ server, client }) => {
      const streams = new Streams(server, client);
      const [first, second] = [await streams.oneWay<Any>(), await streams.oneWay<Any>()];
      const piped = pipeline(first.source.toReadable(), second.sink.toWritable());
      const messages = Array.from({ length: 500 }, (_, number) => [number]);
      const reading = drain(second.source);
      await sendAll(first.sink, messages);
      expect(await reading).to.deep.equal(messages);
      await piped;
    });
  });
});
