import { expect } from 'chai';

import { raw } from '../../../lib/layout.ts';
import { SerializationError, StreamClosedError } from '../../../lib/index.ts';
import { follow, rejectionOf } from '../../support/rejection.ts';
import { turns, until } from '../../support/turns.ts';
import { type Direction, drain, drainToError, sendAll, Streams } from '../../support/streams.ts';
import { memoryPair, withServer } from '../../support/with-server.ts';

type Any = unknown[];

async function withStream(run: (stream: Direction<Any>) => Promise<void>): Promise<void> {
  await withServer(memoryPair(), async ({ server, client }) => {
    await run(await new Streams(server, client).oneWay<Any>());
  });
}

describe('toReadableStream', () => {
  it('gives one-member tuples as their member and others whole, then the end', async () => {
    await withStream(async ({ sink, source }) => {
      await sendAll(sink, [[1], [null], [1, 2]]);
      const chunks: unknown[] = [];
      for await (const chunk of source.toReadableStream()) chunks.push(chunk);
      expect(chunks).to.deep.equal([1, null, [1, 2]]);
      await source.ended;
    });
  });

  it('reads nothing before it is asked to', async () => {
    await withStream(async ({ sink, source }) => {
      const reader = source.toReadableStream().getReader();
      await sendAll(sink, [[1], [2]]);
      await until(() => source.bufferedBytes > 0);
      await turns(20);
      const held = source.bufferedBytes;
      expect(await reader.read()).to.deep.equal({ done: false, value: 1 });
      expect(source.bufferedBytes).to.be.lessThan(held);
      expect(await reader.read()).to.deep.equal({ done: false, value: 2 });
      expect(await reader.read()).to.deep.equal({ done: true, value: undefined });
    });
  });

  it('S-S3 errors when the stream did not end in order', async () => {
    await withStream(async ({ sink, source }) => {
      const reader = source.toReadableStream().getReader();
      await sink.send(1);
      sink.abort(new Error('enough'));
      expect(await reader.read()).to.deep.equal({ done: false, value: 1 });
      await rejectionOf(reader.read(), StreamClosedError);
    });
  });

  it('cancels the source when it is canceled', async () => {
    await withStream(async ({ sink, source }) => {
      const reason = new Error('enough');
      await source.toReadableStream().cancel(reason);
      const { cause } = await rejectionOf(source.ended, StreamClosedError);
      expect((cause as Error).cause).to.equal(reason);
      await rejectionOf(sink.ended, StreamClosedError);
    });
  });
});

describe('toWritableStream', () => {
  it('writes values, and closing it ends the stream', async () => {
    await withStream(async ({ sink, source }) => {
      const writer = sink.toWritableStream().getWriter();
      void writer.write(1);
      void writer.write([1, 2]);
      await writer.close();
      expect(await drain(source)).to.deep.equal([[1], [1, 2]]);
      await sink.ended;
    });
  });

  it('is not ready while there is no room', async () => {
    const memory = memoryPair({ bufferBytes: 1_000 });
    const both = { ...memory.both, limits: { sinkBudgetBytes: 1_000, sourceBudgetBytes: 1_000 } };
    await withServer({ both }, async ({ server, client }) => {
      const streams = new Streams(server, client, { serializer: raw });
      const { sink, source } = await streams.oneWay<[Uint8Array]>();
      const writer = sink.toWritableStream().getWriter();
      const written = follow(writer.write(Buffer.alloc(10_000)));
      await turns(50);
      expect(written.outcome).to.equal(undefined);
      const reading = drain(source);
      await writer.ready;
      expect(written.outcome).to.deep.equal({ value: undefined });
      await writer.close();
      expect(await reading).to.have.length(1);
    });
  });

  it('aborts the sink when it is aborted', async () => {
    await withStream(async ({ sink, source }) => {
      const writer = sink.toWritableStream().getWriter();
      await writer.write(1);
      const reason = new Error('enough');
      await writer.abort(reason);
      expect((await drainToError(source)).messages).to.deep.equal([[1]]);
      expect((await rejectionOf(sink.ended, StreamClosedError)).cause).to.equal(reason);
    });
  });

  it('S-S3 aborts the sink when a value can’t be sent, so that its reader is not left waiting', async () => {
    await withStream(async ({ sink, source }) => {
      const writer = sink.toWritableStream().getWriter();
      await writer.write(1);
      const error = await rejectionOf(writer.write(new Set()), SerializationError);
      expect((await drainToError(source)).messages).to.deep.equal([[1]]);
      expect((await rejectionOf(sink.ended, StreamClosedError)).cause).to.equal(error);
    });
  });

  it('errors with the sink’s cause, also while nothing is written', async () => {
    await withStream(async ({ sink, source }) => {
      const writer = sink.toWritableStream().getWriter();
      const closed = rejectionOf(writer.closed, StreamClosedError);
      source.cancel();
      await closed;
    });
  });

  it('carries a stream on: one source into another sink', async () => {
    await withServer(memoryPair(), async ({ server, client }) => {
      const streams = new Streams(server, client);
      const [first, second] = [await streams.oneWay<Any>(), await streams.oneWay<Any>()];
      const piped = first.source.toReadableStream().pipeTo(second.sink.toWritableStream());
      const messages = Array.from({ length: 500 }, (_, number) => [number]);
      const reading = drain(second.source);
      await sendAll(first.sink, messages);
      expect(await reading).to.deep.equal(messages);
      await piped;
    });
  });
});
