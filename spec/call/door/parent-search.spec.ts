import crypto from 'node:crypto';

import { expect } from 'chai';

import {
  type ChildRules,
  type FoundParent,
  ParentSearch,
} from '../../../lib/call/door/parent-search.ts';
import { ServerConnection } from '../../../lib/call/server/server-connection.ts';
import {
  capabilitiesOf,
  EXTENSION_VERSION,
} from '../../../lib/connection/handshake/capabilities.ts';
import { encodeExtension } from '../../../lib/connection/handshake/extension.ts';
import { makeSessionKey, Prover } from '../../../lib/connection/handshake/proof.ts';
import type { ChildStream } from '../../../lib/connection/handshake/resume-record.ts';
import { Link } from '../../../lib/connection/link/link.ts';
import { ClosedError, RefusedError } from '../../../lib/errors/errors.ts';
import { ChildConnection } from '../../../lib/stream/child/child-connection.ts';
import type { Peer } from '../../../lib/transport/transport.ts';
import type { Features } from '../../../lib/wire/feature.ts';
import { testAgreed } from '../../support/agreed.ts';
import { NO_FEATURES } from '../../support/raw-peer.ts';
import { callsOf } from '../../support/calls-of.ts';
import { follow, rejectionOf } from '../../support/rejection.ts';
import { ScriptedSocket } from '../../support/scripted-socket.ts';
import { acceptedClient, testCore, type TestCore } from '../../support/server-bench.ts';
import { turns } from '../../support/turns.ts';

const DELAY_MS = 1_000;
const PARENT_ID = 5n;
const HOME: Peer = { address: '192.0.2.1', port: 4711, family: 'IPv4' };
const ELSEWHERE: Peer = { ...HOME, address: '192.0.2.2' };
const HERE: Peer = { ...HOME, address: '127.0.0.1' };

/** A socket from an address of the test's choice. */
class PlacedSocket extends ScriptedSocket {
  override readonly peer: Peer;

  constructor(peer: Peer) {
    super();
    this.peer = peer;
  }
}

/** A search among main connections, of which there is one at first. */
class Bench {
  readonly core: TestCore;
  readonly connections = new Map<bigint, ServerConnection>();
  readonly session: ReturnType<typeof makeSessionKey>;
  readonly search: ParentSearch;
  refusedCount = 0;

  constructor(rules: Partial<ChildRules>, maxChildren: number) {
    this.core = testCore({ limits: { maxChildren } });
    this.session = makeSessionKey(this.core.environment.random);
    this.search = new ParentSearch(this.core.environment, this.connections, {
      hasStreaming: true,
      hasExtension: true,
      failedParentDelayMs: DELAY_MS,
      isChildBoundToPeer: true,
      ...rules,
    });
  }

  /** @param extensionVersion - of the one connection; 0 for a plain Seastar's. */
  static async create({
    extensionVersion = 0,
    peer = HOME,
    rules = {},
    maxChildren = 10,
  }: {
    extensionVersion?: number;
    peer?: Peer;
    rules?: Partial<ChildRules>;
    maxChildren?: number;
  } = {}): Promise<Bench> {
    const bench = new Bench(rules, maxChildren);
    const { client } = await acceptedClient(bench.core, {
      connectionId: PARENT_ID,
      capabilities: capabilitiesOf(extensionVersion),
      session: extensionVersion === 0 ? undefined : bench.session,
    });
    const link = bench.link(peer);
    const keeper = { onStarted: () => {}, onClosed: () => {} };
    const connection = new ServerConnection(bench.core, { ...client, link }, keeper);
    link.start(connection);
    connection.start(Buffer.alloc(0));
    bench.connections.set(PARENT_ID, connection);
    return bench;
  }

  get parent(): ServerConnection {
    return this.connections.get(PARENT_ID)!;
  }

  link(peer: Peer): Link {
    return new Link(new PlacedSocket(peer), this.core.environment, 1_000);
  }

  find(
    offered: Partial<Features> = {},
    { id = PARENT_ID, link = this.link(HOME) }: { id?: bigint; link?: Link } = {},
  ): Promise<FoundParent> {
    return this.search.find(
      link,
      id,
      { ...NO_FEATURES, ...offered },
      () => void this.refusedCount++,
    );
  }

  /** A refusal that comes after the delay, and not before. */
  async refusal(finding: Promise<FoundParent>): Promise<RefusedError> {
    const followed = follow(finding);
    await turns(1);
    expect(this.refusedCount, 'told before the delay').to.equal(1);
    this.core.environment.clock.advance(DELAY_MS - 1);
    await turns(1);
    expect(followed.outcome).to.equal(undefined);
    this.core.environment.clock.advance(1);
    return rejectionOf(finding, RefusedError);
  }

  /** What a child offers with a proof of this session. */
  proven(isLane = false, session = this.session, stream?: ChildStream): Partial<Features> {
    const prover = new Prover(session, PARENT_ID, this.core.environment.random);
    const proof = prover.prove('child');
    return { extension: encodeExtension({ proof, isLane, stream }) };
  }
}

describe('ParentSearch', () => {
  it('finds the parent of a plain Seastar’s child by its id', async () => {
    const bench = await Bench.create();
    expect(await bench.find()).to.deep.equal({
      parent: bench.parent,
      extension: undefined,
      isLane: false,
      stream: undefined,
    });
    expect(bench.refusedCount).to.equal(0);
  });

  it('refuses an id that nobody has, after a delay', async () => {
    const bench = await Bench.create();
    const error = await bench.refusal(bench.find({}, { id: 6n }));
    expect(error.message).to.contain('unknown parent connection');
  });

  it('refuses the id of a connection that has ended but not closed', async () => {
    const bench = await Bench.create();
    bench.parent.close(new ClosedError('the server was closed', 'local'));
    expect(bench.parent.isEnded).to.equal(true);
    await bench.refusal(bench.find());
  });

  it('refuses every child without streaming', async () => {
    const bench = await Bench.create({ rules: { hasStreaming: false } });
    await bench.refusal(bench.find());
  });

  it('refuses a child from another address, unless children may come from anywhere', async () => {
    const strict = await Bench.create();
    await strict.refusal(strict.find({}, { link: strict.link(ELSEWHERE) }));
    const loose = await Bench.create({ rules: { isChildBoundToPeer: false } });
    const found = await loose.find({}, { link: loose.link(ELSEWHERE) });
    expect(found.parent).to.equal(loose.parent);
  });

  it('refuses a child when its parent has as many as it may', async () => {
    const bench = await Bench.create({ maxChildren: 1 });
    const link = bench.link(HOME);
    const agreed = testAgreed({ connectionId: 21n, isAccepted: true });
    const child = new ChildConnection(link, agreed, bench.parent);
    bench.parent.streams.addChild(child);
    const error = await bench.refusal(bench.find());
    expect(error.message).to.contain('limits.maxChildren');
  });

  it('lets a resumable stream go on beyond that, and no child that only says so', async () => {
    const record = { id: 21n, taken: 0, attempt: 1 };
    for (const [extensionVersion, isLane, isLetIn] of [
      [EXTENSION_VERSION, false, true],
      [EXTENSION_VERSION, true, false],
      [2, false, false],
      [1, false, false],
      [0, false, false],
    ] as const) {
      const bench = await Bench.create({ extensionVersion, maxChildren: 0 });
      const finding = bench.find(bench.proven(isLane, bench.session, record));
      if (isLetIn) expect((await finding).stream).to.deep.equal(record);
      else expect((await bench.refusal(finding)).message).to.contain('limits.maxChildren');
    }
  });

  describe('where children must prove that they belong to their parent', () => {
    it('lets a child in by a proof, once', async () => {
      const bench = await Bench.create({ extensionVersion: EXTENSION_VERSION });
      const offer = bench.proven();
      expect((await bench.find(offer)).parent).to.equal(bench.parent);
      const error = await bench.refusal(bench.find(offer));
      expect(error.message).to.contain('used before');
    });

    it('says whether the child is a lane', async () => {
      const bench = await Bench.create({ extensionVersion: EXTENSION_VERSION });
      expect((await bench.find(bench.proven(true))).isLane).to.equal(true);
    });

    it('refuses a child without a proof, or with that of another session', async () => {
      const bench = await Bench.create({ extensionVersion: EXTENSION_VERSION });
      await bench.refusal(bench.find());
      bench.refusedCount = 0;
      const stranger = makeSessionKey(bench.core.environment.random);
      const error = await bench.refusal(bench.find(bench.proven(false, stranger)));
      expect(error.message).to.contain('the proof is wrong');
    });
  });

  it('F17 does the same work for a proof whether there is such a parent or not', async () => {
    const bench = await Bench.create({ extensionVersion: EXTENSION_VERSION });
    const offer = bench.proven(false, makeSessionKey(bench.core.environment.random));
    const workFor = (id: bigint): Promise<string[]> =>
      callsOf([[crypto, ['createHmac', 'timingSafeEqual']]], async () => {
        bench.refusedCount = 0;
        await bench.refusal(bench.find(offer, { id }));
      });
    const known = await workFor(PARENT_ID);
    expect(known).to.deep.equal(['createHmac', 'timingSafeEqual']);
    expect(await workFor(6n), 'nobody’s id').to.deep.equal(known);
  });

  describe('with its delay', () => {
    it('spares peers on this machine, which share an address', async () => {
      const bench = await Bench.create({ peer: HERE });
      await rejectionOf(bench.find({}, { id: 6n, link: bench.link(HERE) }), RefusedError);
      expect(bench.core.environment.clock.now()).to.equal(0);
    });

    it('spares everybody where there is none', async () => {
      const bench = await Bench.create({ rules: { failedParentDelayMs: 0 } });
      await rejectionOf(bench.find({}, { id: 6n }), RefusedError);
    });

    it('waits no longer than the child does', async () => {
      const bench = await Bench.create();
      const socket = new PlacedSocket(HOME);
      const link = new Link(socket, bench.core.environment, 1_000);
      link.start({ onData: () => {}, onEnd: () => {}, onClose: () => {} });
      const closed: Link[] = [];
      link.onClosed = (each) => void closed.push(each);
      const finding = bench.find({}, { id: 6n, link });
      await turns(1);
      expect(bench.core.environment.clock.pendingTimers).to.equal(1);
      socket.handlers.onClose(undefined);
      await rejectionOf(finding, RefusedError);
      expect(bench.core.environment.clock.pendingTimers).to.equal(0);
      expect(closed, 'the one that counts links is told as well').to.deep.equal([link]);
    });
  });
});
