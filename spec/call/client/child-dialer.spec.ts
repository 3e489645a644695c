import { expect } from 'chai';

import { RefusedError, TimeoutError, ProtocolError } from '../../../lib/errors/errors.ts';
import { decodeExtension } from '../../../lib/connection/handshake/extension.ts';
import { advance } from '../../../lib/testing.ts';
import { AttachmentBench } from '../../support/attachment-bench.ts';
import { rejectionOf } from '../../support/rejection.ts';

describe('ChildDialer', () => {
  it('names the main connection, and proves that it knows its session', async () => {
    const bench = await AttachmentBench.start();
    void bench.attachment.dialChild([]).catch(() => {});
    void Promise.resolve(bench.attachment.lanes.consume(2)).catch(() => {});
    await bench.network.settle();
    const offers = bench.network.peers.slice(1).map((peer) => peer.takeOffer());
    expect(offers.map(({ streamParent }) => streamParent)).to.deep.equal([5n, 5n]);
    const extensions = offers.map(({ extension }) => decodeExtension(extension ?? Buffer.alloc(0)));
    expect(extensions.map(({ isLane }) => isLane)).to.deep.equal([false, true]);
    expect(extensions.map(({ proof }) => proof?.counter)).to.deep.equal([1, 2]);
    await bench.close();
  });

  it('counts those that are being opened among maxChildren, and lanes as well', async () => {
    const bench = await AttachmentBench.start(undefined, { maxChildren: 2 });
    const first = bench.attachment.dialChild([]);
    const lane = Promise.resolve(bench.attachment.lanes.consume(2));
    const error = await rejectionOf(bench.attachment.dialChild([]), RefusedError);
    expect(error).to.include({ scope: 'stream', retryable: true });
    expect(error.message).to.equal('2 streams are open, as many as limits.maxChildren allows');
    await bench.network.settle();
    for (const [index, peer] of bench.network.peers.slice(1).entries()) {
      peer.answer(bench.network.ourChild(BigInt(index + 6)));
    }
    await Promise.all([first, lane]);
    await rejectionOf(bench.attachment.dialChild([]), RefusedError);
    await bench.close();
  });

  it('gives the place of one that took too long to the next', async () => {
    const bench = await AttachmentBench.start(undefined, { maxChildren: 1 });
    const first = rejectionOf(bench.attachment.dialChild([]), TimeoutError);
    await advance(bench.network.environment.clock, 10_000);
    expect((await first).message).to.contain('opening the stream took longer than 10000 ms');
    const second = bench.attachment.dialChild([]);
    await bench.network.settle();
    bench.network.peer.answer(bench.network.ourChild(6n));
    expect((await second).id).to.equal(6n);
    await bench.close();
  });

  it('E2 dials no more than maxHandshakes at a time, and the next as soon as one has negotiated', async () => {
    const bench = await AttachmentBench.start(undefined, { maxHandshakes: 2 });
    const cancel = new AbortController();
    const dialed = [[], [], [], [cancel.signal]].map((signals) =>
      bench.attachment.dialChild(signals),
    );
    const canceled = rejectionOf(dialed[3]!, Error);
    await bench.network.settle();
    expect(bench.network.peers.slice(1)).to.have.length(2);
    cancel.abort(new Error('not wanted'));
    await canceled;
    bench.network.peers[1]!.answer(bench.network.ourChild(6n));
    await bench.network.settle();
    expect(bench.network.peers.slice(1)).to.have.length(3);
    for (const [index, peer] of bench.network.peers.slice(2).entries()) {
      peer.answer(bench.network.ourChild(BigInt(index + 7)));
    }
    const children = await Promise.all(dialed.slice(0, 3));
    expect(children.map(({ id }) => id)).to.deep.equal([6n, 7n, 8n]);
    await bench.close();
  });

  it('gives up one whose signal fires, and a server that gives it no id', async () => {
    const bench = await AttachmentBench.start();
    const cancel = new AbortController();
    const reason = new Error('not wanted');
    const canceled = rejectionOf(bench.attachment.dialChild([cancel.signal]), Error);
    await bench.network.settle();
    cancel.abort(reason);
    expect((await canceled).cause).to.equal(reason);
    const odd = rejectionOf(bench.attachment.dialChild([]), ProtocolError);
    await bench.network.settle();
    bench.network.peer.answer({});
    expect((await odd).message).to.equal('the server gave the stream no connection id');
    await bench.network.settle();
    expect(bench.network.peers.slice(1).map(({ isEnded }) => isEnded)).to.deep.equal([true, true]);
    await bench.close();
  });
});
