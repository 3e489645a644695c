import { expect } from 'chai';

import { decodeExtension, encodeExtension } from '../../lib/connection/handshake/extension.ts';
import type { Proof } from '../../lib/connection/handshake/proof.ts';
import { networkTransport } from '../../lib/transport.ts';
import type { Server } from '../../lib/index.ts';
import type { Features } from '../../lib/wire/feature.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { ParentBench } from '../support/parent-bench.ts';
import { PlayedSession } from '../support/played-session.ts';
import { NO_FEATURES, RawPeer } from '../support/raw-peer.ts';
import { BY_ID } from '../support/raw-stream.ts';
import { RecordingTransport } from '../support/recording-transport.ts';
import { decodeNegotiation, withPeers } from '../support/scripted-peer.ts';
import { requestBytes, u64le } from '../support/wire-bytes.ts';
import { withServer } from '../support/with-server.ts';

const DELAY_MS = 1_000;
const WINDOW = 1_024;

/** What a child of `mine` may not say, though the id is right. */
const BAD_CHILDREN: Readonly<
  Record<string, (mine: PlayedSession, other: PlayedSession) => Partial<Features>>
> = {
  'without the extension': ({ id }) => ({ streamParent: id }),
  'without a proof': (mine) => mine.child({ proof: undefined }),
  'of version 1, which had no proofs': ({ id }) => ({
    streamParent: id,
    extension: encodeExtension({ version: 1 }),
  }),
  'with a forged MAC': (mine) => mine.child({ proof: forged(mine.prove()) }),
  'with the proof of another session': (mine, other) => mine.child({ proof: other.prove() }),
  'with the proof of another counter': (mine) =>
    mine.child({ proof: { ...mine.prove(), counter: 7 } }),
  'with a record that is malformed': ({ id }) => ({
    streamParent: id,
    extension: Buffer.alloc(12, 0xff),
  }),
};

function forged(proof: Proof): Proof {
  return { ...proof, mac: Buffer.alloc(proof.mac.length) };
}

describe('F17 a child of a parent that has a session', () => {
  it('F17, E1-ids is let in with its proof, at once', async () => {
    const bench = await ParentBench.start();
    const session = await bench.session();
    for (let count = 0; count < 3; count++) {
      const child = await bench.say(session.child());
      const answer = decodeNegotiation(child.bytes);
      expect(answer.connectionId).to.be.a('bigint');
      expect(answer.extension).to.deep.equal(PlayedSession.OFFER);
    }
    expect(bench.clock.now()).to.equal(0);
    await bench.close();
  });

  for (const [what, features] of Object.entries(BAD_CHILDREN)) {
    it(`F17, E1-ids is refused ${what}, as if there were no such parent`, async () => {
      const bench = await ParentBench.start();
      const mine = await bench.session();
      const other = await bench.session();
      const offers = [
        features(mine, other),
        { ...features(mine, other), streamParent: mine.id ^ 0x10000n },
      ];
      const seen = [];
      for (const offer of offers) {
        const { refusedConnections } = bench.server.stats;
        const child = await bench.say(offer);
        await bench.expectRefusal(child, DELAY_MS);
        expect(bench.server.stats.refusedConnections).to.equal(refusedConnections + 1);
        const line = bench.log.lines.at(-1) ?? '';
        expect(line).to.match(/^warn client 192\.0\.2\.1:\d+: server connection dropped: /);
        seen.push(child.events);
      }
      expect(seen[0]).to.deep.equal(seen[1]);
      // The session itself is none the worse for it.
      expect((await bench.say(mine.child())).receivedBytes).to.be.above(0);
      await bench.close();
    });
  }

  it('F17, E1-ids is refused with a proof that was used before', async () => {
    const bench = await ParentBench.start();
    const session = await bench.session();
    const offer = session.child();
    const first = await bench.say(offer);
    expect(first.receivedBytes).to.be.above(0);
    for (let again = 0; again < 2; again++) {
      await bench.expectRefusal(await bench.say(offer), DELAY_MS);
      expect(bench.log.lines.at(-1)).to.match(/the proof was used before, or is too old$/);
    }
    await bench.close();
  });

  it('F17, E2 may come late by 1,023 proofs, and no later', async () => {
    const bench = await ParentBench.start({ limits: { maxChildren: 10 } });
    for (const [behind, isTaken] of [
      [WINDOW - 2, true],
      [WINDOW - 1, true],
      [WINDOW, false],
    ] as const) {
      const session = await bench.session();
      const offers = Array.from({ length: behind + 1 }, () => session.child());
      expect((await bench.say(offers.at(-1)!)).receivedBytes).to.be.above(0);
      const late = await bench.say(offers[0]!);
      if (isTaken) expect(late.receivedBytes, `${behind} behind`).to.be.above(0);
      else await bench.expectRefusal(late, DELAY_MS);
    }
    await bench.close();
  });

  it('F17, E1-ids is let in though somebody at another address has tried its proof before', async () => {
    const bench = await ParentBench.start();
    const session = await bench.session();
    const offer = session.child();
    await bench.expectRefusal(await bench.say(offer, '192.0.2.99'), DELAY_MS);
    expect((await bench.say(offer)).receivedBytes).to.be.above(0);
    await bench.close();
  });

  it('F17, E1-ids is refused at once on this machine, where there is no delay', () =>
    withServer(async ({ server }) => {
      await withPeers(server.address.port, async (join) => {
        const session = new PlayedSession((await join({ extension: PlayedSession.OFFER })).answer);
        for (const features of Object.values(BAD_CHILDREN)) {
          const joining = join(features(session, session));
          // Its own proofs are right: there is no other session here.
          if (features === BAD_CHILDREN['with the proof of another session']) await joining;
          else expect(await joining.catch((error: unknown) => error)).to.be.instanceOf(Error);
        }
      });
    }));
});

describe('F17 a child of a parent that has no session', () => {
  for (const [what, offered] of [
    ['without the extension', undefined],
    ['of version 1', encodeExtension({ version: 1 })],
  ] as const) {
    it(`F17, F35 needs no proof, and none is judged: ${what}`, async () => {
      const bench = await ParentBench.start();
      const main = await bench.say(offered === undefined ? {} : { extension: offered });
      const { connectionId: id = 0n, extension } = decodeNegotiation(main.bytes);
      expect(extension).to.deep.equal(offered && PlayedSession.OFFER);
      const elsewhere = await bench.session();
      for (const features of [
        { streamParent: id },
        { ...elsewhere.child(), streamParent: id },
        { ...elsewhere.child({ proof: undefined }), streamParent: id },
        { ...elsewhere.child({ isLane: true }), streamParent: id },
      ]) {
        const child = await bench.say(features);
        const answer = decodeNegotiation(child.bytes);
        const hasBoth = offered !== undefined && 'extension' in features;
        expect(answer.extension !== undefined).to.equal(hasBoth);
      }
      await bench.close();
    });
  }

  it('F17 needs no proof where the server does not speak the extension', async () => {
    const bench = await ParentBench.start({ extension: false });
    const main = await bench.say({ extension: PlayedSession.OFFER });
    const { connectionId, extension } = decodeNegotiation(main.bytes);
    expect(extension).to.equal(undefined);
    const child = await bench.say({ streamParent: connectionId, extension: PlayedSession.OFFER });
    expect(decodeNegotiation(child.bytes).connectionId).to.be.a('bigint');
    await bench.close();
  });
});

describe('E1-ids the proofs of a client', () => {
  it('E1-ids let 100 streams in that are dialed at once', () =>
    withServer(async ({ server, client }) => {
      const sources: unknown[] = [];
      server.handle(BY_ID, (_context, source) => void sources.push(source));
      const sinks = await Promise.all(Array.from({ length: 100 }, () => client.makeStreamSink()));
      expect(new Set(sinks).size).to.equal(100);
      expect(server.stats.refusedConnections).to.equal(0);
    }));

  it('E1-ids let children in that arrive in any order', () =>
    withServer(async ({ server }) => {
      await withPeers(server.address.port, async (join) => {
        const session = new PlayedSession((await join({ extension: PlayedSession.OFFER })).answer);
        const offers = Array.from({ length: 100 }, () => session.child());
        const order = offers.map((_, at) => (at * 37) % offers.length);
        await Promise.all(order.map((at) => join(offers[at])));
        expect(server.stats.refusedConnections).to.equal(0);
      });
    }));

  it('E1-ids are worth nothing to whoever records and repeats them', () =>
    withRecorded(async ({ server, offer }) => {
      const peer = await RawPeer.connect(server.address.port, null);
      peer.write(offer);
      expect(await peer.takeAll()).to.have.length(0);
      expect(server.stats.refusedConnections).to.equal(1);
      await peer.destroy();
    }));

  it('E1-log are in no log line, and neither is the secret', () =>
    withRecorded(async ({ server, session, offer, log }) => {
      const peer = await RawPeer.connect(server.address.port, null);
      peer.write(offer);
      expect(await log.line(/the proof was used before/)).to.be.a('string');
      const { secret } = session.key;
      const proof = decodeExtension(decodeNegotiation(offer).extension!).proof;
      for (const bytes of [secret.export(), Buffer.from(proof!.mac)]) {
        for (const encoding of ['hex', 'base64', 'latin1'] as const) {
          expect(log.lines.join('\n')).not.to.include(bytes.toString(encoding));
        }
      }
      await peer.destroy();
    }));
});

interface Recorded {
  readonly server: Server;
  readonly log: CollectedLog;
  readonly session: PlayedSession;
  /** The negotiation frame of the client's first child. */
  readonly offer: Buffer;
}

/** Runs a test with a client whose bytes were overheard while it opened a stream. */
async function withRecorded(run: (recorded: Recorded) => Promise<void>): Promise<void> {
  const network = new RecordingTransport(networkTransport);
  const log = new CollectedLog();
  await withServer({ both: { logger: log }, client: { network } }, async ({ server, client }) => {
    await client.makeStreamSink();
    const [, answer, offer] = network.records;
    const session = new PlayedSession(decodeNegotiation(answer!.bytes));
    await run({ server, log, session, offer: offer!.bytes });
  });
}

describe('E1-ids a child whose proof is right', () => {
  it('E1-ids carries a stream as any other', () =>
    withServer(async ({ server }) => {
      let reading: Promise<unknown> | undefined;
      server.handle(BY_ID, (_context, source) => void (reading = source.read()));
      await withPeers(server.address.port, async (join) => {
        const main = await join({ ...NO_FEATURES, extension: PlayedSession.OFFER });
        const child = await join(new PlayedSession(main.answer).child());
        main.peer.write(requestBytes(1, 1n, u64le(child.id)));
        await main.peer.takeReply();
        child.peer.write(Buffer.from('0500000068656c6c6f', 'hex'));
        expect(await reading).to.deep.equal([Buffer.from('hello')]);
      });
    }));
});
