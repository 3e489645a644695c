import { once } from 'node:events';

import { expect } from 'chai';

import { MisuseError, StreamClosedError } from '../../../lib/errors/errors.ts';
import { packed, raw, sourceOf, u64 } from '../../../lib/layout.ts';
import { RemoteError, type Sink, type Source, verb } from '../../../lib/index.ts';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { follow, rejectionOf } from '../../support/rejection.ts';
import { drain, sendAll, Streams } from '../../support/streams.ts';
import { turns } from '../../support/turns.ts';
import { memoryPair, type Pair, withListening, withServer } from '../../support/with-server.ts';

/** The verb by which `Streams` names a stream. */
const CONSUME = 0x57_0001;
/** A verb that takes a stream, and what a peer makes of it that names whatever it likes. */
const BY_ID = verb(1, { args: packed(sourceOf(raw)) });
const FORGED = verb(1, { args: packed(u64) });

const MORE_THAN_BUFFERS = 48 * 2 ** 20;

function withPair(run: (pair: Pair) => Promise<void>): Promise<void> {
  return withServer(memoryPair(), run);
}

describe('Children', () => {
  it('S-W15, F16 a sink that is passed in two calls fails the second at its caller', async () => {
    await withPair(async ({ server, client }) => {
      const { sink, source } = await new Streams(server, client).oneWay<unknown[]>();
      const error = await rejectionOf(
        client.call(verb<(input: Source) => void>(CONSUME), sink),
        MisuseError,
      );
      expect(error.message).to.contain('before');
      await sendAll(sink, [[1]]);
      expect(await drain(source), 'the stream lives on').to.deep.equal([[1]]);
    });
  });

  it('F16 a sink that stands twice in one call fails it, and can be passed once afterwards', async () => {
    await withPair(async ({ server, client }) => {
      const arrived: Source[] = [];
      const both = verb<(first: Source, second: Source) => void>(1);
      const one = verb<(only: Source) => void>(2);
      server.handle(both, (_context, first) => void arrived.push(first));
      server.handle(one, (_context, only) => void arrived.push(only));
      const sink = await client.makeStreamSink();
      await rejectionOf(client.call(both, sink, sink), MisuseError);
      expect(arrived).to.deep.equal([]);
      await client.call(one, sink);
      await sendAll(sink, [[1]]);
      expect(await drain(arrived[0]!)).to.deep.equal([[1]]);
    });
  });

  it('F16 an id that a peer names in two calls fails the second there, and harms no stream', async () => {
    await withPair(async ({ server, client }) => {
      const { sink, source } = await new Streams(server, client).oneWay<unknown[]>();
      server.handle(BY_ID, () => {});
      const error = await rejectionOf(client.call(FORGED, sink.id), RemoteError);
      expect(error.message).to.contain('passed before');
      await sendAll(sink, [[1]]);
      expect(await drain(source)).to.deep.equal([[1]]);
    });
  });

  it('S-W15 a sink of another connection is refused by its caller, an unknown id by the server', async () => {
    await withPair(async ({ server, client, connect }) => {
      const streams = new Streams(server, client);
      const other = await connect();
      const sink = await other.makeStreamSink();
      await rejectionOf(client.call(verb<(input: Source) => void>(CONSUME), sink), MisuseError);
      await sink.close();
      server.handle(BY_ID, () => {});
      const error = await rejectionOf(client.call(FORGED, 0x1234_5678n), RemoteError);
      expect(error.message).to.contain('not found');
      const own = await streams.oneWay<unknown[]>();
      await sendAll(own.sink, [[1]]);
      expect(await drain(own.source)).to.deep.equal([[1]]);
    });
  });

  it('F16 a closed sink that has lost its connection before a call names it fails the call by that', async () => {
    const memory = memoryPair();
    await withServer(memory, async ({ server, client }) => {
      const sink = await client.makeStreamSink();
      await sink.close();
      await turns(5);
      memory.clock.advance(30_000);
      await turns(20);
      const consume = verb<(input: Source) => void>(CONSUME);
      server.handle(consume, () => {});
      const error = await rejectionOf(client.call(consume, sink), StreamClosedError);
      expect(error.message).to.equal('the stream was closed: the peer closed the connection');
    });
  });

  it('F16 a closed sink that still sends when its main connection is lost fails the call by that', async () => {
    await withListening({}, async (server, start) => {
      server.handle(BY_ID, () => {});
      await using proxy = await FaultProxy.start(server.address.port);
      const reconnect = { minDelayMs: 1, maxDelayMs: 1 };
      const limits = { maxStreamMessageBytes: MORE_THAN_BUFFERS };
      const client = start({ port: proxy.port, reconnect, limits });
      await client.whenReady();
      const sink = await client.makeStreamSink<[Uint8Array]>({ serializer: raw });
      (await proxy.connection(1)).stall();
      // More than the buffers of both kernels hold.
      void sink.send(Buffer.alloc(MORE_THAN_BUFFERS));
      const closing = follow(sink.close());
      const lost = once(client, 'reconnecting');
      (await proxy.connection(0)).reset();
      await lost;
      const error = await rejectionOf(client.call(BY_ID, sink), StreamClosedError);
      expect(error.message).to.match(/^the stream was closed: /);
      expect(closing.outcome, 'its connection lives on').to.equal(undefined);
    });
  });

  it('a source is passed on as what it yields, and a message holds no stream', async () => {
    await withPair(async ({ server, client }) => {
      const { up, down } = await new Streams(server, client).twoWay<unknown[]>();
      const consume = verb<(input: AsyncIterable<unknown[]>) => Promise<unknown[][]>>(77);
      server.handle(consume, async (_context, input) => {
        const tuples: unknown[][] = [];
        for await (const tuple of input) tuples.push(tuple);
        return tuples;
      });
      const consumed = client.call(consume, down.source);
      await sendAll(down.sink, [[1, 'a'], [2]]);
      expect(await consumed).to.deep.equal([[1, 'a'], [2]]);
      expect(() => up.sink.send(down.source)).to.throw(MisuseError);
      const other: Sink = await client.makeStreamSink();
      expect(() => up.sink.send(other)).to.throw(MisuseError, 'call');
      await other.close();
      await sendAll(up.sink, []);
      await drain(up.source);
    });
  });
});
