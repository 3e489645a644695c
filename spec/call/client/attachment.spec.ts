import { expect } from 'chai';

import { ClosedError, MisuseError, RefusedError } from '../../../lib/errors/errors.ts';
import { raw } from '../../../lib/serializer/raw.ts';
import type { ChildConnection } from '../../../lib/stream/child/child-connection.ts';
import { SinkHalf } from '../../../lib/stream/half/sink-half.ts';
import { verb } from '../../../lib/verb/verb.ts';
import { AttachmentBench, BYTES, makeCall } from '../../support/attachment-bench.ts';
import { follow, rejectionOf } from '../../support/rejection.ts';
import { offered, tupleOf } from '../../support/value-stream-bytes.ts';
import { EOS_FRAME } from '../../support/wire-bytes.ts';

/** Sends a call of bytes. */
function send(bench: AttachmentBench): Promise<unknown> {
  const { pending, result } = makeCall(BYTES, [Buffer.from('a')]);
  bench.attachment.calls.send(pending);
  return result;
}

/** Opens the connection of a stream. */
async function openStream(bench: AttachmentBench): Promise<SinkHalf<ChildConnection>> {
  const opening = bench.attachment.dialChild([]);
  await bench.network.settle();
  bench.network.peer.takeOffer();
  bench.network.peer.answer(bench.network.ourChild(6n));
  return new SinkHalf(await opening, raw);
}

describe('Attachment', () => {
  it('sends calls and settles them by the replies that come', async () => {
    const bench = await AttachmentBench.start();
    const result = send(bench);
    await bench.network.settle();
    const [request] = bench.main.takeRequests();
    expect(request).to.deep.include({ verb: 7n, messageId: 1n, payload: Buffer.from('a') });
    expect([bench.attachment.calls.size, bench.attachment.underWay.count]).to.deep.equal([1, 1]);
    bench.main.reply(1n, Buffer.from('b'));
    await bench.network.settle();
    expect(await result).to.deep.equal(Buffer.from('b'));
    expect(bench.attachment.underWay.count).to.equal(0);
    await bench.close();
  });

  it('reads what came behind the negotiation first', async () => {
    const message = { kind: 'going-away', graceMs: 7 } as const;
    const bench = await AttachmentBench.start(undefined, {}, message);
    expect(bench.told[0]).to.deep.equal(['going away', 7]);
    await bench.close();
  });

  it('opens the connections of streams, which count until they are over', async () => {
    const bench = await AttachmentBench.start();
    const sink = await openStream(bench);
    expect(bench.attachment.openStreams).to.equal(1);
    expect(bench.metrics.streamStats.sentMessages).to.equal(1);
    sink.abort(new Error('enough'));
    await bench.network.settle();
    bench.network.peer.recorder.end();
    await bench.network.settle();
    expect(bench.attachment.openStreams).to.equal(0);
    await bench.close();
  });

  it('has no streams with a server without streaming', async () => {
    const bench = await AttachmentBench.start({});
    const error = await rejectionOf(bench.attachment.dialChild([]), MisuseError);
    expect(error.message).to.equal('Streaming is not supported by the server');
    bench.attachment.carryStreams();
    expect(bench.streams.valueStreams.isUsable).to.equal(false);
    await bench.close();
  });

  it('opens no streams of verbs once they are refused, also those that are being opened', async () => {
    const bench = await AttachmentBench.start();
    const opening = rejectionOf(bench.attachment.dialChild([]), ClosedError);
    await bench.network.settle();
    bench.attachment.refuseStreams(() => new ClosedError('the client is closing', 'local'));
    bench.network.peer.answer(bench.network.ourChild(6n));
    await bench.network.settle();
    expect((await opening).message).to.equal('the client is closing');
    expect(bench.network.peer.isEnded).to.equal(true);
    await rejectionOf(bench.attachment.dialChild([]), ClosedError);
    expect(bench.network.peers, 'nothing more was dialed').to.have.length(2);
    await bench.close();
  });

  it('is over, in order, once nothing is under way at a server that goes away', async () => {
    const bench = await AttachmentBench.start();
    const result = send(bench);
    bench.main.tell({ kind: 'going-away', graceMs: 5_000 });
    await bench.network.settle();
    expect(bench.told).to.deep.equal([['going away', 5_000]]);
    const refused = await rejectionOf(bench.attachment.dialChild([]), RefusedError);
    expect(refused.message).to.equal('the server is going away and takes no new streams');
    bench.main.reply(1n, Buffer.from('b'));
    await bench.network.settle();
    await result;
    expect(bench.told[1]).to.deep.equal([
      'over',
      'the server went away, after all that was under way had ended',
      'closed',
    ]);
    await bench.network.settle();
    expect(bench.main.isEnded).to.equal(true);
    await bench.close();
  });

  it('waits for the stream that the last reply has brought', async () => {
    const bench = await AttachmentBench.start();
    const { pending, result } = makeCall(verb<() => unknown>(8), []);
    bench.attachment.calls.send(pending);
    bench.main.tell({ kind: 'going-away', graceMs: undefined });
    await bench.network.settle();
    bench.main.reply(1n, tupleOf(offered(2)));
    await bench.network.settle();
    const remote = (await result) as AsyncIterable<unknown>;
    expect(bench.told).to.have.length(1);
    expect(bench.attachment.openStreams).to.equal(1);
    await remote[Symbol.asyncIterator]().return?.();
    await bench.network.settle();
    expect(bench.told[1]).to.deep.include('closed');
    await bench.close();
  });

  it('says that the server had gone away when it is lost in the middle', async () => {
    const bench = await AttachmentBench.start();
    const result = rejectionOf(send(bench), ClosedError);
    bench.main.tell({ kind: 'going-away', graceMs: 5_000 });
    await bench.network.settle();
    bench.main.recorder.end();
    await bench.network.settle();
    expect((await result).message).to.match(
      /^the server went away; what was under way had 5000 ms/,
    );
    expect(bench.told[1]).to.deep.include('lost');
    await bench.close();
  });

  it('fails its calls and what it opens, and ends its connection, when its owner ends it', async () => {
    for (const how of ['closed', 'aborted', 'lost'] as const) {
      const bench = await AttachmentBench.start();
      const sink = await openStream(bench);
      const cause = new ClosedError('the end', 'local');
      const result = send(bench);
      const opening = bench.attachment.dialChild([]);
      const [called, opened, ended] = [result, opening, sink.ended].map((each) => follow(each));
      await bench.network.settle();
      bench.attachment.end(cause, how);
      await bench.network.settle();
      expect(called?.outcome)
        .to.have.property('error')
        .that.includes({ message: 'the end (verb 7 of 127.0.0.1:1)', code: 'ERR_CLOSED' });
      expect(opened?.outcome).to.deep.equal({ error: cause });
      expect(ended?.outcome).to.have.property('error').with.property('cause', cause);
      expect(bench.main.isEnded).to.equal(true);
      expect(bench.told, 'its owner knows').to.deep.equal([]);
      await rejectionOf(bench.attachment.dialChild([]), ClosedError);
      await bench.close();
    }
  });

  it('waits until the readers of its closed sinks have taken the end', async () => {
    const bench = await AttachmentBench.start();
    const sink = await openStream(bench);
    sink.child.setNaming('named');
    await sink.close();
    const confirmed = follow(bench.attachment.whenConfirmed());
    await bench.network.settle();
    expect(bench.network.peer.recorder.bytes.subarray(-4)).to.deep.equal(EOS_FRAME);
    expect(confirmed.outcome).to.equal(undefined);
    bench.main.tell({ kind: 'eos-taken', streamId: 6n });
    await bench.network.settle();
    expect(confirmed.outcome).to.deep.equal({ value: undefined });
    await bench.close();
  });
});
