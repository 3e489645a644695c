import { expect } from 'chai';

import {
  callContext,
  ClosedError,
  MessageTooLargeError,
  SerializationError,
  type Sink,
  StreamClosedError,
} from '../../../lib/index.ts';
import { MisuseError, NotAwaitedError } from '../../../lib/errors/errors.ts';
import { packed, string } from '../../../lib/layout.ts';
import type { ProxiedConnection } from '../../support/fault-proxy.ts';
import { follow, rejectionOf } from '../../support/rejection.ts';
import { withProxy } from '../../support/stream-bench.ts';
import { turns, until } from '../../support/turns.ts';
import { drain, drainToError, Streams } from '../../support/streams.ts';
import { fill, stuff, TIGHT, tight, withStream } from '../../support/tight-stream.ts';
import { memoryPair, withServer } from '../../support/with-server.ts';

/** Sends to a connection that takes nothing any more, and returns the sends that wait. */
async function stall(sink: Sink<[Uint8Array]>, to: ProxiedConnection): Promise<Promise<void>[]> {
  to.stall();
  for (;;) {
    const room = sink.send(Buffer.alloc(65_536)) ?? Promise.resolve();
    const waiting = follow(room);
    await turns(20);
    if (waiting.outcome === undefined) return [room];
  }
}

describe('SinkHalf', () => {
  describe('send', () => {
    it('S-S4 returns nothing while there is room, and a promise until there is again', async () => {
      await withStream(async (stream) => {
        expect(stream.sink.send(Buffer.alloc(100))).to.equal(undefined);
        await stuff(stream);
        const waiting = follow(stream.sink.send(Buffer.alloc(100))!);
        await turns(50);
        expect(waiting.outcome, 'nobody reads').to.equal(undefined);
        const reading = drain(stream.source);
        await until(() => waiting.outcome !== undefined);
        expect(waiting.outcome).to.deep.equal({ value: undefined });
        expect(stream.sink.bufferedBytes).to.equal(0);
        expect(stream.sink.send(Buffer.alloc(100))).to.equal(undefined);
        await stream.sink.close();
        await reading;
      });
    });

    it('S-S4 takes a message above the budget when it comes alone', async () => {
      await withStream(async (stream) => {
        const large = Buffer.alloc(20 * TIGHT.sinkBudgetBytes, 7);
        const room = stream.sink.send(large);
        expect(room).to.be.instanceOf(Promise);
        expect(stream.sink.bufferedBytes).to.equal(large.length + 4);
        const [message] = (await stream.source.read())!;
        await room;
        expect(Buffer.from(message).equals(large)).to.equal(true);
      });
    });

    it('S-S9 rejects with the error of the stream when the connection is lost, as does a flush', async () => {
      await withProxy(async ({ streams }, proxy) => {
        const { sink } = await streams.oneWay<[Uint8Array]>();
        const waits = await stall(sink, await proxy.connection(1));
        waits.push(sink.flush());
        const errors = waits.map((wait) => rejectionOf(wait, StreamClosedError));
        (await proxy.connection(1)).reset();
        for (const error of await Promise.all(errors)) {
          expect(error).to.include({ scope: 'stream', initiator: 'transport' });
          expect(error.cause).to.be.instanceOf(ClosedError);
        }
        expect(() => sink.send(Buffer.alloc(1))).to.throw(StreamClosedError);
      });
    });

    it('S-S9 rejects with the error of the stream behind its end too, as does the close', async () => {
      await withProxy(async ({ streams }, proxy) => {
        const { sink } = await streams.oneWay<[Uint8Array]>();
        const waits = await stall(sink, await proxy.connection(1));
        waits.push(sink.close(), sink.ended);
        const errors = waits.map((wait) => rejectionOf(wait, StreamClosedError));
        (await proxy.connection(1)).reset();
        for (const error of await Promise.all(errors)) {
          expect(error).to.include({ scope: 'stream', initiator: 'transport' });
          expect(error.cause).to.be.instanceOf(ClosedError);
        }
      });
    });

    it('X10 asks to wait until it is known why the connection was lost, and takes nothing', async () => {
      await withProxy(async ({ streams, clock, networks }, proxy) => {
        const { sink } = await streams.oneWay<[Uint8Array]>();
        (await proxy.connection(0)).stall();
        (await proxy.connection(1)).reset();
        await until(() => networks[0].sockets[1]?.isClosed === true);
        const waiting = follow(sink.send(Buffer.alloc(10))!);
        const flushing = follow(sink.flush());
        await turns(20);
        expect(waiting.outcome).to.equal(undefined);
        expect(sink.bufferedBytes).to.equal(0);
        expect(flushing.outcome).to.deep.equal({ value: undefined });
        clock.advance(1_000);
        await turns(2);
        expect(waiting.outcome).to.have.property('error').that.is.instanceOf(StreamClosedError);
        (await proxy.connection(0)).resume();
      });
    });

    it('queues the message whether or not it says to wait', async () => {
      await withStream(async (stream) => {
        const { count } = fill(stream);
        void stream.sink.close();
        expect(await drain(stream.source)).to.have.length(count);
      });
    });

    it('throws NotAwaitedError when maxWaitingSends are waiting', async () => {
      await withStream(
        async (stream) => {
          const { room, count } = fill(stream);
          void stream.sink.send(Buffer.of(1));
          void stream.sink.send(Buffer.of(2));
          expect(() => stream.sink.send(Buffer.of(3)))
            .to.throw(NotAwaitedError, 'maxWaitingSends')
            .with.property('scope', 'stream');
          const reading = drain(stream.source);
          await room;
          void stream.sink.send(Buffer.of(4));
          await stream.sink.close();
          const messages = await reading;
          const tail = messages.slice(count).map(([bytes]) => bytes[0]);
          expect(tail, 'the refused one was not sent').to.deep.equal([1, 2, 4]);
        },
        tight({ maxWaitingSends: 3 }),
      );
    });

    it('throws NotAwaitedError at twice the budget and not before', async () => {
      await withStream(async (stream) => {
        fill(stream);
        const left = 2 * TIGHT.sinkBudgetBytes - stream.sink.bufferedBytes;
        expect(() => stream.sink.send(Buffer.alloc(left + 1))).to.throw(
          NotAwaitedError,
          'sinkBudgetBytes',
        );
        expect(() => void stream.sink.send(Buffer.alloc(left))).not.to.throw();
        expect(() => stream.sink.send(Buffer.of(1))).to.throw(NotAwaitedError);
        expect(stream.sink.bufferedBytes).to.be.at.most(2 * TIGHT.sinkBudgetBytes + 4);
      });
    });

    it('takes the first item of a stream in a value when its headers alone are above the budget', async () => {
      const limits = { sinkBudgetBytes: 1 };
      await withServer({ ...memoryPair(), both: { limits } }, async ({ server, client }) => {
        const service = {
          async *numbers() {
            callContext().setHeader('unit', 'm'.repeat(100));
            yield 1;
            yield 2;
          },
        };
        server.expose('service', service);
        const api = client.api<typeof service>('service');
        const numbers: number[] = [];
        for await (const number of await api.numbers()) numbers.push(number);
        expect(numbers).to.deep.equal([1, 2]);
      });
    });

    it('F9 throws above maxStreamMessageBytes and sends nothing', async () => {
      const limits = { maxStreamMessageBytes: 50 };
      await withStream(
        async ({ sink, source }) => {
          await sink.send(Buffer.alloc(49));
          await sink.send(Buffer.alloc(50));
          expect(() => sink.send(Buffer.alloc(51)))
            .to.throw(MessageTooLargeError)
            .that.includes({ actualBytes: 51, limitBytes: 50, initiator: 'local' });
          await sink.close();
          expect((await drain(source)).map(([bytes]) => bytes.length)).to.deep.equal([49, 50]);
        },
        { ...memoryPair(), client: { limits } },
      );
    });

    it('sends nothing of a message that does not fit its serializer, and lives on', async () => {
      await withServer(memoryPair(), async ({ server, client }) => {
        const streams = new Streams(server, client, { serializer: packed(string, string) });
        const { sink, source } = await streams.oneWay<unknown[]>();
        await sink.send('a', 'b');
        expect(() => sink.send('long enough to be seen', 5)).to.throw(SerializationError, '[1]');
        expect(() => sink.send('too', 'many', 'members')).to.throw(SerializationError);
        await sink.send('c', 'd');
        await sink.close();
        expect(await drain(source)).to.deep.equal([
          ['a', 'b'],
          ['c', 'd'],
        ]);
      });
    });

    it('refuses to be called while it encodes a message', async () => {
      await withServer(memoryPair(), async ({ server, client }) => {
        const { sink, source } = await new Streams(server, client).oneWay<unknown[]>();
        const sneaky = {
          get text(): unknown {
            return sink.send('inside');
          },
        };
        expect(() => sink.send(sneaky)).to.throw(MisuseError);
        await sink.send('outside');
        await sink.close();
        expect(await drain(source)).to.deep.equal([['outside']]);
      });
    });

    it('refuses to be closed while it encodes a message, and can be closed later', async () => {
      await withServer(memoryPair(), async ({ server, client }) => {
        const { sink, source } = await new Streams(server, client).oneWay<unknown[]>();
        let closing: Promise<void> | undefined;
        const sneaky = {
          get sent(): boolean {
            closing ??= sink.close();
            return true;
          },
        };
        await sink.send(sneaky);
        await rejectionOf(closing!, MisuseError);
        await sink.close();
        expect(await drain(source)).to.deep.equal([[{ sent: true }]]);
      });
    });

    it('F29 ends at once when it is aborted while it encodes a message', async () => {
      await withServer(memoryPair(), async ({ server, client }) => {
        const { sink, source } = await new Streams(server, client).oneWay<unknown[]>();
        await sink.send('before');
        const sneaky = {
          get sent(): boolean {
            sink.abort(new Error('enough'));
            return true;
          },
        };
        await sink.send(sneaky);
        const { messages } = await drainToError(source);
        expect(messages).to.deep.equal([['before']]);
        await rejectionOf(sink.ended, StreamClosedError);
      });
    });

    it('A8 seastar#3664 throws once closing has begun, and after abort', async () => {
      await withStream(async ({ sink, source }) => {
        const closing = sink.close();
        expect(() => sink.send(Buffer.of(1))).to.throw(StreamClosedError);
        await closing;
        expect(() => sink.send(Buffer.of(1))).to.throw(StreamClosedError);
        expect(await drain(source)).to.deep.equal([]);
      });
      await withStream(async ({ sink }) => {
        sink.abort(new Error('enough'));
        expect(() => sink.send(Buffer.of(1))).to.throw(StreamClosedError, 'enough');
      });
    });
  });
});
