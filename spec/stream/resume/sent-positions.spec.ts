import { expect } from 'chai';

import { SentPositions } from '../../../lib/stream/resume/sent-positions.ts';

describe('how far a producer knows that its consumer has come', () => {
  it('L9 moves forward only, and says whether it has', () => {
    const positions = new SentPositions();
    expect(positions.move(1, 3, 5)).to.equal(true);
    expect(positions.move(1, 3, 5)).to.equal(false);
    expect(positions.move(0, 2, 5)).to.equal(false);
    expect(positions.move(2, 2, 5)).to.equal(true);
    expect(positions).to.include({ acknowledged: 2, taken: 3 });
  });

  it('L9, F31 refuses what can not be', () => {
    const positions = new SentPositions();
    expect(() => positions.move(2, 1, 5)).to.throw(
      'acknowledged 2 items of a stream, and has taken 1',
    );
    expect(() => positions.move(0, 6, 5)).to.throw('took 6 items of a stream, and was sent 5');
    expect(positions.move(0, 5, 5)).to.equal(true);
  });

  it('L10 knows an attempt that was overtaken, and one that wants what was taken', () => {
    const positions = new SentPositions();
    const point = { number: 2, acknowledged: 0 };
    expect(positions.resume({ ...point, taken: 0, attempt: 0 }, 5)).to.equal(true);
    expect(positions.resume({ ...point, taken: 3, attempt: 2 }, 5)).to.equal(true);
    expect(positions.attempt).to.equal(2);
    for (const [taken, attempt] of [
      [3, 2],
      [4, 1],
      [4, 0],
      [2, 3],
    ] as const) {
      expect(positions.resume({ ...point, taken, attempt }, 5)).to.equal(false);
    }
    expect(positions.resume({ ...point, taken: 3, attempt: 3 }, 5)).to.equal(true);
  });
});
