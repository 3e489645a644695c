import { expect } from 'chai';

import { cancelPath, firstReason, MAX_HOPS } from '../../lib/base/cancel-path.ts';
import { CanceledError, RefusedError } from '../../lib/errors/errors.ts';

describe('cancelPath', () => {
  it('X9 begins with whoever canceled', () => {
    expect(cancelPath('enough', 'A')).to.deep.equal(['A']);
  });

  it('X9 has whoever passes it on at its end', () => {
    expect(cancelPath(canceled(['A', 'B']), 'C')).to.deep.equal(['A', 'B', 'C']);
  });

  it('X9 is unchanged by a process without a name', () => {
    expect(cancelPath('enough', undefined)).to.deep.equal([]);
    expect(cancelPath(canceled(['A']), undefined)).to.deep.equal(['A']);
  });

  it('names a process once while the cancel stays in it', () => {
    expect(cancelPath(canceled(['A', 'B']), 'B')).to.deep.equal(['A', 'B']);
    expect(cancelPath(canceled(['A', 'B']), 'A')).to.deep.equal(['A', 'B', 'A']);
  });

  for (const hops of [MAX_HOPS - 1, MAX_HOPS, MAX_HOPS + 1]) {
    it(`keeps the first ${MAX_HOPS} of ${hops} hops`, () => {
      const before = Array.from({ length: hops - 1 }, (_, i) => `hop ${i}`);
      const path = cancelPath(canceled(before), 'last');
      expect(path).to.deep.equal([...before, 'last'].slice(0, MAX_HOPS));
    });
  }

  it('takes any reason, also one that can’t be looked at', () => {
    for (const reason of [undefined, null, 5, {}, new Error('x'), unreadable()]) {
      expect(cancelPath(reason, 'A')).to.deep.equal(['A']);
    }
  });
});

describe('firstReason', () => {
  it('is what the first of several cancels was about', () => {
    const reason = new Error('enough');
    expect(firstReason(reason)).to.equal(reason);
    expect(firstReason(canceled([], canceled([], reason)))).to.equal(reason);
    expect(firstReason(canceled([]))).to.equal(undefined);
  });

  it('is found behind as many cancels as a path has processes, and the first', () => {
    let last = canceled([], 'enough');
    for (let hops = 0; hops < MAX_HOPS; hops++) last = canceled([], last);
    expect(firstReason(last)).to.equal('enough');
  });

  it('comes to an end where cancels are about each other', () => {
    const one = canceled([]);
    const other = canceled([], one);
    one.cause = other;
    expect(firstReason(one)).to.be.instanceOf(CanceledError);
  });

  it('is the reason itself where that can’t be looked at', () => {
    const reason = unreadable();
    expect(firstReason(reason) === reason).to.equal(true);
  });

  it('goes on behind the last process, and names one that it comes through again', () => {
    const canceled = new CanceledError('call', undefined, 'remote', ['a', 'b', 'c']);
    expect(cancelPath(canceled, 'c')).to.deep.equal(['a', 'b', 'c']);
    expect(cancelPath(canceled, 'b')).to.deep.equal(['a', 'b', 'c', 'b']);
  });

  it('takes names alone out of a path, and none out of what is no path', () => {
    for (const [path, names] of [
      [
        ['a', 7, 'b', null],
        ['a', 'b'],
      ],
      [7, []],
      [undefined, []],
    ] as const) {
      const canceled = Object.defineProperty(new CanceledError('call'), 'path', { value: path });
      expect(cancelPath(canceled, undefined)).to.deep.equal(names);
    }
  });

  it('begins anew with the error of another kind', () => {
    const closed = Object.defineProperty(
      new RefusedError('full', { initiator: 'remote' }),
      'path',
      { value: ['a'] },
    );
    expect(cancelPath(closed, 'b')).to.deep.equal(['b']);
    expect(firstReason(closed)).to.equal(closed);
  });
});

function canceled(path: string[], cause?: unknown): CanceledError {
  return new CanceledError('call', cause, 'remote', path);
}

function unreadable(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
