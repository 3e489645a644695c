import { serialize } from 'bson';
import { expect } from 'chai';

import { encodeExtension } from '../../lib/connection/handshake/extension.ts';
import { type Client, type Server, stream, UnsupportedError, verb } from '../../lib/index.ts';
import { ManualClock } from '../../lib/testing.ts';
import { answer, withPlayedServer } from '../support/played-server.ts';
import { offered, takeMainMessage, tupleOf } from '../support/value-stream-bytes.ts';
import type { RawPeer } from '../support/raw-peer.ts';
import type { RawServer } from '../support/raw-server.ts';
import { BY_ID } from '../support/raw-stream.ts';
import { rejectionOf } from '../support/rejection.ts';
import { type Joined, withPeers } from '../support/scripted-peer.ts';
import { turns } from '../support/turns.ts';
import {
  EOS_FRAME,
  replyBytes,
  requestBytes,
  u64le,
  userExceptionText,
} from '../support/wire-bytes.ts';
import { withServer } from '../support/with-server.ts';

const ECHO = verb<(value: string) => string>(11);
const COUNT = verb<() => unknown>(12);
const SUM = verb<(numbers: unknown) => number>(13);

const VERSION_1 = encodeExtension({ version: 1 });
const PARENT_ID = 0x1230001n;
const LANE_ID = 0x4560001n;

const MISSING =
  'a stream in a value needs version 2 of our extension, which the peer does not speak';

type Join = Parameters<Parameters<typeof withPeers>[1]>[0];

describe('F35 a client of ours whose server speaks version 1', () => {
  function withOldServer(
    run: (client: Client, main: RawPeer, server: RawServer) => Promise<void>,
    clock = new ManualClock(),
  ): Promise<void> {
    const options = { clock, sendTimeout: false };
    return withPlayedServer(async (client, server) => {
      const { peer } = await answer(server, { connectionId: PARENT_ID, extension: VERSION_1 });
      await run(client, peer, server);
    }, options);
  }

  /** Makes a call, which is the next thing that the server gets. */
  async function expectNextCall(client: Client, main: RawPeer, messageId: bigint): Promise<void> {
    const call = client.call(ECHO, 'Ada');
    const request = await main.takeRequest();
    expect(request).to.include({ verb: BigInt(ECHO.number), messageId });
    main.write(replyBytes(messageId, tupleOf('Ada')));
    expect(await call).to.equal('Ada');
  }

  it('F35, K12 fails a call with a stream in its arguments, and sends nothing of it', () =>
    withOldServer(async (client, main) => {
      const error = await rejectionOf(client.call(SUM, { deep: [stream([1])] }), UnsupportedError);
      expect(error.message).to.equal(MISSING);
      await expectNextCall(client, main, 1n);
    }));

  it('F35, K12 fails the call of a service, and sends nothing of it', () =>
    withOldServer(async (client, main) => {
      const store = client.api<{ get(key: string): Promise<string> }>('store');
      const error = await rejectionOf(store.get('k'), UnsupportedError);
      expect(error.message).to.match(/^calling store\/get needs version 2 of our extension/);
      await expectNextCall(client, main, 1n);
    }));

  it('F35, K12 fails a call whose reply promises a stream', () =>
    withOldServer(async (client, main) => {
      const call = rejectionOf(client.call(COUNT), UnsupportedError);
      await main.takeRequest();
      main.write(replyBytes(1n, tupleOf(offered(2))));
      expect((await call).message).to.equal(MISSING);
      await expectNextCall(client, main, 2n);
    }));

  it('F35 opens its streams without a proof and without a word of lanes', () =>
    withOldServer(async (client, _main, server) => {
      const opening = client.makeStreamSink();
      const { offer } = await answer(server, { connectionId: LANE_ID, extension: VERSION_1 });
      expect(offer.extension).to.deep.equal(encodeExtension({ version: 3 }));
      (await opening).abort('enough');
    }));

  it('F35 tells it nothing of a call that is given up, and never asks whether it lives', () => {
    const clock = new ManualClock();
    return withOldServer(async (client, main) => {
      const abort = new AbortController();
      const call = rejectionOf(client.with({ signal: abort.signal }).call(COUNT));
      await main.takeRequest();
      abort.abort('enough');
      await call;
      for (let minutes = 0; minutes < 3; minutes++) {
        clock.advance(60_000);
        await turns(2);
      }
      await expectNextCall(client, main, 2n);
    }, clock);
  });
});

describe('F35 a server of ours whose client speaks version 1', () => {
  async function withOldClient(
    run: (main: Joined, join: Join, server: Server) => Promise<void>,
    clock = new ManualClock(),
  ): Promise<void> {
    await withServer({ server: { clock } }, async ({ server, client }) => {
      await client.abort();
      server.handle(ECHO, (_context, value) => value);
      await withPeers(server.address.port, async (join) => {
        await run(await join({ extension: VERSION_1 }), join, server);
      });
    });
  }

  async function expectEcho({ peer }: Joined, messageId: bigint): Promise<void> {
    peer.write(requestBytes(ECHO.number, messageId, tupleOf('Ada')));
    expect(await peer.takeReply()).to.deep.equal({ messageId, payload: tupleOf('Ada') });
  }

  it('F35, K12 answers with an error where a stream would be in the result, and lets go of it', () =>
    withOldClient(async (main, _join, server) => {
      let isAsked = false;
      server.handle(COUNT, () =>
        stream(async function* () {
          isAsked = true;
          yield 1;
        }),
      );
      main.peer.write(requestBytes(COUNT.number, 1n, tupleOf('')));
      const { messageId, payload } = await main.peer.takeReply();
      expect(messageId).to.equal(-1n);
      expect(userExceptionText(payload)).to.equal(MISSING);
      expect(isAsked).to.equal(false);
      await expectEcho(main, 2n);
    }));

  it('F35, K12 answers with an error where a stream is promised in the arguments', () =>
    withOldClient(async (main, _join, server) => {
      server.handle(SUM, () => 0);
      main.peer.write(requestBytes(SUM.number, 1n, tupleOf(offered(2))));
      const { messageId, payload } = await main.peer.takeReply();
      expect(messageId).to.equal(-1n);
      expect(userExceptionText(payload)).to.equal(MISSING);
      await expectEcho(main, 2n);
    }));

  it('F35 takes a child for a stream of a verb, whatever it says of lanes', () =>
    withOldClient(async (main, join, server) => {
      server.handle(BY_ID, (context, source) => {
        context.background(() => source.read());
      });
      const extension = Buffer.from(serialize({ v: 1, lane: true }));
      const child = await join({ streamParent: main.id, extension });
      main.peer.write(requestBytes(BY_ID.number, 1n, u64le(child.id)));
      expect((await main.peer.takeReply()).messageId).to.equal(1n);
      child.peer.write(EOS_FRAME);
      expect(await takeMainMessage(main.peer)).to.deep.equal({
        kind: 'eos-taken',
        streamId: child.id,
      });
    }));

  it('F35 never asks whether it lives, and closes without an announcement', () => {
    const clock = new ManualClock();
    return withOldClient(async (main, _join, server) => {
      for (let minutes = 0; minutes < 3; minutes++) {
        clock.advance(60_000);
        await turns(2);
      }
      await expectEcho(main, 1n);
      const closed = server.close();
      expect(await main.peer.takeAll()).to.have.length(0);
      await main.peer.destroy();
      await closed;
    }, clock);
  });
});
