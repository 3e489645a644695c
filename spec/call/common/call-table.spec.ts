import { expect } from 'chai';

import { CallTable } from '../../../lib/call/common/call-table.ts';
import type { PendingCall } from '../../../lib/call/client/pending-call.ts';
import { verb } from '../../../lib/verb/verb.ts';

const VERB = verb<() => void>(1);

function call(messageId: number): PendingCall {
  return {
    verb: VERB,
    args: [],
    deadline: undefined,
    timeoutMs: undefined,
    resolve: () => {},
    reject: () => {},
    guard: undefined,
    holder: { peer: 'played:1', cancel: () => {} },
    place: messageId,
    messageId,
    sentAt: 0,
    children: undefined,
    site: undefined,
    isIdempotent: false,
    mayHaveRun: false,
    watched: undefined,
  };
}

describe('call/call-table', () => {
  it('gives each call once, in whatever order replies come', () => {
    const table = new CallTable<PendingCall>();
    const calls = Array.from({ length: 1_000 }, (_, i) => call(i + 1));
    for (const one of calls) table.add(one);
    expect(table.size).to.equal(1_000);
    for (const one of calls.toReversed()) expect(table.take(one.messageId)).to.equal(one);
    expect(table.size).to.equal(0);
    expect(table.take(1)).to.equal(undefined);
  });

  it('keeps a call that waits while ids go round its place many times', () => {
    const table = new CallTable<PendingCall>();
    const slow = call(1);
    table.add(slow);
    for (let id = 2; id <= 1_000; id++) {
      table.add(call(id));
      expect(table.take(id)?.messageId).to.equal(id);
      expect(table.size).to.equal(1);
    }
    expect(table.take(1)).to.equal(slow);
    expect(table.take(1)).to.equal(undefined);
  });

  it('does not take one call for another whose id has the same low bits', () => {
    const table = new CallTable<PendingCall>();
    table.add(call(1));
    expect(table.take(65)).to.equal(undefined);
    expect(table.take(1 + 2 ** 32)).to.equal(undefined);
    expect(table.size).to.equal(1);
  });

  it('tells calls apart beyond 2^32', () => {
    const table = new CallTable<PendingCall>();
    const ids = [2 ** 32 + 1, 2 ** 32 + 65, 2 ** 33 + 1];
    for (const id of ids) table.add(call(id));
    for (const id of ids) expect(table.take(id)?.messageId).to.equal(id);
  });

  it('finds a call without taking it, also one that has lost its place', () => {
    const table = new CallTable<PendingCall>();
    const [slow, late] = [call(1), call(65)];
    for (const one of [slow, late]) table.add(one);
    expect(table.get(1)).to.equal(slow);
    expect(table.get(65)).to.equal(late);
    expect([table.get(2), table.get(129), table.size]).to.deep.equal([undefined, undefined, 2]);
  });

  it('goes on after many calls at a time have left', () => {
    const table = new CallTable<PendingCall>();
    const ids = Array.from({ length: 5_000 }, (_, i) => i + 1);
    for (const round of [0, 10_000]) {
      for (const id of ids) table.add(call(round + id));
      expect(table.all().map(({ messageId }) => messageId - round)).to.deep.equal(ids);
      for (const id of ids) expect(table.take(round + id)?.messageId).to.equal(round + id);
      expect(table.all()).to.deep.equal([]);
    }
  });

  it('S-C9 gives all calls in the order that they were sent, and is empty then', () => {
    const table = new CallTable<PendingCall>();
    const ids = [1, 2, 65, 66, 129];
    for (const id of ids) table.add(call(id));
    expect(table.takeAll().map(({ messageId }) => messageId)).to.deep.equal(ids);
    expect([table.size, table.take(66)]).to.deep.equal([0, undefined]);
  });
});
