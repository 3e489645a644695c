import { expect } from 'chai';

import type { HandshakeEvent } from '../../lib/diagnostics.ts';
import { createClient, RefusedError } from '../../lib/index.ts';
import { ManualClock } from '../../lib/testing.ts';
import { encodeNegotiation } from '../../lib/wire/negotiation-frame.ts';
import { BENCH_PORT, ParentBench } from '../support/parent-bench.ts';
import { published } from '../support/published.ts';
import { NO_FEATURES } from '../support/raw-peer.ts';
import { decodeNegotiation, withPeers } from '../support/scripted-peer.ts';
import { SocketRecorder } from '../support/socket-recorder.ts';
import { turns } from '../support/turns.ts';
import { withServer } from '../support/with-server.ts';

const DELAY_MS = 1_000;

describe('F17 a parent id', () => {
  it('F17, E1-ids that is unknown, another’s, a stream’s or expired is refused alike, slowly and without a word', async () => {
    const bench = await ParentBench.start();
    const mine = await bench.parent();
    const theirs = await bench.parent('192.0.2.99');
    const stream = await bench.say({ streamParent: mine });
    const streamId = decodeNegotiation(stream.bytes).connectionId ?? 0n;
    expect(streamId).not.to.equal(0n);
    const gone = await bench.say({});
    const expired = decodeNegotiation(gone.bytes).connectionId ?? 0n;
    bench.server.abortConnection(expired);
    await turns(10);
    for (const id of [mine + 1n, mine ^ (1n << 63n), theirs, streamId, expired, 0xffffn, 0n]) {
      const { refusedConnections } = bench.server.stats;
      await bench.expectRefusal(await bench.say({ streamParent: id }), DELAY_MS);
      expect(bench.server.stats.refusedConnections).to.equal(refusedConnections + 1);
      expect(bench.log.lines.at(-1)).to.match(
        /^warn client 192\.0\.2\.1:\d+: server connection dropped: /,
      );
    }
    await bench.close();
  });

  it('F17 that is refused is told to whoever audits, with the reason and without the id', async () => {
    const bench = await ParentBench.start();
    const mine = await bench.parent();
    const wrong = mine ^ (1n << 63n);
    const events = await published<HandshakeEvent>(['sluice:handshake:failed'], async () => {
      await bench.expectRefusal(await bench.say({ streamParent: wrong }), DELAY_MS);
    });
    expect(events).to.have.length(1);
    const [, event] = events[0]!;
    expect(event).to.include({ side: 'server', durationMs: DELAY_MS });
    expect(event.peer).to.match(/^192\.0\.2\.1:\d+$/);
    expect(event.error).to.be.instanceOf(RefusedError);
    const { message } = event.error as Error;
    expect(message).to.match(/^unknown parent connection …/);
    expect(message).not.to.contain(wrong.toString(16));
    await bench.close();
  });

  it('F17 without streaming is refused in the same way', async () => {
    const bench = await ParentBench.start({ streaming: false });
    await bench.expectRefusal(await bench.say({ streamParent: 0x10000n }), DELAY_MS);
    await bench.close();
  });

  it('F17, E2 beyond maxChildren is refused in the same way, up to it it is not', async () => {
    const bench = await ParentBench.start({ limits: { maxChildren: 2 } });
    const id = await bench.parent();
    const first = await bench.say({ streamParent: id });
    const second = await bench.say({ streamParent: id });
    expect([first, second].map((child) => child.receivedBytes > 0)).to.deep.equal([true, true]);
    await bench.expectRefusal(await bench.say({ streamParent: id }), DELAY_MS);
    await bench.close();
  });

  it('F17 that is right is never refused or delayed while others are guessed, at the same address', async () => {
    const bench = await ParentBench.start({ maxNegotiatingPerAddress: 4 });
    const id = await bench.parent();
    const guesses = [];
    for (let guess = 1n; guess <= 20n; guess++) {
      guesses.push(await bench.say({ streamParent: id + guess }));
    }
    expect(guesses.every((guess) => !guess.events.includes('end'))).to.equal(true);
    const child = await bench.say({ streamParent: id });
    expect(decodeNegotiation(child.bytes).connectionId).to.be.a('bigint');
    expect(bench.clock.now()).to.equal(0);
    await bench.close();
  });

  it('F17, E1-memory waits no longer than its guesser does', async () => {
    const bench = await ParentBench.start();
    const endpoint = { host: '127.0.0.1', port: BENCH_PORT, noDelay: true, keepAliveDelayMs: 0 };
    const socket = await bench.network.dial(endpoint, {});
    socket.write([encodeNegotiation({ ...NO_FEATURES, streamParent: 5n })]);
    const recorder = new SocketRecorder(socket);
    await turns(10);
    expect(bench.clock.pendingTimers).to.be.above(0);
    socket.destroy();
    await recorder.seen('close');
    bench.clock.advance(DELAY_MS);
    await turns(10);
    await bench.close();
  });

  it('F17 of another address is taken if bindStreamsToPeer is off', async () => {
    const bench = await ParentBench.start({ bindStreamsToPeer: false });
    const id = await bench.parent('192.0.2.1');
    const child = await bench.say({ streamParent: id }, '192.0.2.2');
    expect(child.receivedBytes).to.be.above(0);
    await bench.close();
  });

  it('F17 that is wrong is refused at once to a peer on this machine', () =>
    withServer({ server: { clock: new ManualClock() } }, async ({ server }) => {
      await withPeers(server.address.port, async (join) => {
        const main = await join();
        const refusal = await join({ streamParent: main.id + 1n }).catch((error: unknown) => error);
        expect(refusal).to.be.instanceOf(Error);
      });
    }));

  it('F17 is never written to a log in full', async () => {
    const bench = await ParentBench.start();
    const id = await bench.parent();
    await bench.expectRefusal(await bench.say({ streamParent: id + 1n }), DELAY_MS);
    const shown = bench.log.lines.join('\n');
    expect(shown).to.include('unknown parent connection …');
    for (const each of [id, id + 1n]) {
      expect(shown).not.to.include(each.toString(16));
      expect(shown).not.to.include(each.toString());
    }
    await bench.close();
  });

  it('F18 of a connection that ends while its stream is set up leaves nothing behind', async () => {
    const bench = await ParentBench.start();
    const main = await bench.say({});
    const id = decodeNegotiation(main.bytes).connectionId ?? 0n;
    // The bytes of the stream and the end of its parent arrive in one turn, in either order.
    const opening = bench.say({ streamParent: id });
    bench.server.abortConnection(id);
    const child = await opening;
    bench.clock.advance(DELAY_MS);
    await child.seen('end');
    await bench.close();
  });
});

describe('connection ids', () => {
  it('E1-ids are random, valid and never the same', async () => {
    const bench = await ParentBench.start({ handshakesPerSecond: 10_000 });
    const ids = new Set<bigint>();
    for (let count = 0; count < 200; count++) ids.add(await bench.parent());
    expect(ids.size).to.equal(200);
    for (let bit = 0n; bit < 64n; bit++) {
      const ones = [...ids].filter((id) => (id >> bit) % 2n === 1n).length;
      // Odds of 10^-13 that a fair bit is further off.
      expect(ones, `bit ${bit}`).to.be.within(48, 152);
    }
    expect([...ids].every((id) => (id & 0xffffn) !== 0xffffn)).to.equal(true);
    await bench.close();
  });

  it('E1-ids have their shard in the low bits in a cluster, and 48 random ones above', async () => {
    const bench = await ParentBench.start({ shard: 7 });
    const ids = [await bench.parent(), await bench.parent()];
    expect(ids.map((id) => id & 0xffffn)).to.deep.equal([7n, 7n]);
    expect(ids[0]).not.to.equal(ids[1]);
    await bench.close();
  });

  it('E1-ids, E2 a stream that no call names is closed at childIdleMs and not before', async () => {
    const bench = await ParentBench.start({ limits: { childIdleMs: 30_000 } });
    const id = await bench.parent();
    const child = await bench.say({ streamParent: id });
    bench.clock.advance(29_999);
    await turns(10);
    expect(child.events).not.to.include('end');
    bench.clock.advance(1);
    await turns(10);
    expect(child.events).to.include('end');
    expect(bench.server.stats.connections).to.equal(1);
    await bench.close();
  });

  it('E1-ids a client learns only its own', async () => {
    const bench = await ParentBench.start();
    const { clock, network } = bench;
    const client = createClient({
      host: '127.0.0.1',
      port: BENCH_PORT,
      clock,
      network,
      reconnect: false,
    });
    await client.whenReady();
    expect(client.connectionId).to.be.a('bigint');
    await client.abort();
    await bench.close();
  });
});
