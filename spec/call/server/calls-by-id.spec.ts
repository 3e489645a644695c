import { expect } from 'chai';

import { CallsById, type IdentifiedCall } from '../../../lib/call/server/calls-by-id.ts';

interface Call extends IdentifiedCall<Call> {
  readonly name: string;
}

function call(messageId: number, name: string): Call {
  return { messageId, name, twin: undefined };
}

function names(calls: readonly Call[]): string[] {
  return calls.map(({ name }) => name);
}

describe('CallsById', () => {
  it('finds a call by its id until it is removed', () => {
    const calls = new CallsById<Call>();
    const [first, second] = [call(1, 'first'), call(2, 'second')];
    calls.add(first);
    calls.add(second);
    expect(names(calls.ofId(1))).to.deep.equal(['first']);
    expect(names(calls.ofId(2))).to.deep.equal(['second']);
    calls.remove(first);
    expect(calls.ofId(1)).to.deep.equal([]);
    expect(names(calls.all())).to.deep.equal(['second']);
  });

  for (const order of ['abc', 'acb', 'bac', 'bca', 'cab', 'cba']) {
    it(`keeps the other calls of an id that a client repeats, removed in the order ${order}`, () => {
      const calls = new CallsById<Call>();
      const added = ['a', 'b', 'c'].map((name) => call(7, name));
      for (const each of added) calls.add(each);
      expect(names(calls.ofId(7))).to.deep.equal(['c', 'b', 'a']);
      const left = new Set(['a', 'b', 'c']);
      for (const name of order) {
        calls.remove(added.find((each) => each.name === name)!);
        left.delete(name);
        expect(new Set(names(calls.all()))).to.deep.equal(left);
      }
      expect(calls.ofId(7)).to.deep.equal([]);
    });
  }

  it('takes a call again that was removed', () => {
    const calls = new CallsById<Call>();
    const [old, next] = [call(7, 'old'), call(7, 'next')];
    calls.add(old);
    calls.add(next);
    calls.remove(old);
    calls.add(old);
    expect(names(calls.ofId(7))).to.deep.equal(['old', 'next']);
  });
});
