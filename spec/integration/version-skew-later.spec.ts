import { Binary, serialize } from 'bson';
import { expect } from 'chai';

import { MAIN_MESSAGE_VERB } from '../../lib/call/common/main-messages.ts';
import { makeSessionKey, type SessionKey } from '../../lib/connection/handshake/proof.ts';
import { systemRandom } from '../../lib/base/random.ts';
import { type Client, type RemoteStream, type Server, verb } from '../../lib/index.ts';
import { methodVerb } from '../../lib/service/frame/method-name.ts';
import { encodeLaneFrame } from '../../lib/wire/lane-frame.ts';
import { answer, withPlayedServer } from '../support/played-server.ts';
import { PlayedSession } from '../support/played-session.ts';
import { offered, takeMainMessage, tupleOf } from '../support/value-stream-bytes.ts';
import type { RawPeer } from '../support/raw-peer.ts';
import type { RawServer } from '../support/raw-server.ts';
import { rejectionOf } from '../support/rejection.ts';
import { type Joined, withPeers } from '../support/scripted-peer.ts';
import {
  EOS_FRAME,
  replyBytes,
  requestBytes,
  streamFrame,
  u32le,
  userExceptionText,
} from '../support/wire-bytes.ts';
import { withServer } from '../support/with-server.ts';

const ECHO = verb<(value: string) => string>(11);
const COUNT = verb<() => unknown>(12);
const SUM = verb<(numbers: unknown) => number>(13);

const PARENT_ID = 0x1230001n;
const LANE_ID = 0x4560001n;

type Join = Parameters<Parameters<typeof withPeers>[1]>[0];

/** A lane frame of a type that there is not yet. */
function laterFrame(type: number): Buffer {
  const content = Buffer.from([type, 1, 2, 3]);
  return Buffer.concat([u32le(0xffff_fffe), u32le(content.length), content]);
}

/** A main message of a kind that there is not yet. */
const LATER_MESSAGE = Buffer.from([200, 1, 2, 3]);

/** What a later version may add to documents. */
const LATER_FIELDS = { later: { is: ['fine'] }, more: 5 };

describe('F35 a server of ours whose client speaks version 99', () => {
  const LATER = Buffer.from(serialize({ v: 99, ...LATER_FIELDS }));

  async function withLaterClient(
    run: (main: Joined, join: Join, server: Server) => Promise<void>,
  ): Promise<void> {
    await withServer(async ({ server }) => {
      server.handle(SUM, async (_context, numbers) => {
        let sum = 0;
        for await (const number of numbers as RemoteStream<number>) sum += number;
        return sum;
      });
      await withPeers(server.address.port, async (join) => {
        await run(await join({ extension: LATER }), join, server);
      });
    });
  }

  /** Passes stream 2 in a call, and gives the server the lane that it asks for. */
  async function passStream(main: Joined, join: Join): Promise<RawPeer> {
    main.peer.write(requestBytes(SUM.number, 1n, tupleOf(offered(2))));
    expect(await takeMainMessage(main.peer)).to.deep.equal({ kind: 'stream-open', number: 2 });
    const session = new PlayedSession(main.answer);
    const { peer } = await join(session.child({ version: 99, isLane: true }));
    return peer;
  }

  it('F35 a server ignores kinds of main messages that it does not know', () =>
    withLaterClient(async ({ peer }) => {
      peer.write(requestBytes(MAIN_MESSAGE_VERB, 1n, LATER_MESSAGE));
      peer.write(requestBytes(99, 2n, Buffer.alloc(0)));
      expect((await peer.takeReply()).messageId).to.equal(-2n);
    }));

  it('F35 a server ignores types of lane frames that it need not know', () =>
    withLaterClient(async (main, join) => {
      const lane = await passStream(main, join);
      lane.write(
        laterFrame(100),
        encodeLaneFrame({ type: 'produce', number: 2 }),
        laterFrame(127),
        streamFrame(tupleOf(7)),
        laterFrame(64),
        encodeLaneFrame({ type: 'count', number: 1 }),
        EOS_FRAME,
      );
      expect(await takeMainMessage(main.peer)).to.deep.equal({ kind: 'stream-taken', number: 2 });
      expect(await main.peer.takeReply()).to.deep.equal({ messageId: 1n, payload: tupleOf(7) });
    }));

  it('F35 a server fails a stream that it would have to know more of, and nothing else', () =>
    withLaterClient(async (main, join) => {
      const lane = await passStream(main, join);
      lane.write(encodeLaneFrame({ type: 'produce', number: 2 }), laterFrame(200));
      const told = await takeMainMessage(main.peer);
      expect(told).to.include({ kind: 'stream-cancel', number: 2 });
      const { messageId, payload } = await main.peer.takeReply();
      expect(messageId).to.equal(-1n);
      expect(userExceptionText(payload)).to.match(/a lane frame of the unknown type 200/);
      await lane.takeAll();
      main.peer.write(requestBytes(99, 2n, Buffer.alloc(0)));
      expect((await main.peer.takeReply()).messageId).to.equal(-2n);
    }));

  it('F35 a server passes over fields of an envelope that it does not know', () =>
    withLaterClient(async ({ peer }, _join, server) => {
      server.expose('store', { get: async (key: string) => `value of ${key}` });
      const envelope = tupleOf(LATER_FIELDS);
      const payload = Buffer.concat([Buffer.from([1]), envelope, tupleOf('k')]);
      peer.write(requestBytes(methodVerb('store/get'), 1n, payload));
      const reply = Buffer.concat([Buffer.from([0]), tupleOf('value of k')]);
      expect(await peer.takeReply()).to.deep.equal({ messageId: 1n, payload: reply });
    }));
});

describe('F35 a client of ours whose server speaks version 99', () => {
  function answerOf({ id, secret }: SessionKey): Buffer {
    const session = { sid: new Binary(id), secret: new Binary(secret.export()) };
    return Buffer.from(serialize({ v: 99, ...session, ...LATER_FIELDS }));
  }

  function withLaterServer(
    run: (client: Client, main: RawPeer, server: RawServer) => Promise<void>,
  ): Promise<void> {
    return withPlayedServer(
      async (client, server) => {
        const extension = answerOf(makeSessionKey(systemRandom()));
        const { peer } = await answer(server, { connectionId: PARENT_ID, extension });
        await run(client, peer, server);
      },
      { sendTimeout: false },
    );
  }

  /** Offers stream 2 in a reply, and takes the lane on which the client wants it. */
  async function offerStream(
    client: Client,
    main: RawPeer,
    server: RawServer,
  ): Promise<{ items: Promise<number[]>; lane: RawPeer }> {
    const call = client.call(COUNT);
    await main.takeRequest();
    main.write(replyBytes(1n, tupleOf(offered(2))));
    const items = itemsOf((await call) as RemoteStream<number>);
    items.catch(() => {});
    const extension = Buffer.from(serialize({ v: 99, ...LATER_FIELDS }));
    const { peer } = await answer(server, { connectionId: LANE_ID, extension });
    const consume = encodeLaneFrame({ type: 'consume', number: 2 });
    expect(await peer.take(consume.length)).to.deep.equal(consume);
    return { items, lane: peer };
  }

  it('F35 a client ignores kinds of main messages that it does not know', () =>
    withLaterServer(async (client, main) => {
      main.write(replyBytes(0n, LATER_MESSAGE));
      const call = client.call(ECHO, 'Ada');
      await main.takeRequest();
      main.write(replyBytes(1n, tupleOf('Ada')));
      expect(await call).to.equal('Ada');
    }));

  it('F35 a client ignores types of lane frames that it need not know', () =>
    withLaterServer(async (client, main, server) => {
      const { items, lane } = await offerStream(client, main, server);
      lane.write(
        laterFrame(127),
        streamFrame(tupleOf(7)),
        laterFrame(64),
        encodeLaneFrame({ type: 'count', number: 1 }),
        EOS_FRAME,
      );
      expect(await items).to.deep.equal([7]);
    }));

  it('F35 a client fails a stream that it would have to know more of, and nothing else', () =>
    withLaterServer(async (client, main, server) => {
      const { items, lane } = await offerStream(client, main, server);
      lane.write(laterFrame(200));
      const error = await rejectionOf(items);
      expect(error)
        .to.have.property('message')
        .that.matches(/unknown type 200/);
      await lane.takeAll();
      expect(client.state).to.equal('connected');
    }));

  it('F35 a client passes over fields of an envelope that it does not know', () =>
    withLaterServer(async (client, main) => {
      const call = client.api<{ get(key: string): Promise<string> }>('store').get('k');
      await main.takeRequest();
      const envelope = tupleOf(LATER_FIELDS);
      main.write(replyBytes(1n, Buffer.concat([Buffer.from([1]), envelope, tupleOf('value')])));
      expect(await call).to.equal('value');
    }));
});

async function itemsOf(items: AsyncIterable<number>): Promise<number[]> {
  const seen: number[] = [];
  for await (const item of items) seen.push(item);
  return seen;
}
