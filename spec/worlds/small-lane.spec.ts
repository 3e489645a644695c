import { expect } from 'chai';

import { exploreSmall } from './support/explore-small.ts';
import { smallProgram, type SmallWorld } from './support/small-world.ts';

describe('a lane in a small world', () => {
  it('carries the next stream whole wherever the one before it was canceled', async () => {
    const program = smallProgram(
      async (small) => {
        const [first, second] = [small.flow(2), small.flow(2)];
        const abort = new AbortController();
        const { signal } = abort;
        const canceled = small.cancel(abort);
        const begun = small
          .api({ signal })
          .down(1)
          .then((items) => first.consume(items));
        const over = small.settled('the canceled one', begun, ['ERR_CANCELED']);
        await canceled;
        const reading = small
          .api()
          .down(2)
          .then((items) => second.consume(items));
        expect(await small.settled('the next one', reading, [])).to.deep.equal({ value: 2 });
        await over;
      },
      { before: parkLane },
    );
    const { isComplete } = await exploreSmall('lane reuse against a cancel', program);
    expect(isComplete).to.equal(true);
  });

  it('carries two streams whole that open and end at the same time', async () => {
    const program = smallProgram(readTwo, { before: parkLane });
    const { isComplete } = await exploreSmall('two streams and a parked lane', program);
    expect(isComplete).to.equal(true);
  });

  it('carries two streams whole when one connection at a time is opened and one is kept', async () => {
    const limits = { maxHandshakes: 1, maxParked: 1 };
    const program = smallProgram(readTwo, { client: { limits } });
    const { isComplete } = await exploreSmall('two streams and one opening', program);
    expect(isComplete).to.equal(true);
  });
});

async function readTwo(small: SmallWorld): Promise<void> {
  const numbers = [small.flowCount, small.flowCount + 1];
  const outcomes = numbers.map((number) => {
    const flow = small.flow(1);
    const reading = small
      .api()
      .down(number)
      .then((items) => flow.consume(items));
    return small.settled('reading', reading, []);
  });
  expect(await Promise.all(outcomes)).to.deep.equal([{ value: 1 }, { value: 1 }]);
}

/** Leaves a lane behind that can be used again. */
async function parkLane(small: SmallWorld): Promise<void> {
  const flow = small.flow(1);
  await flow.consume(await small.api().down(0));
  await small.world.sleep(100);
}
