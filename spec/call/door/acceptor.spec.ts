import { expect } from 'chai';

import { Deferred } from '../../../lib/base/deferred.ts';
import { Acceptor } from '../../../lib/call/door/acceptor.ts';
import type { AcceptorOptions } from '../../../lib/call/door/acceptor-options.ts';
import { Group } from '../../../lib/call/limits/group.ts';
import { SERVER_DEFAULTS } from '../../../lib/api/server-options.ts';
import {
  capabilitiesOf,
  EXTENSION_VERSION,
} from '../../../lib/connection/handshake/capabilities.ts';
import { decodeExtension, encodeExtension } from '../../../lib/connection/handshake/extension.ts';
import type { HandshakeEvent } from '../../../lib/diagnostics/handshake-channels.ts';
import { ClosedError } from '../../../lib/errors/errors.ts';
import type { TlsHandshake } from '../../../lib/transport/transport.ts';
import type { Features } from '../../../lib/wire/feature.ts';
import { encodeNegotiation } from '../../../lib/wire/negotiation-frame.ts';
import { connectInMemory, type MemoryPeer } from '../../support/memory-peer.ts';
import { PlayedSession } from '../../support/played-session.ts';
import { published } from '../../support/published.ts';
import { NO_FEATURES } from '../../support/raw-peer.ts';
import { decodeNegotiation } from '../../support/scripted-peer.ts';
import {
  serve,
  testCore,
  type TestCore,
  type TestCoreOptions,
} from '../../support/server-bench.ts';
import { turns } from '../../support/turns.ts';
import { requestBytes } from '../../support/wire-bytes.ts';

const NOTHING = Buffer.alloc(0);

/** An acceptor without a listener: the test brings the sockets. */
class Bench {
  readonly core: TestCore;
  readonly acceptor: Acceptor;

  constructor(options: Partial<AcceptorOptions> = {}, coreOptions: TestCoreOptions = {}) {
    this.core = testCore(coreOptions);
    this.acceptor = new Acceptor(this.core, {
      ...SERVER_DEFAULTS,
      hasExtension: true,
      filterConnection: undefined,
      authenticate: undefined,
      isolate: undefined,
      ...options,
    });
  }

  /** A socket comes, which says nothing yet. */
  async connect(): Promise<MemoryPeer> {
    const { socket, peer } = await connectInMemory(this.core.environment);
    this.acceptor.accept(socket);
    return peer;
  }

  /** A socket comes and offers these features; with the answer, if there is one. */
  async negotiate(
    offered: Partial<Features> = {},
    rest: Buffer = NOTHING,
  ): Promise<{ peer: MemoryPeer; answer: Features | undefined }> {
    const peer = await this.connect();
    await peer.send(encodeNegotiation({ ...NO_FEATURES, ...offered }), rest);
    const bytes = await peer.take();
    return { peer, answer: bytes.length === 0 ? undefined : decodeNegotiation(bytes) };
  }

  /** Closes it, and sees to it that nothing is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.acceptor.close();
    this.acceptor.abort(new ClosedError('the test is over', 'local'));
    await this.acceptor.whenEmpty();
    await turns(10);
    expect([this.acceptor.connections.size, this.core.stats.connections]).to.deep.equal([0, 0]);
    expect(this.core.environment.clock.pendingTimers).to.equal(0);
  }

  get lines(): readonly string[] {
    return this.core.environment.lines.lines;
  }
}

function isOver(peer: MemoryPeer): boolean {
  return peer.recorder.events.includes('end') || peer.recorder.events.includes('close');
}

/** The TLS handshake of a connection from that address. */
function handshake(address: string): TlsHandshake & { isDestroyed: boolean } {
  return {
    peer: { address, port: 7, family: 'IPv4' },
    isDestroyed: false,
    destroy() {
      this.isDestroyed = true;
    },
  };
}

describe('Acceptor', () => {
  it('makes a main connection of a negotiated socket, under an id that it tells', async () => {
    await using bench = new Bench();
    const { answer } = await bench.negotiate({ hasTimeout: true });
    expect(answer).to.include({ hasTimeout: true, hasHandlerDuration: false });
    const connection = bench.acceptor.connections.get(answer!.connectionId!);
    expect(connection?.connectionId).to.equal(answer?.connectionId);
    expect(bench.core.stats).to.include({ connections: 1, refusedConnections: 0 });
  });

  it('serves requests that came with the negotiation', async () => {
    await using bench = new Bench();
    const payloads: string[] = [];
    serve(bench.core, 7, (_context, bytes) => void payloads.push(String(bytes)), {
      verb: { noWait: true },
    });
    await bench.negotiate({}, requestBytes(7, 1n, Buffer.from('early')));
    expect(payloads).to.deep.equal(['early']);
  });

  it('A2-server reads nothing before an async filter lets in, and turns away what it refuses', async () => {
    let answer: (isLetIn: boolean) => void = () => {};
    const filterConnection = (): Promise<boolean> =>
      new Promise((resolve) => void (answer = resolve));
    await using bench = new Bench({ filterConnection });
    for (const isLetIn of [true, false]) {
      const peer = await bench.connect();
      await peer.send(encodeNegotiation({ ...NO_FEATURES }));
      expect(await peer.take()).to.have.length(0);
      answer(isLetIn);
      await turns(10);
      expect((await peer.take()).length > 0).to.equal(isLetIn);
      expect(isOver(peer)).to.equal(!isLetIn);
    }
    expect(bench.core.stats).to.include({ connections: 1, refusedConnections: 1 });
    expect(bench.lines.at(-1)).to.match(/connection refused: filterConnection$/);
  });

  it('A2-server gives up a filter that does not answer within handshakeTimeoutMs', async () => {
    await using bench = new Bench({ filterConnection: () => new Promise<boolean>(() => {}) });
    const peer = await bench.connect();
    bench.core.environment.clock.advance(bench.core.environment.limits.handshakeTimeoutMs);
    await turns(10);
    expect(isOver(peer)).to.equal(true);
    expect(bench.core.stats).to.include({ connections: 0, refusedConnections: 1 });
  });

  it('forgets a connection that is closed', async () => {
    await using bench = new Bench();
    const { peer } = await bench.negotiate();
    await peer.destroy();
    expect([bench.acceptor.connections.size, bench.core.stats.connections]).to.deep.equal([0, 0]);
    await bench.acceptor.whenEmpty();
  });

  it('puts its place in the cluster into the ids', async () => {
    await using bench = new Bench({ shard: 0x1234 });
    const { answer } = await bench.negotiate();
    expect(answer!.connectionId! & 0xffffn).to.equal(0x1234n);
  });

  it('gives a client that speaks our extension a session', async () => {
    await using bench = new Bench();
    const { answer } = await bench.negotiate({ extension: PlayedSession.OFFER });
    expect(decodeExtension(answer!.extension!).session).to.not.equal(undefined);
    const [connection] = bench.acceptor.connections.values();
    expect(connection?.agreed.capabilities).to.equal(capabilitiesOf(EXTENSION_VERSION));
  });

  it('gives no session and no id without streaming', async () => {
    await using bench = new Bench({ hasStreaming: false });
    const { answer } = await bench.negotiate({ extension: PlayedSession.OFFER });
    expect(answer?.connectionId).to.equal(undefined);
    expect(decodeExtension(answer!.extension!).session).to.equal(undefined);
  });

  it('answers no extension where the server has none', async () => {
    await using bench = new Bench({ hasExtension: false });
    const { answer } = await bench.negotiate({ extension: PlayedSession.OFFER });
    expect(answer?.extension).to.equal(undefined);
  });

  describe('with hooks', () => {
    it('asks them with the token and the cookie, and answers when both have', async () => {
      const asked: unknown[] = [];
      const known = new Deferred<string>();
      const group = new Group('tenants');
      await using bench = new Bench({
        authenticate: ({ token }) => {
          asked.push(token);
          return known.promise;
        },
        isolate: (cookie) => {
          asked.push(cookie);
          return group;
        },
      });
      const { peer, answer } = await bench.negotiate({
        isolation: Buffer.from('blue'),
        extension: encodeExtension({ token: 'secret' }),
      });
      expect([answer, asked]).to.deep.equal([undefined, ['secret']]);
      known.resolve('alice');
      expect((await peer.take()).length).to.be.above(0);
      expect(asked).to.deep.equal(['secret', 'blue']);
      const [connection] = bench.acceptor.connections.values();
      expect(connection).to.include({ principal: 'alice', isolation: 'blue' });
    });

    it('drops a client that they refuse, without a word to it', async () => {
      await using bench = new Bench({
        authenticate: () => {
          throw new Error('unknown token');
        },
      });
      const { peer, answer } = await bench.negotiate();
      expect([answer, isOver(peer)]).to.deep.equal([undefined, true]);
      expect(bench.core.stats).to.include({ connections: 0, refusedConnections: 1 });
      expect(bench.lines[0]).to.match(/^warn client .*: server connection dropped: unknown token$/);
    });

    it('X11 tells of each handshake, and how it ended, ahead of the connection', async () => {
      await using bench = new Bench({
        authenticate: ({ token }) => {
          if (token !== undefined) throw new Error('unknown token');
        },
      });
      const names = ['start', 'end', 'failed'].map((name) => `sluice:handshake:${name}`);
      const events = await published<HandshakeEvent>(names, async () => {
        await bench.negotiate();
        const extension = encodeExtension({ token: 'forged' });
        const peer = await bench.connect();
        await peer.send(encodeNegotiation({ ...NO_FEATURES, extension }));
        await peer.take();
      });
      expect(events.map(([name, { side }]) => [name.slice(17), side])).to.deep.equal([
        ['start', 'server'],
        ['end', 'server'],
        ['start', 'server'],
        ['failed', 'server'],
      ]);
      expect(events[3]?.[1].error).to.have.property('message', 'unknown token');
    });

    it('counts their time as that of the handshake', async () => {
      const known = new Deferred<string>();
      await using bench = new Bench(
        { authenticate: () => known.promise },
        { limits: { handshakeTimeoutMs: 500 } },
      );
      const { peer } = await bench.negotiate();
      bench.core.environment.clock.advance(500);
      await turns(10);
      expect(isOver(peer)).to.equal(true);
      known.resolve('too late');
      await turns(10);
      expect(bench.acceptor.connections.size).to.equal(0);
      bench.core.environment.clock.advance(60_000);
    });
  });

  describe('with sockets that are turned away', () => {
    it('closes them before a byte of them is read, and counts them', async () => {
      await using bench = new Bench({ maxConnections: 1 });
      await bench.negotiate();
      const peer = await bench.connect();
      await turns(10);
      expect(isOver(peer)).to.equal(true);
      expect(bench.core.stats).to.include({ connections: 1, refusedConnections: 1 });
      expect(bench.lines).to.have.length(1);
      expect(bench.lines[0]).to.match(/^debug client .*: connection refused: maxConnections/);
    });

    it('gives the place at the door back when a negotiation is over, whatever its end', async () => {
      await using bench = new Bench({ maxNegotiatingPerAddress: 1 });
      const first = await bench.connect();
      const second = await bench.connect();
      await turns(10);
      expect(isOver(second), 'one at a time').to.equal(true);
      await first.destroy();
      const { answer } = await bench.negotiate();
      expect(answer).to.not.equal(undefined);
      expect((await bench.negotiate()).answer).to.not.equal(undefined);
    });
  });

  describe('with TLS handshakes', () => {
    it('E1-floods counts and filters those that come, before a byte of them is read', () => {
      const asked: string[] = [];
      const bench = new Bench({
        maxConnections: 2,
        filterConnection: ({ address }) => {
          asked.push(address);
          return address !== '192.0.2.9';
        },
      });
      const handshakes = ['192.0.2.1', '192.0.2.9', '192.0.2.2', '192.0.2.3'].map(handshake);
      const letIn = handshakes.map((each) => bench.acceptor.handshakes.begin(each));
      expect(letIn).to.deep.equal([true, false, true, false]);
      expect(asked).to.deep.equal(['192.0.2.1', '192.0.2.9', '192.0.2.2']);
      expect(bench.core.stats.refusedConnections).to.equal(2);
      bench.acceptor.abortNegotiating(undefined);
    });

    it('E1-floods counts them among those of their address that negotiate, until they fail', () => {
      const bench = new Bench({ maxNegotiatingPerAddress: 1 });
      const first = handshake('192.0.2.1');
      expect(bench.acceptor.handshakes.begin(first)).to.equal(true);
      expect(bench.acceptor.handshakes.begin(handshake('192.0.2.1'))).to.equal(false);
      bench.acceptor.handshakes.lose(first, new Error('no common cipher'));
      expect(bench.core.environment.lines.lines).to.deep.include(
        'warn client 192.0.2.1:7: a connection was not accepted: no common cipher',
      );
      expect(bench.acceptor.handshakes.begin(handshake('192.0.2.1'))).to.equal(true);
      bench.acceptor.abortNegotiating(undefined);
    });

    it('F5 closes one that takes too long, with a word in the log', async () => {
      const bench = new Bench({ maxNegotiatingPerAddress: 1 });
      const slow = handshake('192.0.2.1');
      void bench.acceptor.handshakes.begin(slow);
      const { clock, limits, lines } = bench.core.environment;
      clock.advance(limits.handshakeTimeoutMs - 1);
      expect(slow.isDestroyed).to.equal(false);
      clock.advance(1);
      await turns(2);
      expect(slow.isDestroyed).to.equal(true);
      expect(lines.lines[0]).to.match(/^warn client 192\.0\.2\.1:7: .*TLS handshake/);
      expect(bench.core.stats.refusedConnections).to.equal(1);
      bench.acceptor.handshakes.lose(slow, new Error('closed'));
      expect(bench.core.stats.refusedConnections, 'it has failed before').to.equal(1);
    });

    for (const isLetIn of [true, false]) {
      it(`E1-floods waits for an async filter, which ${isLetIn ? 'lets it in' : 'refuses it'}`, async () => {
        const verdict = new Deferred<boolean>();
        const filterConnection = () => verdict.promise;
        const bench = new Bench({ maxNegotiatingPerAddress: 1, filterConnection });
        const answer = bench.acceptor.handshakes.begin(handshake('192.0.2.1'));
        expect(bench.acceptor.handshakes.begin(handshake('192.0.2.1'))).to.equal(false);
        verdict.resolve(isLetIn);
        expect(await answer).to.equal(isLetIn);
        expect(bench.acceptor.handshakes.size).to.equal(isLetIn ? 1 : 0);
        expect(bench.core.stats.refusedConnections).to.equal(isLetIn ? 1 : 2);
        bench.acceptor.abortNegotiating(undefined);
      });
    }

    it('F5 counts their time as that of the negotiation', async () => {
      const bench = new Bench();
      const { clock, limits } = bench.core.environment;
      const { socket, peer } = await connectInMemory(bench.core.environment);
      const begun = handshake('192.0.2.1');
      void bench.acceptor.handshakes.begin(begun);
      clock.advance(limits.handshakeTimeoutMs - 10);
      bench.acceptor.accept(socket, begun);
      clock.advance(9);
      expect(bench.core.stats.refusedConnections).to.equal(0);
      clock.advance(1);
      await turns(10);
      expect(bench.core.stats.refusedConnections).to.equal(1);
      await peer.destroy();
    });
  });

  describe('while it drains', () => {
    it('lets children in, and no new client', async () => {
      await using bench = new Bench();
      const { answer } = await bench.negotiate();
      bench.acceptor.drain();
      const child = await bench.negotiate({ streamParent: answer!.connectionId! });
      expect(child.answer?.connectionId).to.be.a('bigint');
      const client = await bench.negotiate();
      expect([client.answer, isOver(client.peer)]).to.deep.equal([undefined, true]);
      expect(bench.lines.at(-1)).to.contain('the server is closing');
      const [connection] = bench.acceptor.connections.values();
      expect([connection?.isIdle, connection?.streams.places]).to.deep.equal([false, 1]);
    });

    it('lets no client in that was negotiating before', async () => {
      const known = new Deferred<string>();
      await using bench = new Bench({ authenticate: () => known.promise });
      const { peer } = await bench.negotiate();
      bench.acceptor.drain();
      known.resolve('alice');
      await turns(10);
      expect(isOver(peer)).to.equal(true);
      expect(bench.acceptor.connections.size).to.equal(0);
    });
  });

  describe('when it is closed', () => {
    it('S-C9 lets no child in, not even one that was at the door before', async () => {
      await using bench = new Bench();
      const { answer } = await bench.negotiate();
      const early = await bench.connect();
      bench.acceptor.close();
      const late = await bench.connect();
      await turns(10);
      expect(isOver(late), 'turned away at once').to.equal(true);
      const streamParent = answer!.connectionId!;
      await early.send(encodeNegotiation({ ...NO_FEATURES, streamParent }));
      expect((await early.take()).length).to.equal(0);
      expect(isOver(early)).to.equal(true);
      const [connection] = bench.acceptor.connections.values();
      expect([connection?.streams.places, connection?.isIdle]).to.deep.equal([0, true]);
    });

    it('does not open again by a drain', async () => {
      await using bench = new Bench();
      bench.acceptor.close();
      bench.acceptor.drain();
      const peer = await bench.connect();
      await turns(10);
      expect(isOver(peer)).to.equal(true);
    });

    it('drops those that are still negotiating', async () => {
      await using bench = new Bench();
      const silent = await bench.connect();
      const { peer: served } = await bench.negotiate();
      bench.acceptor.abortNegotiating(new ClosedError('the server was closed', 'local'));
      await turns(10);
      expect([isOver(silent), isOver(served)]).to.deep.equal([true, false]);
    });
  });
});
