import { expect } from 'chai';

import {
  CanceledError,
  ClosedError,
  seastar,
  StreamClosedError,
  TimeoutError,
} from '../../../lib/index.ts';
import { raw } from '../../../lib/layout.ts';
import { follow, rejectionOf } from '../../support/rejection.ts';
import { turns, until } from '../../support/turns.ts';
import { drain, drainToError, Streams } from '../../support/streams.ts';
import { type Bytes, stuff, tight, withStream } from '../../support/tight-stream.ts';
import { memoryPair, withServer } from '../../support/with-server.ts';

describe('StreamSink', () => {
  describe('flush', () => {
    it('S-S6 resolves when the kernel has taken everything, not when it was read', async () => {
      await withStream(async ({ sink, source }) => {
        await sink.send(Buffer.alloc(100));
        expect(sink.bufferedBytes).to.equal(104);
        await sink.flush();
        expect(sink.bufferedBytes).to.equal(0);
        await until(() => source.bufferedBytes > 0);
      });
    });

    it('S-S6 waits while the kernel takes nothing', async () => {
      await withStream(async (stream) => {
        void stream.sink.send(Buffer.alloc(5_000));
        const flushed = follow(stream.sink.flush());
        await turns(20);
        expect(flushed.outcome).to.equal(undefined);
        await stream.source.read();
        await until(() => flushed.outcome !== undefined);
        expect(stream.sink.bufferedBytes).to.equal(0);
      });
    });

    it('gives up by signal and by time, and harms nothing', async () => {
      const options = tight();
      await withStream(async ({ sink, source }) => {
        void sink.send(Buffer.alloc(5_000));
        const controller = new AbortController();
        const aborted = rejectionOf(sink.flush({ signal: controller.signal }), CanceledError);
        const late = rejectionOf(sink.flush({ timeoutMs: 100 }), TimeoutError);
        controller.abort();
        await aborted;
        options.clock.advance(100);
        expect((await late).limitMs).to.equal(100);
        await source.read();
        await sink.flush();
      }, options);
    });

    it('rejects with the cause when the stream has failed', async () => {
      await withStream(async ({ sink }) => {
        sink.abort(new Error('enough'));
        const error = await rejectionOf(sink.flush(), StreamClosedError);
        expect(error.cause).to.have.property('message', 'enough');
      });
    });
  });

  describe('close', () => {
    it('S-S7 sends what is queued and then the end', async () => {
      await withStream(async (stream) => {
        const count = await stuff(stream);
        const closing = follow(stream.sink.close());
        await turns(20);
        expect(closing.outcome, 'the kernel has not taken it').to.equal(undefined);
        expect(await drain(stream.source)).to.have.length(count);
        await until(() => closing.outcome !== undefined);
        await stream.sink.ended;
      });
    });

    it('S-S7, A8 seastar#606, F29 has one outcome, however often it is called', async () => {
      await withStream(async ({ sink, source }) => {
        const first = sink.close();
        expect(sink.close()).to.equal(first);
        await first;
        await sink.close();
        expect(await drain(source)).to.deep.equal([]);
        await sink.closeAndConfirm();
        await sink.closeAndConfirm();
      }, memoryPair());
    });

    it('F29 flushes what a flush still waits for', async () => {
      await withStream(async ({ sink, source }) => {
        void sink.send(Buffer.alloc(5_000));
        const flushing = sink.flush();
        const closing = sink.close();
        expect(await drain(source)).to.have.length(1);
        await Promise.all([flushing, closing]);
      });
    });

    it('only rejects, with the cause, when the stream has failed', async () => {
      await withStream(async ({ sink }) => {
        const reason = new Error('enough');
        sink.abort(reason);
        const error = await rejectionOf(sink.close(), StreamClosedError);
        expect(error.cause).to.equal(reason);
        expect(await rejectionOf(sink.close())).to.equal(error);
      });
    });

    it('rejects when the connection is lost before the end is out, also if nobody waits', async () => {
      await withServer(tight(), async ({ server, client }) => {
        const streams = new Streams(server, client, { serializer: raw });
        const [waited, unwaited] = [await streams.oneWay<Bytes>(), await streams.oneWay<Bytes>()];
        void waited.sink.send(Buffer.alloc(5_000));
        void unwaited.sink.send(Buffer.alloc(5_000));
        const closing = rejectionOf(waited.sink.close(), StreamClosedError);
        void unwaited.sink.close();
        await client.abort();
        const error = await closing;
        expect(error).to.include({ scope: 'stream', initiator: 'local' });
        expect(error.cause).to.be.instanceOf(ClosedError);
        expect(await rejectionOf(waited.sink.ended, StreamClosedError)).to.equal(error);
        await rejectionOf(unwaited.sink.ended, StreamClosedError);
      });
    });
  });

  describe('closeAndConfirm', () => {
    for (const [peers, options] of Object.entries({
      'with the extension': {},
      'without it': { client: { extension: false }, server: seastar.server },
    })) {
      it(`S-S13 resolves when the reader has taken the end, and not before: ${peers}`, async () => {
        await withStream(
          async ({ sink, source }) => {
            void sink.send(Buffer.of(1));
            const confirmed = follow(sink.closeAndConfirm());
            await sink.close();
            await until(() => source.bufferedBytes > 0);
            await turns(50);
            expect(confirmed.outcome, 'nothing was read').to.equal(undefined);
            await source.read();
            await turns(50);
            expect(confirmed.outcome, 'the end was not').to.equal(undefined);
            expect(await source.read()).to.equal(undefined);
            await until(() => confirmed.outcome !== undefined);
            expect(confirmed.outcome).to.deep.equal({ value: undefined });
            await sink.closeAndConfirm();
          },
          { ...memoryPair(), ...options },
        );
      });

      it(`S-S13 works towards the client as well: ${peers}`, async () => {
        await withServer({ ...memoryPair(), ...options }, async ({ server, client }) => {
          const { up, down } = await new Streams(server, client).twoWay<unknown[]>();
          await down.sink.send('x');
          const confirmed = follow(down.sink.closeAndConfirm());
          await up.sink.close();
          await drain(up.source);
          await turns(50);
          expect(confirmed.outcome).to.equal(undefined);
          expect(await drain(down.source)).to.deep.equal([['x']]);
          await until(() => confirmed.outcome !== undefined);
          expect(confirmed.outcome).to.deep.equal({ value: undefined });
        });
      });
    }

    it('S-S13 rejects when the reader cancels instead', async () => {
      const options = memoryPair();
      await withStream(async ({ sink, source }) => {
        await sink.send(Buffer.of(1));
        const failure = follow(sink.closeAndConfirm());
        await sink.close();
        source.cancel();
        await turns(50);
        options.clock.advance(60_000);
        await until(() => failure.outcome !== undefined);
        expect(failure.outcome).to.have.property('error').that.is.instanceOf(ClosedError);
        await sink.ended;
      }, options);
    });

    it('gives up by signal and by time, while the stream goes on', async () => {
      const options = memoryPair();
      await withStream(async ({ sink, source }) => {
        await sink.send(Buffer.of(1));
        const late = rejectionOf(sink.closeAndConfirm({ timeoutMs: 10 }), TimeoutError);
        await sink.close();
        options.clock.advance(10);
        await late;
        await rejectionOf(sink.closeAndConfirm({ signal: AbortSignal.abort() }), CanceledError);
        expect(await drain(source)).to.have.length(1);
        await sink.closeAndConfirm();
      }, options);
    });
  });

  describe('abort', () => {
    it('delivers what was sent before, then an error and no end', async () => {
      await withStream(async ({ sink, source }) => {
        await sink.send(Buffer.of(1));
        await sink.send(Buffer.of(2));
        const reason = new Error('enough');
        sink.abort(reason);
        const { messages, error } = await drainToError(source);
        expect(messages.map(([bytes]) => bytes[0])).to.deep.equal([1, 2]);
        expect(error).to.be.instanceOf(StreamClosedError);
        expect((await rejectionOf(sink.ended, StreamClosedError)).cause).to.equal(reason);
      });
    });

    it('F15, F29 releases sends that wait for room, with its reason', async () => {
      await withStream(async (stream) => {
        await stuff(stream);
        const waiting = rejectionOf(stream.sink.send(Buffer.of(1))!);
        const reason = new Error('enough');
        stream.sink.abort(reason);
        stream.sink.abort(new Error('again'));
        expect((await waiting).cause).to.equal(reason);
      });
    });

    it('F15 ends a close that waits for a reader who reads nothing', async () => {
      await withStream(async (stream) => {
        await stuff(stream);
        const closing = stream.sink.close();
        await turns(5);
        const reason = new Error('enough');
        stream.sink.abort(reason);
        expect(await rejectionOf(closing, StreamClosedError)).to.have.property('cause', reason);
        await rejectionOf(stream.sink.ended, StreamClosedError);
        const { error } = await drainToError(stream.source);
        expect(error).to.be.instanceOf(StreamClosedError);
      });
    });

    it('does nothing once the end is out', async () => {
      await withStream(async ({ sink, source }) => {
        await sink.send(Buffer.of(1));
        await sink.close();
        sink.abort(new Error('too late'));
        expect(await drain(source)).to.have.length(1);
        await sink.ended;
      });
    });
  });

  describe('disposal', () => {
    it('A8 scylladb#25238 aborts a sink that an exception leaves behind', async () => {
      await withStream(async ({ sink, source }) => {
        const failure = new Error('in between');
        const error = await rejectionOf(
          (async () => {
            await using owned = sink;
            await owned.send(Buffer.of(1));
            throw failure;
          })(),
          Error,
        );
        expect(error).to.equal(failure);
        expect((await drainToError(source)).messages).to.have.length(1);
        await rejectionOf(sink.ended, StreamClosedError);
      });
    });

    it('does nothing after a clean end', async () => {
      await withStream(async ({ sink, source }) => {
        await sink.send(Buffer.of(1));
        await sink.close();
        await sink[Symbol.asyncDispose]();
        expect(await drain(source)).to.have.length(1);
        await sink.ended;
      });
    });
  });

  it('counts what waits for the kernel, headers included, and tells its id', async () => {
    await withStream(async ({ sink, source }) => {
      expect(sink.bufferedBytes).to.equal(0);
      void sink.send(Buffer.alloc(10));
      void sink.send(Buffer.alloc(0));
      expect(sink.bufferedBytes).to.equal(18);
      expect(sink.id).to.equal(source.id);
      await sink.flush();
      expect(sink.bufferedBytes).to.equal(0);
    });
  });
});
