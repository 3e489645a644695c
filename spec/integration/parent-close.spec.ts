import { expect } from 'chai';

import { type Client, ClosedError, seastar, StreamClosedError } from '../../lib/index.ts';
import { ManualClock } from '../../lib/testing.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { turns, until } from '../support/turns.ts';
import { type Message, messages, withBench, withProxy } from '../support/stream-bench.ts';
import { drain, drainToError, sendAll, Streams } from '../support/streams.ts';
import { withServer } from '../support/with-server.ts';

/** More than both budgets hold and less than the kernels do: some of it waits in the kernel. */
const BEHIND_THE_BUDGET = 600;

describe('the end of a parent', () => {
  describe('what was sent before is delivered', () => {
    it('S-S10 a source that has its end of stream still ends with it', async () => {
      await withProxy(async ({ streams }, proxy) => {
        const { up, down } = await streams.twoWay<Message>();
        for (const { sink, source } of [up, down]) {
          await sendAll(sink, messages(10));
          await until(() => source.bufferedBytes > 9_000);
        }
        proxy.connections[0]!.reset();
        await turns(50);
        for (const { source } of [up, down]) expect(await drain(source)).to.have.length(10);
      });
    });

    it('S-S10 what the kernel holds behind a slow reader comes when the peer closes in order', async () => {
      await withBench(async ({ streams, client, clock }) => {
        const { sink, source } = await streams.oneWay<Message>();
        await sendAll(sink, messages(BEHIND_THE_BUDGET));
        const closing = client.close({ graceMs: 0 });
        await turns(100);
        expect(source.bufferedBytes, 'the rest is with the kernel').to.be.lessThan(500_000);
        expect(await drain(source)).to.have.length(BEHIND_THE_BUDGET);
        clock.advance(60_000);
        await closing;
      });
    });

    it('S-S10 so it does at a client whose server closes in order', async () => {
      await withBench(async ({ streams, server, clock }) => {
        const { sink, source } = await streams.fromServer<Message>();
        await sendAll(sink, messages(BEHIND_THE_BUDGET));
        const closing = server.close({ graceMs: 0 });
        await turns(100);
        expect(await drain(source)).to.have.length(BEHIND_THE_BUDGET);
        clock.advance(60_000);
        await closing;
      });
    });

    it('S-S13 client.close waits for the readers of closed sinks, and needs no timer for it', async () => {
      await withBench(async ({ streams, client, clock }) => {
        const { sink, source } = await streams.oneWay<Message>();
        await sendAll(sink, messages(BEHIND_THE_BUDGET));
        const closing = follow(client.close());
        await turns(100);
        expect(closing.outcome).to.equal(undefined);
        expect(client.state).to.equal('closing');
        expect(await drain(source)).to.have.length(BEHIND_THE_BUDGET);
        await until(() => closing.outcome !== undefined);
        expect(clock.now()).to.equal(0);
      });
    });

    it('S-S13 without a grace time it waits for no reader', async () => {
      await withBench(async ({ streams, client }) => {
        const { sink, source } = await streams.oneWay<Message>();
        await sendAll(sink, messages(10));
        const closing = client.close({ graceMs: 0 });
        expect(client.state).to.equal('closed');
        expect(await drain(source)).to.have.length(10);
        await closing;
      });
    });

    it('S-S13 it gives up after its grace time, and so does the stream then', async () => {
      await withBench(async ({ streams, client, clock }) => {
        const { sink } = await streams.oneWay<Message>();
        await sendAll(sink, messages(10));
        const closing = client.close({ graceMs: 500 });
        await turns(20);
        clock.advance(500);
        await turns(20);
        clock.advance(60_000);
        await closing;
        await sink.ended;
      });
    });

    it('S-S13 server.close waits for open streams', async () => {
      await withBench(async ({ streams, server, clock }) => {
        const { sink, source } = await streams.oneWay<Message>();
        const closing = follow(server.close());
        await turns(20);
        await sendAll(sink, messages(100));
        expect(await drain(source)).to.have.length(100);
        await until(() => closing.outcome !== undefined);
        expect(clock.now()).to.equal(0);
      });
    });
  });

  describe('what was not finished fails', () => {
    for (const moment of ['idle', 'while a reader waits', 'while a sink waits for room']) {
      for (const how of ['close', 'abort', 'reset'] as const) {
        it(`S-S10, S-S9, A8 seastar#552 with the parent’s cause: ${how}, ${moment}`, async () => {
          await withProxy(async ({ streams, client, clock, networks }, proxy) => {
            const { up, down } = await streams.twoWay<Message>();
            const waiting: Promise<unknown>[] = [];
            if (moment === 'while a reader waits') {
              waiting.push(rejectionOf(up.source.read()), rejectionOf(down.source.read()));
            }
            if (moment === 'while a sink waits for room') {
              waiting.push(rejectionOf(up.sink.send(1, Buffer.alloc(10_000_000))!));
            }
            let over: Promise<void> | undefined;
            if (how === 'close') over = client.close({ graceMs: 0 });
            if (how === 'abort') over = client.abort(new Error('enough'));
            if (how === 'reset') proxy.connections[0]!.reset();
            await rejectionOf(up.sink.ended, StreamClosedError);
            await rejectionOf(down.sink.ended, StreamClosedError);
            const reading = [drainToError(up.source), drainToError(down.source)];
            await turns(20);
            // A source whose parent was lost waits a moment for what may be on its way.
            clock.advance(1_000);
            const [far, near] = await Promise.all(reading);
            expect(far!.error).to.be.instanceOf(StreamClosedError);
            expect(near!.error).to.be.instanceOf(StreamClosedError);
            expect((near!.error as Error).cause).to.be.instanceOf(ClosedError);
            await Promise.all(waiting);
            expect(() => up.sink.send(2)).to.throw(StreamClosedError);
            await turns(50);
            clock.advance(60_000);
            await over;
            await Promise.all(networks.map((network) => network.whenOpen(0)));
          });
        });
      }
    }

    it('S-S10 a reset parent says so to the streams of both sides', async () => {
      await withProxy(async ({ streams }, proxy) => {
        const { up, down } = await streams.twoWay<Message>();
        proxy.connections[0]!.reset();
        for (const { sink } of [up, down]) {
          const { cause } = await rejectionOf(sink.ended, StreamClosedError);
          expect((cause as Error).message).to.contain('ECONNRESET');
        }
      });
    });
  });

  describe('closing never hangs', () => {
    it('client.close ends streams that have outlived their connection unread', async () => {
      await withProxy(async ({ streams, client, networks, clock }, proxy) => {
        const { sink, source } = await streams.fromServer<Message>();
        void sink.send(0, Buffer.alloc(1_000_000));
        await until(() => source.bufferedBytes > 262_144);
        proxy.connections[0]!.reset();
        await until(() => client.state === 'closed');
        const closing = follow(client.close());
        await turns(50);
        clock.advance(60_000);
        await until(() => closing.outcome !== undefined);
        expect(networks[0].openCount).to.equal(0);
        await drainToError(source);
      });
    });

    it('server.close ends streams that have outlived their connection unread', async () => {
      await withProxy(async ({ streams, server, networks, clock }, proxy) => {
        const { sink, source } = await streams.oneWay<Message>();
        void sink.send(0, Buffer.alloc(1_000_000));
        await until(() => source.bufferedBytes > 262_144);
        proxy.connections[0]!.reset();
        await networks[1].whenOpen(1);
        const closing = follow(server.close({ graceMs: 0 }));
        await turns(50);
        clock.advance(60_000);
        await until(() => closing.outcome !== undefined);
        expect(networks[1].openCount).to.equal(0);
        await drainToError(source);
      });
    });

    it('server.close does not wait for a stream that no call can name any more', async () => {
      await withBench(async ({ server, client, clock }) => {
        const sink = await client.makeStreamSink();
        const closing = follow(server.close());
        await turns(20);
        expect(closing.outcome).to.equal(undefined);
        await client.abort();
        await rejectionOf(sink.ended);
        await until(() => closing.outcome !== undefined);
        expect(clock.now()).to.equal(0);
      });
    });

    it('client.close does not wait for a sink that no call has named', async () => {
      await withBench(async ({ client, clock }) => {
        const sink = await client.makeStreamSink();
        await sink.close();
        await client.close();
        expect(clock.now()).to.equal(0);
      });
    });

    for (const [peers, options] of Object.entries({
      'two of us': {},
      'a client like Seastar': { client: seastar.client },
      'a server like Seastar': { server: seastar.server },
      'neither with the extension': { both: { extension: false } },
    })) {
      it(`A8 seastar#606 in any order, twice, with streams in every state: ${peers}`, async () => {
        for (const order of ['client', 'server', 'both'] as const) {
          const clock = new ManualClock();
          const both = { clock, ...('both' in options ? options.both : {}) };
          await withServer({ ...options, both }, async ({ server, client }) => {
            await openEveryKind(new Streams(server, client), client);
            const closings: Promise<void>[] = [];
            if (order !== 'server') closings.push(client.close(), client.close());
            if (order !== 'client') closings.push(server.close(), server.close());
            const closed = follow(Promise.all(closings));
            for (let step = 0; step < 10 && closed.outcome === undefined; step++) {
              await turns(20);
              clock.advance(30_000);
            }
            await until(() => closed.outcome !== undefined);
            expect(closed.outcome).to.have.property('value');
            await client.close();
            await server.close();
          });
        }
      });
    }
  });
});

/** Streams that are open, half closed, closed and unread, paused, full, aborted, canceled and unnamed. */
async function openEveryKind(streams: Streams, client: Client): Promise<void> {
  await client.makeStreamSink();
  await streams.twoWay();
  const halfClosed = await streams.twoWay<Message>();
  await sendAll(halfClosed.up.sink, messages(3));
  const unread = await streams.twoWay<Message>();
  await sendAll(unread.up.sink, messages(3));
  await sendAll(unread.down.sink, messages(3));
  const paused = await streams.oneWay<Message>();
  paused.source.pause();
  await sendAll(paused.sink, messages(3));
  const full = await streams.oneWay<Message>();
  void full.sink.send(1, Buffer.alloc(8_000_000));
  const aborted = await streams.oneWay<Message>();
  aborted.sink.abort();
  const canceled = await streams.oneWay<Message>();
  canceled.source.cancel();
  const finished = await streams.twoWay<Message>();
  for (const { sink, source } of [finished.up, finished.down]) {
    await sendAll(sink, messages(3));
    await drain(source);
  }
}
