import { expect } from 'chai';

import { exploreSmall } from './support/explore-small.ts';
import { smallProgram } from './support/small-world.ts';

const LIMITS = { sinkBudgetBytes: 1, sourceBudgetBytes: 1 };
const LOSSES = ['ERR_CLOSED', 'ERR_STREAM_CLOSED'];

describe('a small budget in a small world', () => {
  it('lets items come whole, in both directions, although a lane gets its frames in pieces', async () => {
    const program = smallProgram(
      async (small) => {
        const [down, up] = [small.flow(3), small.flow(3)];
        const reading = small
          .api()
          .down(0)
          .then((items) => down.consume(items));
        const sending = small.api().up(1, up.produce());
        const outcomes = [reading, sending].map((each) => small.settled('it', each, []));
        expect(await Promise.all(outcomes)).to.deep.equal([{ value: 3 }, { value: 3 }]);
      },
      { client: { limits: LIMITS }, bufferBytes: 16 },
    );
    const { deviations } = await exploreSmall('three items each way, a byte at a time', program, {
      inTest: 100,
      isEndless: true,
    });
    expect(deviations).to.be.at.least(0);
  });

  it('tells a producer that waits for room of a cut', async () => {
    const program = smallProgram(
      async (small) => {
        const flow = small.flow(3);
        const cut = small.cut();
        const reading = small
          .api()
          .down(0)
          .then((items) => flow.consume(items));
        await small.settled('reading', reading, LOSSES);
        await cut;
      },
      { client: { limits: LIMITS }, bufferBytes: 16 },
    );
    const { deviations } = await exploreSmall('three items and a cut', program, {
      inTest: 100,
      isEndless: true,
    });
    expect(deviations).to.be.at.least(0);
  });

  it('lets a stream be opened late, as its lease is renewed', async () => {
    const program = smallProgram(
      async (small) => {
        const flow = small.flow(2);
        const items = await small.api().down(0);
        await small.clientProcess.sleep(5_000);
        const reading = small.settled('reading', flow.consume(items), []);
        expect(await reading).to.deep.equal({ value: 2 });
      },
      { client: { limits: { promiseLeaseMs: 1_000 } } },
    );
    const { isComplete } = await exploreSmall('a stream that is opened late', program);
    expect(isComplete).to.equal(true);
  });
});
