import { expect } from 'chai';

import { CanceledError, type Source, StreamClosedError } from '../../../lib/index.ts';
import { MisuseError } from '../../../lib/errors/errors.ts';
import { packed, raw, string } from '../../../lib/layout.ts';
import { arrived, type Numbers, numbers, withNumbers } from '../../support/number-stream.ts';
import { follow, rejectionOf } from '../../support/rejection.ts';
import { turns, until } from '../../support/turns.ts';
import { drain, drainToError, sendAll, Streams } from '../../support/streams.ts';
import { WatchedTransport } from '../../support/watched-transport.ts';
import { memoryPair, withServer } from '../../support/with-server.ts';

describe('StreamSource', () => {
  describe('cancel', () => {
    it('tells the producer and whoever reads, and drops what has come', async () => {
      await withNumbers(async (stream) => {
        await arrived(stream, 3);
        await stream.source.read();
        const reason = new Error('enough');
        stream.source.cancel(reason);
        stream.source.cancel(new Error('again'));
        const error = await rejectionOf(stream.source.read(), StreamClosedError);
        expect(error.cause).to.be.instanceOf(CanceledError).with.property('cause', reason);
        expect(stream.source.bufferedBytes).to.equal(0);
        await rejectionOf(stream.sink.ended, StreamClosedError);
        expect(() => stream.sink.send(4)).to.throw(StreamClosedError);
      });
    });

    it('rejects reads that wait', async () => {
      await withNumbers(async ({ source }) => {
        const reads = [rejectionOf(source.read()), rejectionOf(source.readBatch())];
        source.cancel('why');
        const errors = await Promise.all(reads);
        expect(errors.map(({ code }) => code)).to.deep.equal(Array(2).fill('ERR_STREAM_CLOSED'));
        await rejectionOf(source.ended, StreamClosedError);
      });
    });

    it('is silent, and changes nothing once the end was read', async () => {
      await withNumbers(async ({ sink, source }) => {
        await sink.close();
        await drain(source);
        source.cancel(new Error('too late'));
        await source.ended;
        await sink.ended;
      });
    });

    it('F29 can be called while a message is being handled, and while it waits', async () => {
      await withNumbers(async ({ sink, source }) => {
        const outcome = follow(source.read().then(() => source.cancel()));
        await sink.send(1);
        await until(() => outcome.outcome !== undefined);
        await rejectionOf(source.ended, StreamClosedError);
        await rejectionOf(sink.ended, StreamClosedError);
      });
    });

    for (const far of ['server', 'client'] as const) {
      it(`tells a producer at the ${far} at once, while the other direction goes on`, async () => {
        await withServer(async ({ server, client }) => {
          const { up, down } = await new Streams(server, client).twoWay<Numbers>();
          const [cut, whole] = far === 'client' ? [up, down] : [down, up];
          await cut.sink.send(1);
          await cut.source.read();
          cut.source.cancel(new Error('enough'));
          const error = await rejectionOf(cut.sink.ended, StreamClosedError);
          expect(error.cause).to.be.instanceOf(CanceledError).with.property('initiator', 'remote');
          expect(() => cut.sink.send(2)).to.throw(StreamClosedError);
          await sendAll(whole.sink, numbers(50));
          expect(await drain(whole.source)).to.have.length(50);
        });
      });
    }

    for (const [name, options] of Object.entries({
      'by bytes': {},
      'by messages': { sourceBudgetMessages: 5 },
    })) {
      it(`lets the other direction go on, and what comes is dropped: bounded ${name}`, async () => {
        const memory = memoryPair({ bufferBytes: 1_000 });
        const limits = { sourceBudgetBytes: 2_000, sinkBudgetBytes: 1_000, ...options };
        const both = { ...memory.both, limits, extension: false };
        await withServer({ both }, async ({ server, client }) => {
          const { up, down } = await new Streams(server, client).twoWay<Numbers>();
          const sending = sendAll(up.sink, numbers(1_000));
          await until(() => up.source.bufferedBytes > 0 && up.sink.bufferedBytes > 0);
          await turns(20);
          up.source.cancel(new Error('enough'));
          await sending;
          await sendAll(down.sink, numbers(50));
          expect(await drain(down.source)).to.have.length(50);
        });
      });
    }
  });

  describe('pause', () => {
    it('reaches TCP: the sender’s bytes stop, until resume', async () => {
      const network = new WatchedTransport();
      await withServer({ server: { network } }, async ({ server, client }) => {
        const streams = new Streams(server, client, { serializer: raw });
        const { sink, source } = await streams.oneWay<[Uint8Array]>();
        const socket = network.sockets[1]!;
        source.pause();
        expect(socket.isPaused).to.equal(true);
        const held = socket.readBytes;
        let sent = 0;
        while (sink.bufferedBytes === 0) {
          void sink.send(Buffer.alloc(65_536));
          sent++;
          await turns(1);
        }
        await turns(100);
        expect(sink.bufferedBytes, 'the kernel takes no more').to.be.greaterThan(0);
        expect(socket.readBytes, 'and nothing was read').to.be.at.most(held + 65_536);
        void sink.close();
        source.resume();
        expect(await drain(source)).to.have.length(sent);
      });
    });

    it('leaves what has come to be read, and a read waits for resume', async () => {
      await withNumbers(async (stream) => {
        await arrived(stream, 2);
        stream.source.pause();
        await stream.sink.send(2);
        await stream.sink.close();
        expect(await stream.source.readBatch()).to.deep.equal([[0], [1]]);
        const reading = follow(stream.source.read());
        await turns(50);
        expect(reading.outcome).to.equal(undefined);
        stream.source.resume();
        await until(() => reading.outcome !== undefined);
        expect(reading.outcome).to.deep.equal({ value: [2] });
        expect(await stream.source.read()).to.equal(undefined);
      });
    });

    it('S-S8 does not keep a stream open that has ended', async () => {
      const memory = memoryPair();
      const network = new WatchedTransport(memory.both.network);
      const both = { ...memory.both, network };
      await withServer({ both }, async ({ server, client }) => {
        const { up, down } = await new Streams(server, client).twoWay<Numbers>();
        await sendAll(up.sink, numbers(1));
        await sendAll(down.sink, numbers(1));
        await until(() => down.source.bufferedBytes > 0 && up.source.bufferedBytes > 0);
        await turns(20);
        down.source.pause();
        up.source.pause();
        await drain(up.source);
        await drain(down.source);
        down.source.pause();
        up.source.pause();
        await network.whenOpen(2);
      });
    });
  });

  describe('makeSink', () => {
    it('S-S2 gives the other direction, with types of its own', async () => {
      await withServer(memoryPair(), async ({ server, client }) => {
        const streams = new Streams(server, client, { serializer: packed(string) });
        const { up, down } = await streams.twoWay<[string]>();
        expect(up.sink.id).to.equal(down.sink.id);
        await up.sink.send('up');
        await down.sink.send('down');
        expect(await up.source.read()).to.deep.equal(['up']);
        expect(await down.source.read()).to.deep.equal(['down']);
        await Promise.all([up.sink.close(), down.sink.close()]);
        expect(await drain(up.source)).to.deep.equal([]);
        expect(await drain(down.source)).to.deep.equal([]);
      });
    });

    it('F16 is refused a second time, and at the side that opened the stream', async () => {
      await withServer(memoryPair(), async ({ server, client }) => {
        const { up, down } = await new Streams(server, client).twoWay<Numbers>();
        expect(() => up.source.makeSink()).to.throw(MisuseError, 'before');
        expect(() => down.source.makeSink()).to.throw(MisuseError, 'accepted');
        await sendAll(up.sink, numbers(1));
        expect(await drain(up.source)).to.have.length(1);
        await sendAll(down.sink, numbers(1));
        expect(await drain(down.source)).to.have.length(1);
      });
    });

    it('is refused once the stream has ended or failed', async () => {
      await withNumbers(async ({ sink, source }) => {
        await sink.close();
        await drain(source);
        expect(() => source.makeSink()).to.throw(StreamClosedError);
      });
      await withNumbers(async ({ sink, source }) => {
        const reading = rejectionOf(source.read());
        sink.abort(new Error('enough'));
        await reading;
        expect(() => source.makeSink()).to.throw(StreamClosedError);
      });
    });
  });

  describe('disposal', () => {
    it('cancels what was not read to its end', async () => {
      await withNumbers(async ({ sink, source }) => {
        await sink.send(1);
        await source[Symbol.asyncDispose]();
        await rejectionOf(sink.ended, StreamClosedError);
        await rejectionOf(source.ended, StreamClosedError);
      });
    });

    it('does nothing after the end', async () => {
      await withNumbers(async ({ sink, source }) => {
        await using owned: Source<Numbers> = source;
        await sink.close();
        await drain(owned);
      });
    });
  });

  it('delivers what was sent before an error, however slowly it is read', async () => {
    await withNumbers(async (stream) => {
      await arrived(stream, 50);
      stream.sink.abort(new Error('enough'));
      await turns(50);
      const { messages, error } = await drainToError(stream.source);
      expect(messages).to.have.length(50);
      expect(error).to.be.instanceOf(StreamClosedError);
    });
  });
});
