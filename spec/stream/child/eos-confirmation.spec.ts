import { expect } from 'chai';

import { ClosedError, createClient, seastar, type Sink, verb } from '../../../lib/index.ts';
import { packed, raw, sourceOf } from '../../../lib/layout.ts';
import { ManualClock } from '../../../lib/testing.ts';
import { NO_FEATURES, type RawPeer } from '../../support/raw-peer.ts';
import { RawServer } from '../../support/raw-server.ts';
import { follow, type Outcome } from '../../support/rejection.ts';
import { turns } from '../../support/turns.ts';
import { EOS_FRAME, replyBytes, userException } from '../../support/wire-bytes.ts';

const LOAD = verb(1, { args: packed(sourceOf(raw)), result: packed() });
const NOTE = verb(2, { args: packed(sourceOf(raw)), noWait: true });
const CHILD_ID = 77n;
/** How long a live server may leave the call unanswered. */
const HELD_MS = 10_000;

/** A client whose server is a plain Seastar that the test plays. */
interface Played {
  readonly clock: ManualClock;
  readonly main: RawPeer;
  readonly child: RawPeer;
  readonly sink: Sink<[Uint8Array]>;
  readonly confirmed: { outcome: Outcome | undefined };
  /** Of the call that names the stream; 0 for none. */
  readonly messageId: bigint;
}

interface PlayOptions {
  readonly names?: 'call' | 'call without reply' | 'nothing';
  /** Whether our end of the connection goes out with the end of the stream, as Seastar's does. */
  readonly isPreset?: boolean;
}

/** Runs a test when the end of the stream is out, and waited for. */
async function withEnding(
  { names = 'call', isPreset = false }: PlayOptions,
  run: (played: Played) => Promise<void>,
): Promise<void> {
  const clock = new ManualClock();
  await using server = await RawServer.start();
  const preset = isPreset ? seastar.client : {};
  const client = createClient({
    reconnect: false,
    ...preset,
    host: '127.0.0.1',
    port: server.port,
    clock,
  });
  try {
    const main = await server.acceptNegotiated({ ...NO_FEATURES, connectionId: 1n });
    const opening = client.makeStreamSink({ serializer: raw });
    const child = await server.acceptNegotiated({ ...NO_FEATURES, connectionId: CHILD_ID });
    const sink = await opening;
    let messageId = 0n;
    if (names !== 'nothing') {
      const called = names === 'call' ? client.call(LOAD, sink) : client.call(NOTE, sink);
      called.catch(() => {});
      ({ messageId } = await main.takeRequest());
    }
    const confirmed = follow(sink.closeAndConfirm());
    await child.take(EOS_FRAME.length);
    await run({ clock, main, child, sink, confirmed, messageId });
  } finally {
    await client.abort();
  }
}

/** The peer ends the connection of the stream. */
async function endStream({ child }: Played): Promise<void> {
  child.end();
  await turns(20);
}

describe('the confirmation of a peer without our extension', () => {
  it('S-S13 is held back while the call is not answered, and comes with its result', () =>
    withEnding({}, async (played) => {
      await endStream(played);
      expect(played.confirmed.outcome).to.equal(undefined);
      played.main.write(replyBytes(played.messageId, Buffer.alloc(0)));
      await turns(20);
      expect(played.confirmed.outcome).to.deep.equal({ value: undefined });
      await played.sink.closeAndConfirm();
    }));

  const failures: Record<string, (played: Played) => void> = {
    'when the call fails': ({ main, messageId }) =>
      main.write(replyBytes(-messageId, userException('no room'))),
    'when the server ends the main connection, as one that is killed does': ({ main }) =>
      main.end(),
    'when the main connection is reset': ({ main }) => main.reset(),
  };
  for (const [when, fail] of Object.entries(failures)) {
    for (const isBefore of [false, true]) {
      it(`S-S13 does not come ${when} ${isBefore ? 'before' : 'behind'} the stream’s connection`, () =>
        withEnding({}, async (played) => {
          if (!isBefore) await endStream(played);
          fail(played);
          await turns(20);
          if (isBefore) await endStream(played);
          expect(played.confirmed.outcome)
            .to.have.property('error')
            .that.is.instanceOf(ClosedError);
        }));
    }
  }

  it('S-S13 comes in the end from a live server whose handler waits for the client', () =>
    withEnding({}, async (played) => {
      await endStream(played);
      played.clock.advance(HELD_MS - 1);
      await turns(5);
      expect(played.confirmed.outcome).to.equal(undefined);
      played.clock.advance(1);
      await turns(5);
      expect(played.confirmed.outcome).to.deep.equal({ value: undefined });
    }));

  it('S-S13 does not come from an end that only answers ours: the reader may not have begun', () =>
    withEnding({ isPreset: true }, async (played) => {
      expect(await played.child.takeAll()).to.have.length(0);
      await endStream(played);
      played.clock.advance(HELD_MS);
      await turns(5);
      expect(played.confirmed.outcome).to.equal(undefined);
      played.main.write(replyBytes(played.messageId, Buffer.alloc(0)));
      await turns(20);
      expect(played.confirmed.outcome).to.deep.equal({ value: undefined });
    }));

  it('S-S13 is given up in time where nothing else is known', () =>
    withEnding({ isPreset: true }, async (played) => {
      await endStream(played);
      played.clock.advance(60_000);
      await turns(5);
      expect(played.confirmed.outcome).to.have.property('error').that.is.instanceOf(ClosedError);
    }));

  it('S-S13 does not come for a stream that no call names', () =>
    withEnding({ names: 'nothing' }, async (played) => {
      await endStream(played);
      played.clock.advance(HELD_MS);
      await turns(5);
      expect(played.confirmed.outcome).to.have.property('error').that.is.instanceOf(ClosedError);
    }));

  it('S-S13 comes at once for a verb without reply, whose outcome nobody tells', () =>
    withEnding({ names: 'call without reply' }, async (played) => {
      await endStream(played);
      expect(played.confirmed.outcome).to.deep.equal({ value: undefined });
    }));
});
