import { expect } from 'chai';

import { type Client, ClosedError, StreamClosedError, TimeoutError } from '../../lib/index.ts';
import { ManualClock } from '../../lib/testing.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { NO_FEATURES, type RawPeer } from '../support/raw-peer.ts';
import { RawServer } from '../support/raw-server.ts';
import { requestBytes } from '../support/wire-bytes.ts';
import { rejectionOf } from '../support/rejection.ts';
import { withPeers } from '../support/scripted-peer.ts';
import { type Message, messages, withProxy } from '../support/stream-bench.ts';
import { type Direction, drain, drainToError, sendAll, Streams } from '../support/streams.ts';
import { memoryPair, withServer } from '../support/with-server.ts';

describe('a parent that dies while its child is being set up', () => {
  /** A server that negotiates the main connection and leaves its children waiting. */
  async function withSilentServer(
    run: (
      client: Client,
      opening: Promise<unknown>,
      main: RawPeer,
      child: RawPeer,
    ) => Promise<void>,
  ): Promise<void> {
    await using far = await RawServer.start();
    await withServer(async ({ start }) => {
      const client = start({ port: far.port, clock: new ManualClock() });
      const main = await far.acceptNegotiated({ ...NO_FEATURES, connectionId: 0x10000n });
      await client.whenReady();
      const opening = client.makeStreamSink();
      opening.catch(() => {});
      const child = await far.accept();
      await child.takeNegotiation();
      await run(client, opening, main, child);
    });
  }

  for (const how of ['reset', 'end'] as const) {
    it(`F18, A8 seastar#1757 the opening fails at once when the parent is lost by ${how}`, async () => {
      await withSilentServer(async (client, opening, main, child) => {
        main[how]();
        await rejectionOf(opening, ClosedError);
        await child.takeAll();
        expect(client.state).to.equal('closed');
      });
    });
  }

  it('F18 so it does when the client is closed or aborted meanwhile', async () => {
    for (const how of ['close', 'abort'] as const) {
      await withSilentServer(async (client, opening, _main, child) => {
        const over = client[how]();
        await rejectionOf(opening, ClosedError);
        await child.takeAll();
        _main.end();
        await over;
      });
    }
  });

  it('F18 a child whose opening is given up is closed at once', async () => {
    await using far = await RawServer.start();
    await withServer(async ({ start }) => {
      const clock = new ManualClock();
      const client = start({ port: far.port, clock });
      await far.acceptNegotiated({ ...NO_FEATURES, connectionId: 0x10000n });
      await client.whenReady();
      const opening = rejectionOf(client.makeStreamSink({ timeoutMs: 100 }), TimeoutError);
      const child = await far.accept();
      await child.takeNegotiation();
      clock.advance(100);
      await opening;
      await child.takeAll();
      expect(client.state).to.equal('connected');
    });
  });

  it('F18, A8 seastar#1757 a server refuses the child of a parent that is ending', async () => {
    const log = new CollectedLog();
    const clock = new ManualClock();
    await withServer({ server: { logger: log, clock } }, async ({ server }) => {
      await withPeers(server.address.port, async (join) => {
        const main = await join();
        await join({ streamParent: main.id });
        // A request id of 0 ends the connection, which lingers until its client ends it as well.
        main.peer.write(requestBytes(1, 0n, Buffer.alloc(0)));
        await log.line(/server connection dropped/);
        await rejectionOf(join({ streamParent: main.id }), Error);
        expect(log.lines.at(-1)).to.contain('unknown parent connection');
      });
    });
  });
});

describe('a child that dies', () => {
  it('S-S10, F19 concerns neither its parent nor its siblings', async () => {
    await withProxy(async ({ streams, client }, proxy) => {
      const [first, second] = [await streams.twoWay<Message>(), await streams.oneWay<Message>()];
      const survivor: Direction<Message> = await streams.oneWay<Message>();
      proxy.connections[1]!.reset();
      proxy.connections[2]!.destroy();
      for (const sink of [first.up.sink, first.down.sink, second.sink]) {
        await rejectionOf(sink.ended, StreamClosedError);
      }
      for (const { source } of [first.up, first.down, second]) await drainToError(source);
      await sendAll(survivor.sink, messages(100));
      expect(await drain(survivor.source)).to.have.length(100);
      expect(client.state).to.equal('connected');
      const later = await streams.oneWay<Message>();
      await sendAll(later.sink, messages(1));
      expect(await drain(later.source)).to.have.length(1);
    });
  });

  it('F19 aborting and canceling one stream in a hundred harms none of the others', async () => {
    await withServer(memoryPair(), async ({ server, client }) => {
      const streams = new Streams(server, client);
      const all = await Promise.all(Array.from({ length: 100 }, () => client.makeStreamSink()));
      await Promise.all(all.map((sink) => sink.close()));
      const open: Direction<Message>[] = [];
      for (let count = 0; count < 30; count++) open.push(await streams.oneWay<Message>());
      for (const [index, { sink, source }] of open.entries()) {
        if (index % 3 === 0) sink.abort();
        if (index % 3 === 1) source.cancel();
      }
      for (const [index, { sink, source }] of open.entries()) {
        if (index % 3 !== 2) continue;
        await sendAll(sink, messages(5));
        expect(await drain(source)).to.have.length(5);
      }
      expect(client.state).to.equal('connected');
    });
  });
});
