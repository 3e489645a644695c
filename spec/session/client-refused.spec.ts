import { expect } from 'chai';

import { encodeRefusal } from '../../lib/connection/handshake/refusal.ts';
import type { Refusal } from '../../lib/connection/handshake/resume-record.ts';
import { UnauthenticatedError } from '../../lib/errors/access-errors.ts';
import type { PlayedPeer } from '../support/played-network.ts';
import { rejectionOf } from '../support/rejection.ts';
import { ResumeBench } from '../support/resume-bench.ts';

/** As little of every delay as there can be. */
const NO_JITTER = { bytes: (count: number): Buffer => Buffer.alloc(count) };
/** As much. */
const ALL_JITTER = { bytes: (count: number): Buffer => Buffer.alloc(count, 0xff) };

/** The server lets the client not in, and says why. */
async function refuse(bench: ResumeBench, peer: PlayedPeer, refusal: Refusal): Promise<void> {
  peer.takeOffer();
  peer.recorder.write(encodeRefusal(refusal));
  await bench.lose(peer);
}

/** A client whose connection is lost, and whose next one the server is asked for. */
async function asking(random: { bytes(count: number): Buffer }): Promise<ResumeBench> {
  const bench = await ResumeBench.start({ random });
  await bench.lose(await bench.connect(5n));
  await bench.client.pass(100);
  expect(bench.client.network.peers).to.have.length(2);
  return bench;
}

describe('a client that is refused', () => {
  it('Expired token: refused: ends with ERR_UNAUTHENTICATED, with all that was under way', async () => {
    const bench = await ResumeBench.start();
    const peer = await bench.connect(5n);
    const call = rejectionOf(bench.call('a'), UnauthenticatedError);
    await bench.client.network.settle();
    await bench.lose(peer);
    const { core, network } = bench.client;
    await bench.client.pass(100);
    await refuse(bench, network.peer, { why: 'principal', retryAfterMs: 5_000 });
    expect(core.state).to.equal('closed');
    expect(await call).to.include({ mayHaveRun: true });
    await rejectionOf(core.whenReady(), UnauthenticatedError);
    expect(network.environment.clock.pendingTimers).to.equal(0);
    await bench.close();
  });

  for (const why of ['full', 'leaving', 'of a later version']) {
    it(`tries again not before the server has said, refused as ${why}, and then with its session`, async () => {
      const bench = await asking(NO_JITTER);
      const { network } = bench.client;
      await refuse(bench, network.peer, { why, retryAfterMs: 5_000 });
      expect(bench.client.core.state).to.equal('reconnecting');
      const [, told] = bench.client.events.at(-1)!;
      expect(told).to.include({ attempt: 2, delayMs: 5_000 });
      expect(told).to.have.property('cause').that.includes({ code: 'ERR_REFUSED' });
      await bench.client.pass(4_999);
      expect(network.peers).to.have.length(2);
      const { peer, offer } = await bench.attempt(1);
      expect(offer.resume).to.include({ firstId: 5n });
      peer.answer(bench.resumed(offer, 6n, { received: 0 }));
      await network.settle();
      expect(bench.client.core.state).to.equal('connected');
      await bench.close();
    });
  }

  it('waits for its own delay behind that, so that all clients of a server come back apart', async () => {
    const bench = await asking(ALL_JITTER);
    await refuse(bench, bench.client.network.peer, { why: 'full', retryAfterMs: 5_000 });
    const [, told] = bench.client.events.at(-1)!;
    expect((told as { delayMs: number }).delayMs).to.be.within(5_199, 5_200);
    await bench.close();
  });

  it('waits for its own delay alone where the server has named no time', async () => {
    const bench = await asking(ALL_JITTER);
    await refuse(bench, bench.client.network.peer, { why: 'full' });
    const [, told] = bench.client.events.at(-1)!;
    expect((told as { delayMs: number }).delayMs).to.be.within(199, 200);
    await bench.close();
  });

  it('ends where its own limit of time passes before the server has room', async () => {
    const bench = await ResumeBench.start({ reconnect: { giveUpAfterMs: 4_000 } });
    await bench.lose(await bench.connect(5n));
    await bench.client.pass(100);
    await refuse(bench, bench.client.network.peer, { why: 'full', retryAfterMs: 5_000 });
    expect(bench.client.core.state).to.equal('closed');
    expect(await rejectionOf(bench.client.core.whenReady())).to.include({ code: 'ERR_REFUSED' });
    await bench.close();
  });
});
