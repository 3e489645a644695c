import { expect } from 'chai';

import { Group } from '../../../lib/call/limits/group.ts';
import { OptionError } from '../../../lib/errors/errors.ts';

describe('Group', () => {
  it('starts everything at once without a bound', () => {
    const group = new Group('bulk');
    let started = 0;
    for (let count = 0; count < 100; count++) group.enter(() => started++);
    expect(started).to.equal(100);
    expect(group.running).to.equal(100);
  });

  it('lets those beyond the bound wait, and starts them in order', () => {
    const group = new Group('bulk', 2);
    const started: number[] = [];
    for (let index = 0; index < 4; index++) group.enter(() => started.push(index));
    expect(started).to.deep.equal([0, 1]);
    group.leave();
    expect(started).to.deep.equal([0, 1, 2]);
    group.leave();
    expect(started).to.deep.equal([0, 1, 2, 3]);
    expect(group.running).to.equal(2);
    group.leave();
    group.leave();
    expect(group.running).to.equal(0);
  });

  it('never runs more than the bound when starts end at once or start others', () => {
    const group = new Group('bulk', 1);
    let running = 0;
    let most = 0;
    let ended = 0;
    const work = (more: number) => (): void => {
      running++;
      most = Math.max(most, running);
      if (more > 0) group.enter(work(more - 1));
      running--;
      ended++;
      group.leave();
    };
    for (let count = 0; count < 10; count++) group.enter(work(3));
    expect(ended).to.equal(40);
    expect(most).to.equal(1);
    expect(group.running).to.equal(0);
  });

  it('starts any number of waiting ones that end at once without deep recursion', () => {
    const group = new Group('bulk', 1);
    const count = 20_000;
    let ended = 0;
    group.enter(() => {});
    for (let index = 0; index < count; index++) {
      group.enter(() => {
        ended++;
        group.leave();
      });
    }
    group.leave();
    expect(ended).to.equal(count);
    expect(group.running).to.equal(0);
  });

  for (const bound of [0, -1, 1.5, NaN]) {
    it(`refuses a bound of ${bound}`, () => {
      expect(() => new Group('bulk', bound)).to.throw(OptionError, 'maxConcurrent');
    });
  }
});
