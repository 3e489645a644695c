import { expect } from 'chai';

import {
  ClosedError,
  createClient,
  RefusedError,
  seastar,
  type Sink,
  type Source,
  StreamClosedError,
  verb,
} from '../../lib/index.ts';
import { i32, i64, packed, sinkOf, sourceOf, string } from '../../lib/layout.ts';
import { lz4, lz4Fragmented } from '../../lib/compression.ts';
import { MisuseError } from '../../lib/errors/errors.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { type Numbers, numbers } from '../support/number-stream.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { turns, until } from '../support/turns.ts';
import { drain, sendAll, Streams } from '../support/streams.ts';
import { WatchedTransport } from '../support/watched-transport.ts';
import { memoryPair, withListening, withServer } from '../support/with-server.ts';

describe('streams', () => {
  describe('opening', () => {
    it('S-S1 waits for its parent, then dials a connection of its own', async () => {
      const network = new WatchedTransport();
      await withListening({ client: { network } }, async (server, start) => {
        const client = start();
        const streams = new Streams(server, client);
        const opening = follow(client.makeStreamSink());
        expect(client.state).to.equal('connecting');
        await until(() => opening.outcome !== undefined);
        expect(network.sockets).to.have.length(2);
        const { sink, source } = await streams.oneWay<Numbers>();
        expect(network.sockets).to.have.length(3);
        expect(sink.id).to.equal(source.id).and.not.to.equal(client.connectionId);
        await sendAll(sink, numbers(3));
        expect(await drain(source)).to.have.length(3);
      });
    });

    it('S-S1 fails when its parent cannot connect', async () => {
      const client = createClient({ host: '127.0.0.1', port: 1, reconnect: false });
      const error = await rejectionOf(client.makeStreamSink(), ClosedError);
      expect(error.message).to.contain('ECONNREFUSED');
      await client.close();
    });

    it('S-S1 fails when the client is closed, and at a server without streaming', async () => {
      await withServer(async ({ client }) => {
        await client.close();
        await rejectionOf(client.makeStreamSink(), ClosedError);
      });
      await withServer({ server: { streaming: false } }, async ({ client }) => {
        await rejectionOf(client.makeStreamSink(), MisuseError);
      });
    });

    it('S-S1 is refused beyond maxChildren, and possible again when a stream has ended', async () => {
      const network = new WatchedTransport();
      const limits = { maxChildren: 2 };
      await withServer({ client: { limits, network } }, async ({ server, client }) => {
        const streams = new Streams(server, client);
        const first = await streams.oneWay<Numbers>();
        const second = await streams.oneWay<Numbers>();
        const error = await rejectionOf(client.makeStreamSink(), RefusedError);
        expect(error).to.include({ retryable: true, initiator: 'local' });
        expect(error.message).to.contain('maxChildren');
        await sendAll(first.sink, []);
        await drain(first.source);
        await network.whenOpen(2);
        const third = await streams.oneWay<Numbers>();
        for (const { sink, source } of [second, third]) {
          await sendAll(sink, numbers(1));
          expect(await drain(source)).to.have.length(1);
        }
      });
    });

    it('gives up by signal and by time, and leaves nothing open', async () => {
      const memory = memoryPair({ latencyMs: 10 });
      const network = new WatchedTransport(memory.both.network);
      await withListening({ ...memory, client: { network } }, async (_server, start) => {
        const client = start();
        while (client.state === 'connecting') {
          memory.clock.advance(10);
          await turns(5);
        }
        const controller = new AbortController();
        const canceled = rejectionOf(client.makeStreamSink({ signal: controller.signal }));
        const late = rejectionOf(client.makeStreamSink({ timeoutMs: 5 }));
        await turns(5);
        controller.abort();
        memory.clock.advance(5);
        expect((await canceled).code).to.equal('ERR_CANCELED');
        expect((await late).code).to.equal('ERR_TIMEOUT');
        memory.clock.advance(100);
        await network.whenOpen(1);
      });
    });
  });

  describe('directions', () => {
    it('S-S2 one connection carries both, of different types, at once', async () => {
      const network = new WatchedTransport();
      const sum = verb(1, {
        args: packed(string, sourceOf(i32, i64)),
        result: packed(sinkOf(string)),
      });
      await withServer({ client: { network } }, async ({ server, client }) => {
        server.handle(sum, (context, label, input) => {
          const output = input.makeSink({ serializer: packed(string) });
          context.background(async () => {
            for await (const [a, b] of input) await output.send(`${label}${a}:${b}`);
            await output.close();
          });
          return output;
        });
        const sink = await client.makeStreamSink({ serializer: packed(i32, i64) });
        const source = await client.call(sum, '#', sink);
        for (let number = 0; number < 10_000; number++) await sink.send(number, 2n ** 40n);
        await sink.close();
        const messages = await drain(source);
        expect(messages).to.have.length(10_000);
        expect(messages.at(-1)).to.deep.equal(['#9999:1099511627776']);
        expect(network.sockets).to.have.length(2);
        await network.whenOpen(1);
      });
    });

    it('S-S2 a server’s messages may come before the reply that names their stream', async () => {
      await withServer(async ({ server, client }) => {
        const early = verb<(input: Source) => Sink<Numbers>>(1);
        let reply = (): void => {};
        server.handle(early, async (_context, input) => {
          const output = input.makeSink<Numbers>();
          await sendAll(output, numbers(5));
          await new Promise<void>((resolve) => {
            reply = resolve;
          });
          return output;
        });
        const sink = await client.makeStreamSink();
        const calling = client.call(early, sink);
        await turns(50);
        reply();
        expect(await drain(await calling)).to.have.length(5);
        await sink.close();
      });
    });

    it('a stream that was closed before its call is read by the handler all the same', async () => {
      for (const options of [{}, { client: seastar.client }]) {
        await withServer(options, async ({ server, client }) => {
          const count = verb<(input: Source<Numbers>) => number>(1);
          server.handle(count, async (_context, input) => (await drain(input)).length);
          const sink = await client.makeStreamSink<Numbers>();
          await sendAll(sink, numbers(100));
          await turns(50);
          expect(await client.call(count, sink)).to.equal(100);
        });
      }
    });

    it('a call that fails ends its stream with its cause', async () => {
      await withServer(async ({ server, client }) => {
        const failing = verb<(input: Source<Numbers>) => Sink<Numbers>>(1);
        let seen: Source<Numbers> | undefined;
        server.handle(failing, (_context, input) => {
          seen = input;
          throw new Error('not today');
        });
        const sink = await client.makeStreamSink<Numbers>();
        await rejectionOf(client.call(failing, sink));
        await rejectionOf(sink.ended, StreamClosedError);
        const error = await rejectionOf(seen!.read(), StreamClosedError);
        expect(error.cause).to.have.property('message', 'not today');
      });
    });

    it('background work that fails aborts the streams of its call', async () => {
      const log = new CollectedLog();
      await withServer({ server: { logger: log } }, async ({ server, client }) => {
        const work = verb<(input: Source<Numbers>) => Sink<Numbers>>(1);
        server.handle(work, (context, input) => {
          const output = input.makeSink<Numbers>();
          context.background(async () => {
            await output.send(1);
            await input.read();
            throw new Error('the disk is full');
          });
          return output;
        });
        const sink = await client.makeStreamSink<Numbers>();
        const source = await client.call(work, sink);
        expect(await source.read()).to.deep.equal([1]);
        await sink.send(1);
        await rejectionOf(source.read(), StreamClosedError);
        await rejectionOf(sink.ended, StreamClosedError);
        expect(log.lines.filter((line) => line.includes('the disk is full'))).to.have.length(1);
      });
    });
  });

  describe('what children have of their parent', () => {
    for (const compression of [lz4(), lz4Fragmented()]) {
      it(`S-S12 its compression: ${compression.supported}`, async () => {
        const network = new WatchedTransport();
        const options = { both: { compression }, client: { network } };
        await withServer(options, async ({ server, client }) => {
          const { sink, source } = await new Streams(server, client).oneWay<[Uint8Array]>();
          const before = network.sockets[1]!.writtenBytes;
          await sendAll(sink, [[Buffer.alloc(100_000)]]);
          const messages = await drain(source);
          expect(messages[0]![0]).to.have.length(100_000);
          expect(network.sockets[1]!.writtenBytes - before).to.be.lessThan(5_000);
        });
      });
    }

    it('S-S12 its isolation: the cookie is sent again and not resolved anew', async () => {
      const cookies: string[] = [];
      const server = {
        isolate: (cookie: string) => {
          cookies.push(cookie);
          return undefined;
        },
      };
      const options = { server, client: { isolationCookie: 'batch' } };
      await withServer(options, async ({ server: far, client }) => {
        const isolated = verb<(input: Source<Numbers>) => string | undefined>(1);
        far.handle(isolated, (context, input) => {
          context.background(() => drain(input));
          return context.isolation;
        });
        const sink = await client.makeStreamSink<Numbers>();
        expect(await client.call(isolated, sink)).to.equal('batch');
        await sink.close();
        expect(cookies).to.deep.equal(['batch']);
      });
    });
  });

  describe('ends', () => {
    it('S-S9, A8 seastar#552 an end keeps its first cause, at sink and source alike', async () => {
      await withServer(async ({ server, client }) => {
        const { up, down } = await new Streams(server, client).twoWay<Numbers>();
        const first = new Error('the first cause');
        await client.abort(first);
        up.sink.abort(new Error('a second one'));
        await client.close();
        for (const promise of [up.sink.ended, up.sink.close(), down.source.read()]) {
          const error = await rejectionOf(promise, StreamClosedError);
          expect(error.cause).to.be.instanceOf(ClosedError).with.property('cause', first);
        }
      });
    });

    it('F29 aborting and canceling at both sides at once leaves one outcome each', async () => {
      const network = new WatchedTransport();
      await withServer({ client: { network } }, async ({ server, client }) => {
        const { up, down } = await new Streams(server, client).twoWay<Numbers>();
        await up.sink.send(1);
        up.sink.abort(new Error('client'));
        down.source.cancel(new Error('client'));
        down.sink.abort(new Error('server'));
        up.source.cancel(new Error('server'));
        const causes = [up.sink, down.sink].map(async ({ ended }) => {
          const { cause } = await rejectionOf(ended, StreamClosedError);
          return (cause as Error).message;
        });
        expect(await Promise.all(causes)).to.deep.equal(['client', 'server']);
        await network.whenOpen(1);
      });
    });

    it('F29 a sink that its reader cancels while it closes has one outcome', async () => {
      const network = new WatchedTransport();
      await withServer({ client: { network } }, async ({ server, client }) => {
        const { sink, source } = await new Streams(server, client).oneWay<Numbers>();
        await sink.send(1);
        source.cancel();
        await sink.close();
        await sink.ended;
        await rejectionOf(source.ended, StreamClosedError);
        await network.whenOpen(1);
      });
    });
  });
});
