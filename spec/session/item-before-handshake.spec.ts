import { expect } from 'chai';

import { stream } from '../../lib/index.ts';
import { VALUE } from '../support/core-bench.ts';
import { Numbers } from '../support/numbers.ts';
import type { PlayedPeer } from '../support/played-network.ts';
import { ResumeBench } from '../support/resume-bench.ts';

const NUMBER = 2;
const NEGOTIATION_HEADER_BYTES = 12;

/** Whether the client has sent its offer on this connection, and nothing behind it. */
function hasOnlyOffered({ recorder: { bytes } }: PlayedPeer): boolean {
  return bytes.length === NEGOTIATION_HEADER_BYTES + bytes.readUInt32LE(8);
}

/** A client with a stream among the arguments of a call that it makes before it has a connection. */
async function offering(): Promise<{ bench: ResumeBench; numbers: Numbers }> {
  const bench = await ResumeBench.start();
  const numbers = new Numbers();
  const items = stream(numbers.upTo(3), { resumable: true });
  bench.client.core.calls.call(VALUE, [items], {}).catch(() => {});
  return { bench, numbers };
}

describe('Item before handshake: never', () => {
  it('the source of a call that waits for the answer is not asked, and nothing of it is sent', async () => {
    const { bench, numbers } = await offering();
    const { core, network } = bench.client;
    const connecting = core.connect();
    await network.settle();
    const { peer } = network;
    expect([hasOnlyOffered(peer), numbers.made]).to.deep.equal([true, 0]);
    peer.takeOffer();
    peer.answer(bench.begun(5n));
    await connecting;
    await network.settle();
    expect([peer.takeRequests().length, numbers.made]).to.deep.equal([1, 0]);
    await bench.close();
  });

  it('a lane carries nothing of it before it is answered, at first and when the session goes on', async () => {
    const { bench, numbers } = await offering();
    const { network } = bench.client;
    const main = await bench.connect(5n);
    await network.settle();
    main.tell({ kind: 'stream-open', number: NUMBER });
    await network.settle();
    const lane = network.peer;
    expect([lane === main, hasOnlyOffered(lane), numbers.made]).to.deep.equal([false, true, 0]);
    lane.answer(network.ourChild(7n));
    await network.settle();
    expect([hasOnlyOffered(lane), numbers.made]).to.deep.equal([false, 3]);
    await bench.lose(lane);
    await bench.lose(main);
    const { peer: back, offer } = await bench.attempt();
    expect(hasOnlyOffered(back), 'the session is not resumed yet').to.equal(true);
    back.answer(bench.resumed(offer, 6n, { received: 1 }));
    await network.settle();
    back.tell({ kind: 'stream-resume', number: NUMBER, taken: 1, acknowledged: 1, attempt: 1 });
    await network.settle();
    const next = network.peer;
    expect([next === back, hasOnlyOffered(next)]).to.deep.equal([false, true]);
    next.answer(network.ourChild(8n));
    await network.settle();
    expect(hasOnlyOffered(next)).to.equal(false);
    await bench.close();
  });
});
