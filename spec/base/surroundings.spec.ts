import { expect } from 'chai';

import { systemClock } from '../../lib/base/clock.ts';
import { systemRandom } from '../../lib/base/random.ts';
import { surroundingsOf } from '../../lib/base/surroundings.ts';
import { ManualClock } from '../../lib/simulation/manual-clock.ts';

describe('base/surroundings', () => {
  it('are those of the first stream that has some', () => {
    const own = { clock: new ManualClock(), random: systemRandom() };
    const other = { clock: new ManualClock(), random: systemRandom() };
    const stream = { '~surroundings': own };
    expect(surroundingsOf({}, stream, { '~surroundings': other })).to.equal(own);
  });

  it("are the machine's for what belongs to no client or server", () => {
    expect(surroundingsOf({}, []).clock).to.equal(systemClock);
    expect(surroundingsOf().random.bytes(4)).to.have.lengthOf(4);
  });
});
