import { Binary, deserialize, serialize } from 'bson';
import { expect } from 'chai';

import { decodeExtension, encodeExtension } from '../../lib/connection/handshake/extension.ts';
import { makeSessionKey, ProofChecker } from '../../lib/connection/handshake/proof.ts';
import { systemRandom } from '../../lib/base/random.ts';
import type { Client } from '../../lib/index.ts';
import { ProtocolError } from '../../lib/errors/errors.ts';
import { raw } from '../../lib/layout.ts';
import type { Features } from '../../lib/wire/feature.ts';
import { answer, withPlayedServer } from '../support/played-server.ts';
import { PlayedSession } from '../support/played-session.ts';
import { NO_FEATURES, RawPeer } from '../support/raw-peer.ts';
import type { RawServer } from '../support/raw-server.ts';
import { BY_ID } from '../support/raw-stream.ts';
import { rejectionOf } from '../support/rejection.ts';
import { type Joined, withPeers } from '../support/scripted-peer.ts';
import { EOS_FRAME, replyBytes, requestBytes, u64le } from '../support/wire-bytes.ts';
import { withServer } from '../support/with-server.ts';

const CURRENT = encodeExtension({ version: 3 });
/** Of a client that does not reconnect, on its main connection. */
const CURRENT_ONCE = encodeExtension({ version: 3, keepMs: 0 });
const VERSION_1 = encodeExtension({ version: 1 });
const PARENT_ID = 0x1230001n;
const CHILD_ID = 0x4560001n;

function record(document: object): Buffer {
  return Buffer.from(serialize(document));
}

/** What a later version may add, of every kind. */
const LATER = { later: { is: ['fine'] }, sessions: 5, lanes: true };

/** What a side of version 3 says that resumes, and one of version 2 passes over. */
const OF_VERSION_3 = { resume: 5, resumed: 'x', keep: -1, stream: [] };

const MALFORMED: Readonly<Record<string, Buffer>> = {
  'version 0': record({ v: 0 }),
  'a version that is text': record({ v: '2' }),
  'no version': record({}),
};

type Join = (features?: Partial<Features>) => Promise<Joined>;

/** Has the server read an empty stream of a child that a test plays; the server says that its end was taken. */
async function passStream(join: Join, main: Joined, offer: Partial<Features>): Promise<Joined> {
  const child = await join(offer);
  main.peer.write(requestBytes(BY_ID.number, 1n, u64le(child.id)));
  expect((await main.peer.takeReply()).messageId).to.equal(1n);
  child.peer.write(EOS_FRAME);
  expect((await main.peer.takeReply()).messageId).to.equal(0n);
  return child;
}

describe('F35 a server of ours', () => {
  async function withReader(run: (join: Join) => Promise<void>): Promise<void> {
    await withServer(async ({ server }) => {
      server.handle(BY_ID, (context, source) => {
        context.background(() => source.read());
      });
      await withPeers(server.address.port, run);
    });
  }

  it('F35 speaks version 3 with a client of version 99 and more fields', () =>
    withReader(async (join) => {
      const main = await join({ extension: record({ v: 99, ...LATER }) });
      expect(decodeExtension(main.answer.extension!)).to.deep.include({
        version: 3,
        keepMs: 180_000,
      });
      const { counter, nonce, mac } = new PlayedSession(main.answer).prove();
      const proof = { c: counter, n: new Binary(nonce), h: new Binary(mac), extra: 'field' };
      const extension = record({ v: 99, proof, ...LATER });
      const child = await passStream(join, main, { streamParent: main.id, extension });
      expect(child.answer.extension).to.deep.equal(CURRENT);
    }));

  it('F35 speaks version 2 with a client of version 2, which is told nothing of version 3', () =>
    withReader(async (join) => {
      const main = await join({ extension: record({ v: 2, ...OF_VERSION_3 }) });
      const told = deserialize(main.answer.extension!);
      expect(Object.keys(told)).to.deep.equal(['v', 'sid', 'secret']);
      const { counter, nonce, mac } = new PlayedSession(main.answer).prove();
      const proof = { c: counter, n: new Binary(nonce), h: new Binary(mac) };
      const extension = record({ v: 2, proof, ...OF_VERSION_3 });
      const child = await passStream(join, main, { streamParent: main.id, extension });
      expect(child.answer.extension).to.deep.equal(CURRENT);
    }));

  it('F35 speaks version 1 with a client of version 1, which gets no session and proves nothing', () =>
    withReader(async (join) => {
      const main = await join({ extension: VERSION_1 });
      expect(main.answer.extension).to.deep.equal(CURRENT);
      const child = await passStream(join, main, { streamParent: main.id, extension: VERSION_1 });
      expect(child.answer.extension).to.deep.equal(CURRENT);
    }));

  for (const [what, extension] of Object.entries(MALFORMED)) {
    it(`F35, F8 sends no byte to a client that offers ${what}`, () =>
      withServer(async ({ server }) => {
        const peer = await RawPeer.connect(server.address.port, null);
        peer.negotiate({ ...NO_FEATURES, extension });
        expect(await peer.takeAll()).to.have.length(0);
        expect(server.stats.refusedConnections).to.equal(1);
        await peer.destroy();
      }));
  }
});

/** The client hands over a stream, ends it, and learns on the main connection that its end was taken. */
async function confirmStream(client: Client, server: RawServer, main: RawPeer): Promise<Buffer> {
  const opening = client.makeStreamSink({ serializer: raw });
  const { offer } = await answer(server, { connectionId: CHILD_ID, extension: CURRENT });
  const sink = await opening;
  const calling = client.call(BY_ID, sink);
  const { verb, messageId } = await main.takeRequest();
  expect(verb).to.equal(BigInt(BY_ID.number));
  main.write(replyBytes(messageId, Buffer.alloc(0)));
  await calling;
  const confirmed = sink.closeAndConfirm();
  main.write(replyBytes(0n, Buffer.concat([Buffer.from([1]), u64le(CHILD_ID)])));
  await confirmed;
  return offer.extension ?? Buffer.alloc(0);
}

describe('F35 a client of ours', () => {
  it('F35 offers version 3, and speaks it with a server of version 99 and more fields', () =>
    withPlayedServer(async (client, server) => {
      const session = makeSessionKey(systemRandom());
      const extension = record({
        v: 99,
        sid: new Binary(session.id),
        secret: new Binary(session.secret.export()),
        ...LATER,
      });
      const main = await answer(server, { connectionId: PARENT_ID, extension });
      expect(main.offer.extension).to.deep.equal(CURRENT_ONCE);
      const { proof } = decodeExtension(await confirmStream(client, server, main.peer));
      const checker = new ProofChecker(session, PARENT_ID);
      expect(checker.problemWith('child', proof)).to.equal(undefined);
    }));

  it('F35 speaks version 2 with a server of version 2, whatever else that says', () =>
    withPlayedServer(async (client, server) => {
      const session = makeSessionKey(systemRandom());
      const key = { sid: new Binary(session.id), secret: new Binary(session.secret.export()) };
      const extension = record({ v: 2, ...key, ...OF_VERSION_3 });
      const main = await answer(server, { connectionId: PARENT_ID, extension });
      const { proof, stream } = decodeExtension(await confirmStream(client, server, main.peer));
      const checker = new ProofChecker(session, PARENT_ID);
      expect(checker.problemWith('child', proof)).to.equal(undefined);
      expect(stream).to.equal(undefined);
    }));

  it('F35 speaks version 1 with a server of version 1, and proves nothing', () =>
    withPlayedServer(async (client, server) => {
      const main = await answer(server, { connectionId: PARENT_ID, extension: VERSION_1 });
      expect(await confirmStream(client, server, main.peer)).to.deep.equal(CURRENT);
    }));

  it('F35 proves nothing to a server that gives it no session', () =>
    withPlayedServer(async (client, server) => {
      const main = await answer(server, { connectionId: PARENT_ID, extension: CURRENT });
      expect(await confirmStream(client, server, main.peer)).to.deep.equal(CURRENT);
    }));

  for (const [what, extension] of Object.entries(MALFORMED)) {
    it(`F35, F8 is closed by an answer of ${what} on its main connection`, () =>
      withPlayedServer(async (client, server) => {
        await answer(server, { connectionId: PARENT_ID, extension });
        const error = await rejectionOf(client.whenReady(), ProtocolError);
        expect(error).to.include({ scope: 'connection', initiator: 'remote' });
        expect(client.state).to.equal('closed');
      }));

    it(`F35, F8 opens no stream by an answer of ${what}, and lives on`, () =>
      withPlayedServer(async (client, server) => {
        const main = await answer(server, { connectionId: PARENT_ID, extension: CURRENT });
        const opening = rejectionOf(client.makeStreamSink(), ProtocolError);
        const child = await answer(server, { connectionId: CHILD_ID, extension });
        await opening;
        await child.peer.takeAll();
        expect(client.state).to.equal('connected');
        await confirmStream(client, server, main.peer);
      }));
  }

  it('F35, F8 is closed by an answer with half a session', () =>
    withPlayedServer(async (client, server) => {
      const extension = record({ v: 2, sid: new Binary(Buffer.alloc(16)) });
      await answer(server, { connectionId: PARENT_ID, extension });
      await rejectionOf(client.whenReady(), ProtocolError);
    }));
});
