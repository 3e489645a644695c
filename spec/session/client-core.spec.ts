import { expect } from 'chai';

import { ClosedError, MisuseError, RefusedError } from '../../lib/errors/errors.ts';
import { raw } from '../../lib/serializer/raw.ts';
import { ServiceClient } from '../../lib/service/client/service-client.ts';
import { CoreBench, texts, VALUE } from '../support/core-bench.ts';
import { Counter } from '../support/passing.ts';
import type { PlayedPeer } from '../support/played-network.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { ResumeBench } from '../support/resume-bench.ts';
import { offered, tupleOf } from '../support/value-stream-bytes.ts';
import { u64le, userException } from '../support/wire-bytes.ts';

describe('ClientCore', () => {
  it('goes from connecting to connected, sends what waited, and says so', async () => {
    const bench = await CoreBench.start();
    const { core, network } = bench;
    const result = bench.call('a');
    expect([core.state, core.connectionId]).to.deep.equal(['connecting', undefined]);
    const ready = follow(core.whenReady());
    const peer = await bench.connect();
    expect([core.state, core.connectionId]).to.deep.equal(['connected', 5n]);
    await network.settle();
    expect(ready.outcome).to.deep.equal({ value: undefined });
    expect(bench.names).to.deep.equal(['connecting', 'connected']);
    expect(bench.events[1]?.[1]).to.include({ connectionId: 5n, hasExtension: true });
    expect(texts(peer)).to.deep.equal(['a']);
    peer.reply(1n, Buffer.from('b'));
    await network.settle();
    expect(await result).to.deep.equal(Buffer.from('b'));
    await bench.close();
  });

  it('is closed by a connect that fails, and fails what waits', async () => {
    const bench = await CoreBench.start();
    const { core, network } = bench;
    const call = rejectionOf(bench.call('a'), ClosedError);
    const sink = rejectionOf(core.makeSink(raw, {}), ClosedError);
    const connecting = core.connect();
    await network.settle();
    network.peer.recorder.end();
    await connecting;
    const cause = await rejectionOf(core.whenReady(), ClosedError);
    expect(cause.message).to.contain('before it negotiated');
    expect(await sink).to.equal(cause);
    expect((await call).message).to.equal(`${cause.message} (verb 7 of 127.0.0.1:1)`);
    expect(core.state).to.equal('closed');
    expect(bench.names, 'never connected').to.deep.equal(['connecting', 'closed']);
    expect(bench.registry.totals('mine').connections).to.equal(0);
    await bench.close();
  });

  it('is closed when its connection is lost, once, with the cause', async () => {
    const bench = await CoreBench.start();
    const peer = await bench.connect();
    const call = rejectionOf(bench.call('a'), ClosedError);
    peer.recorder.end();
    await bench.network.settle();
    const { cause } = bench.events[2]![1] as { cause: Error };
    expect(cause.message).to.equal('the server closed the connection');
    expect((await call).message).to.equal(`${cause.message} (verb 7 of 127.0.0.1:1)`);
    expect(bench.names.slice(2)).to.deep.equal(['disconnected', 'closed']);
    const told = { connectionId: 5n, cause, willReconnect: false };
    expect(bench.events[2]?.[1]).to.deep.equal(told);
    const late = await rejectionOf(bench.call('b'));
    expect(late).to.include({ code: 'ERR_CLOSED', method: 'verb 7', peer: '127.0.0.1:1' });
    await bench.close();
    expect(bench.names, 'nothing more').to.have.length(4);
  });

  it('starts nothing new while its server goes away, and closes behind the last reply', async () => {
    const bench = await CoreBench.start();
    const peer = await bench.connect();
    const call = bench.call('a');
    peer.tell({ kind: 'going-away', graceMs: 7 });
    await bench.network.settle();
    expect(bench.core.state).to.equal('closing');
    expect(bench.events[2]).to.deep.equal(['goingAway', { graceMs: 7, calls: 1, streams: 0 }]);
    await rejectionOf(bench.call('b'), RefusedError);
    await rejectionOf(bench.core.makeSink(raw, {}), RefusedError);
    peer.reply(1n, Buffer.from('b'));
    await bench.network.settle();
    expect(await call).to.deep.equal(Buffer.from('b'));
    expect(bench.core.state).to.equal('closed');
    expect(bench.names.slice(3)).to.deep.equal(['disconnected', 'closed']);
    await bench.close();
  });

  it('closes in order: no new streams, then the end of all, once', async () => {
    const bench = await CoreBench.start();
    const peer = await bench.connect();
    const call = rejectionOf(bench.call('a'), ClosedError);
    const closing = bench.core.close(1_000);
    expect(bench.core.close(5)).to.equal(closing);
    expect(bench.core.state).to.equal('closing');
    expect((await rejectionOf(bench.core.makeSink(raw, {}))).message).to.equal(
      'the client is closing',
    );
    await bench.network.settle();
    expect((await call).message).to.equal('the client was closed (verb 7 of 127.0.0.1:1)');
    peer.recorder.end();
    await bench.network.settle();
    await closing;
    expect(bench.names.slice(2)).to.deep.equal(['disconnected', 'closed']);
    await bench.close();
  });

  it('is never ready again once it has ended, with the cause', async () => {
    const bench = await CoreBench.start();
    const peer = await bench.connect();
    await bench.core.whenReady();
    await bench.lose(peer);
    const { cause } = bench.events.at(-1)![1] as { cause: Error };
    expect(await rejectionOf(bench.core.whenReady(), ClosedError)).to.equal(cause);
    expect(await rejectionOf(bench.core.makeSink(raw, {}), ClosedError)).to.equal(cause);
    await bench.close();
  });

  it('never connects once it was aborted', async () => {
    const bench = await CoreBench.start();
    const connecting = bench.core.connect();
    await bench.core.abort('enough');
    await connecting;
    await bench.network.settle();
    expect(bench.network.peers).to.have.length(0);
    expect(bench.names).to.deep.equal(['closed']);
  });

  it('has no lane to offer while there is no connection', async () => {
    const bench = await CoreBench.start();
    expect(bench.core.offerLane()).to.equal(undefined);
    await bench.connect();
    expect(bench.core.offerLane(), 'none is parked').to.equal(undefined);
    await bench.close();
  });
});

describe('a client core whose attachment is taken away and followed by another', () => {
  it('sends the calls that waited on the next, while the first finishes those under way', async () => {
    const bench = await CoreBench.start();
    const { core, network } = bench;
    const first = await bench.connect();
    const before = bench.call('before');
    await network.settle();
    const attachment = core.detach();
    expect(core.state).to.equal('reconnecting');
    const between = [bench.call('one'), bench.call('two')];
    await network.settle();
    expect(texts(first)).to.deep.equal(['before']);
    const second = await bench.connect(6n);
    const after = bench.call('after');
    await network.settle();
    expect(texts(first), 'nothing more').to.deep.equal([]);
    expect(texts(second)).to.deep.equal(['one', 'two', 'after']);
    expect([core.state, core.connectionId]).to.deep.equal(['connected', 6n]);
    for (const id of [1n, 2n, 3n]) second.reply(id, u64le(id));
    first.reply(1n, Buffer.from('first'));
    await network.settle();
    expect(await Promise.all([...between, after])).to.deep.equal([u64le(1), u64le(2), u64le(3)]);
    expect(await before).to.deep.equal(Buffer.from('first'));
    expect(attachment?.underWay.count).to.equal(0);
    await bench.close();
  });

  it('keeps service views', async () => {
    const bench = await CoreBench.start();
    const { core, network } = bench;
    const services = new ServiceClient(core, network.environment, [], undefined);
    const view = services.api('service', {}) as { method(text: string): Promise<unknown> };
    const peers: PlayedPeer[] = [];
    for (const id of [5n, 6n]) {
      const result = follow(view.method('text'));
      await network.settle();
      const peer = await bench.connect(id);
      await network.settle();
      const [request, ...others] = peer.takeRequests();
      expect(others).to.have.length(0);
      expect(request?.payload.includes('text')).to.equal(true);
      peer.reply(-1n, userException('as asked'));
      await network.settle();
      expect(result.outcome).to.have.property('error').with.property('message', 'as asked');
      peers.push(peer);
      core.detach();
    }
    expect(peers.map(({ isEnded }) => isEnded)).to.deep.equal([false, false]);
    await bench.close();
  });

  it('goes on with the numbers of streams in values, and opens one on the next connection', async () => {
    const { bench, peer: first } = await ResumeBench.connected();
    const { core, network } = bench.client;
    core.calls.call(VALUE, [new Counter(3).items()], {}).catch(() => {});
    const giving = core.calls.call(VALUE, ['give'], {});
    await network.settle();
    expect(first.takeRequests()[0]?.payload).to.deep.equal(tupleOf(offered(2)));
    first.reply(2n, tupleOf(offered(8)));
    await network.settle();
    const remote = (await giving) as AsyncIterable<unknown>;
    await bench.lose(first);
    core.calls.call(VALUE, [new Counter(3).items()], {}).catch(() => {});
    const second = await bench.resume(6n, 2);
    expect(second.takeRequests().at(-1)?.payload, 'not number 2 again').to.deep.equal(
      tupleOf(offered(4)),
    );
    expect(core.snapshot().sessions[0]).to.include({ promisedStreams: 2, unopenedStreams: 1 });
    // A stream that the server has offered before is opened on the next connection.
    const reading = follow(remote[Symbol.asyncIterator]().next());
    await network.settle();
    const lane = network.peer;
    expect(lane.takeOffer().streamParent).to.equal(6n);
    lane.answer(network.ourChild(7n));
    await network.settle();
    expect(lane.recorder.bytes.subarray(-8)).to.deep.equal(u64le(8));
    expect(reading.outcome).to.equal(undefined);
    // And the server opens one that was offered on the first.
    second.tell({ kind: 'stream-open', number: 2 });
    await network.settle();
    expect(network.peer.takeOffer().streamParent).to.equal(6n);
    await bench.close();
  });

  it('shows the attachments that finish what is under way beside the next one', async () => {
    const bench = await CoreBench.start();
    const { core, network } = bench;
    const before = core.snapshot();
    expect(before).to.include({ state: 'connecting', opening: 0 });
    expect(before.sessions).to.have.length(1);
    const peer = await bench.connect();
    const call = rejectionOf(bench.call('under way'), ClosedError);
    await network.settle();
    const attachment = core.detach();
    const waiting = rejectionOf(bench.call('waits'), ClosedError);
    const between = core.snapshot();
    expect(between.sessions[0]).to.include({ id: undefined, queuedCalls: 1 });
    expect(between.connections.map(({ id, runningCalls }) => [id, runningCalls])).to.deep.equal([
      ['…000005', 1],
    ]);
    expect(texts(peer)).to.deep.equal(['under way']);
    const next = await bench.connect(6n);
    const { connections, sessions } = core.snapshot();
    expect(connections.map(({ id }) => id)).to.deep.equal(['…000006', '…000005']);
    expect(sessions.map(({ id, queuedCalls }) => [id, queuedCalls])).to.deep.equal([
      ['…000006', 0],
    ]);
    await network.settle();
    expect(texts(next)).to.deep.equal(['waits']);
    expect(attachment?.calls.size).to.equal(1);
    await bench.close();
    await Promise.all([call, waiting]);
    expect(core.snapshot()).to.deep.include({ state: 'closed', sessions: [], connections: [] });
  });

  it('is not over when one is that it has left, and ends both when it is closed', async () => {
    const bench = await CoreBench.start();
    const { core, network } = bench;
    const peers: PlayedPeer[] = [];
    for (const id of [5n, 6n, 7n]) {
      core.detach();
      peers.push(await bench.connect(id));
    }
    peers[0]?.tell({ kind: 'going-away', graceMs: undefined });
    await network.settle();
    expect(peers.map(({ isEnded }) => isEnded)).to.deep.equal([true, false, false]);
    expect([core.state, bench.names.includes('goingAway')]).to.deep.equal(['connected', false]);
    await bench.close();
    expect(peers.map(({ isEnded }) => isEnded)).to.deep.equal([true, true, true]);
    expect(bench.names.filter((name) => name === 'closed')).to.have.length(1);
  });

  it('opens no stream of a verb while there is none, and then by the next', async () => {
    const bench = await CoreBench.start();
    const { core, network } = bench;
    await bench.connect();
    core.detach();
    const opening = core.makeSink(raw, {});
    await network.settle();
    expect(network.peers).to.have.length(1);
    await bench.connect(6n);
    await network.settle();
    expect(network.peer.takeOffer().streamParent).to.equal(6n);
    network.peer.answer(network.ourChild(7n));
    await network.settle();
    const sink = await opening;
    sink.abort();
    await bench.close();
  });

  it('has streams only where the server of the moment has them', async () => {
    const bench = await CoreBench.start();
    const connecting = bench.core.connect();
    await bench.network.settle();
    bench.network.peer.answer({});
    await connecting;
    await rejectionOf(bench.core.makeSink(raw, {}), MisuseError);
    await bench.close();
  });
});
