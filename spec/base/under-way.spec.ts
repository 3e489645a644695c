import { expect } from 'chai';

import { UnderWay } from '../../lib/base/under-way.ts';

describe('UnderWay', () => {
  it('is idle at first', async () => {
    const underWay = new UnderWay();
    expect(underWay.count).to.equal(0);
    await underWay.whenIdle();
  });

  it('counts what has entered and not left', () => {
    const underWay = new UnderWay();
    underWay.enter();
    underWay.enter();
    underWay.leave();
    expect(underWay.count).to.equal(1);
  });

  it('wakes everyone who waits when the last has left', async () => {
    const underWay = new UnderWay();
    underWay.enter();
    underWay.enter();
    const idle: number[] = [];
    const waits = [1, 2].map((id) => underWay.whenIdle().then(() => idle.push(id)));
    underWay.leave();
    await Promise.resolve();
    expect(idle).to.deep.equal([]);
    underWay.leave();
    await Promise.all(waits);
    expect(idle).to.deep.equal([1, 2]);
  });

  it('waits on when something enters before the waiting code runs', async () => {
    const underWay = new UnderWay();
    underWay.enter();
    let isIdle = false;
    const wait = underWay.whenIdle().then(() => (isIdle = true));
    underWay.leave();
    underWay.enter();
    await new Promise((resolve) => setImmediate(resolve));
    expect(isIdle).to.equal(false);
    underWay.leave();
    await wait;
  });

  it('refuses a leave without an enter', () => {
    expect(() => new UnderWay().leave()).to.throw(RangeError, 'nothing is under way');
  });
});
