import { expect } from 'chai';

import { encodeRefusal } from '../../lib/connection/handshake/refusal.ts';
import type { ProofChecker } from '../../lib/connection/handshake/proof.ts';
import { ClosedError, RefusedError } from '../../lib/errors/errors.ts';
import { VALUE } from '../support/core-bench.ts';
import { Counter } from '../support/passing.ts';
import type { PlayedPeer } from '../support/played-network.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { pending, ResumeBench, said, SOON_MS } from '../support/resume-bench.ts';

const GRACE_MS = 10_000;

/** A client that has another connection since its first server goes away. */
class LeavingBench {
  readonly bench: ResumeBench;
  readonly first: PlayedPeer;
  readonly second: PlayedPeer;
  readonly #checker: ProofChecker;

  private constructor(
    bench: ResumeBench,
    peers: readonly [PlayedPeer, PlayedPeer],
    checker: ProofChecker,
  ) {
    this.bench = bench;
    [this.first, this.second] = peers;
    this.#checker = checker;
  }

  /** @param begin - what is under way when the server says that it goes. */
  static async start(begin: (bench: ResumeBench) => unknown): Promise<LeavingBench> {
    const { bench, peer: first } = await ResumeBench.connected();
    const { network } = bench.client;
    const { checker } = bench;
    begin(bench);
    await network.settle();
    first.tell({ kind: 'going-away', graceMs: GRACE_MS });
    await network.settle();
    const second = network.peer;
    second.takeOffer();
    second.answer(bench.begun(6n));
    await network.settle();
    return new LeavingBench(bench, [first, second], checker);
  }

  get names(): string[] {
    return this.bench.client.names;
  }

  /** The first server goes on with its session. */
  async comesBack(connectionId: bigint, received: number): Promise<PlayedPeer> {
    const { peer, offer } = await this.bench.attempt();
    expect(offer.resume).to.include({ firstId: 5n });
    expect(this.bench.client.network.reached.at(-1), 'at its address').to.not.equal(undefined);
    const mac = this.#checker.answer(connectionId, offer.proof!);
    peer.answer(this.bench.resumed(offer, connectionId, { mac, received }));
    await this.bench.client.network.settle();
    return peer;
  }
}

describe('a session that leaves with its server', () => {
  it('Draining: resumes when its connection is lost, beside the next one, until its work is done', async () => {
    let call: Promise<unknown> | undefined;
    const leaving = await LeavingBench.start((bench) => (call = bench.call('old')));
    const { bench, first, second } = leaving;
    let peer = first;
    for (const id of [7n, 8n]) {
      await bench.lose(peer);
      peer = await leaving.comesBack(id, 1);
      expect(said(peer).map(([, what]) => what)).to.deep.equal([pending(1)]);
      expect(bench.client.core).to.include({ state: 'connected', connectionId: 6n });
    }
    const fresh = bench.call('new');
    await bench.client.network.settle();
    second.reply(1n, Buffer.from('2'));
    peer.reply(1n, Buffer.from('1'));
    expect((await Promise.all([call, fresh])).map(String)).to.deep.equal(['1', '2']);
    await bench.client.network.settle();
    expect([peer.isEnded, second.isEnded]).to.deep.equal([true, false]);
    expect(said(peer).map(([, what]) => what)).to.deep.equal([{ kind: 'session-end' }]);
    expect(leaving.names.slice(2)).to.deep.equal([
      'goingAway',
      'reconnecting',
      'connecting',
      'connected',
      'disconnected',
    ]);
    const [, told] = bench.client.events.at(-1)!;
    expect(told).to.include({ connectionId: 5n, willReconnect: true });
    await bench.close();
  });

  it('has calls sent elsewhere that its server has not received, except those with streams', async () => {
    let calls: Promise<unknown>[] = [];
    const leaving = await LeavingBench.start((bench) => {
      const { calls: made } = bench.client.core;
      calls = [bench.call('received'), bench.call('not received')];
      calls.push(rejectionOf(made.call(VALUE, [new Counter(3).items()], {}), RefusedError));
    });
    const { bench, first, second } = leaving;
    await bench.lose(first);
    const back = await leaving.comesBack(7n, 1);
    expect(said(back).map(([, what]) => what)).to.deep.equal([pending(1)]);
    expect(said(second).map(([, what]) => what)).to.deep.equal(['not received']);
    expect(await calls[2]).to.include({ code: 'ERR_REFUSED', retryable: true });
    back.reply(1n, Buffer.from('1'));
    second.reply(1n, Buffer.from('2'));
    expect((await Promise.all(calls.slice(0, 2))).map(String)).to.deep.equal(['1', '2']);
    await bench.close();
  });

  it('is over when its server has closed by its own word, and not before', async () => {
    let call = follow(Promise.resolve());
    const leaving = await LeavingBench.start((bench) => (call = follow(bench.call('old'))));
    const { bench, first, second } = leaving;
    const { network } = bench.client;
    await bench.lose(first);
    await network.refuse();
    await bench.client.pass(GRACE_MS - 1);
    expect(call.outcome).to.equal(undefined);
    await bench.client.pass(1);
    const { error } = call.outcome as { error: Error };
    expect(error).to.include({ code: 'ERR_CLOSED', mayHaveRun: true });
    expect(leaving.names.at(-1)).to.equal('disconnected');
    expect([network.environment.clock.pendingTimers, second.isEnded]).to.deep.equal([0, false]);
    await bench.close();
  });

  it('is over at once when its connection ends after that time, or with nothing under way', async () => {
    const late = await LeavingBench.start((bench) => {
      bench.call('old').catch(() => {});
    });
    await late.bench.client.pass(GRACE_MS);
    await late.bench.lose(late.first);
    expect(late.names.at(-1)).to.equal('disconnected');
    const idle = await LeavingBench.start(() => {});
    expect(idle.names.at(-1)).to.equal('connected');
    for (const { bench } of [late, idle]) {
      await bench.client.pass(GRACE_MS);
      expect(bench.client.network.peers).to.have.length(2);
      await bench.close();
    }
  });

  for (const [what, answer] of [
    ['does not know it', (bench: ResumeBench) => bench.begun(7n)],
    ['lets nobody in', undefined],
  ] as const) {
    it(`is over at once when the server at its address ${what}`, async () => {
      let call: Promise<unknown> | undefined;
      const leaving = await LeavingBench.start((bench) => {
        call = rejectionOf(bench.call('old'));
      });
      const { bench, first } = leaving;
      await bench.lose(first);
      const { peer } = await bench.attempt();
      if (answer === undefined) {
        peer.recorder.write(encodeRefusal({ why: 'leaving' }));
        await bench.lose(peer);
      } else peer.answer(answer(bench));
      await bench.client.network.settle();
      expect(await call).to.include({ mayHaveRun: true });
      expect(peer.isEnded).to.equal(true);
      expect(bench.client.core).to.include({ state: 'connected', connectionId: 6n });
      expect(bench.client.network.environment.clock.pendingTimers).to.equal(0);
      await bench.close();
    });
  }

  it('leaves nothing behind when the client is closed while it waits: no call, no timer', async () => {
    let call: Promise<unknown> | undefined;
    const leaving = await LeavingBench.start((bench) => {
      call = rejectionOf(bench.call('old'), ClosedError);
    });
    const { bench, first } = leaving;
    await bench.lose(first);
    const closed = bench.client.core.abort('enough');
    await bench.client.network.settle();
    expect(await call).to.include({ mayHaveRun: true, initiator: 'local' });
    expect(leaving.names.slice(-3)).to.deep.equal(['disconnected', 'disconnected', 'closed']);
    expect(bench.client.network.environment.clock.pendingTimers).to.equal(0);
    await closed;
    await bench.client.pass(SOON_MS);
    expect(bench.client.network.peers).to.have.length(2);
    await bench.close();
  });
});
