import { expect } from 'chai';

import { exploreSmall } from './support/explore-small.ts';
import { smallProgram } from './support/small-world.ts';

describe('a drain in a small world', () => {
  it('lets a stream that has begun come whole, wherever it falls beside the last item', async () => {
    const program = smallProgram(async (small) => {
      const flow = small.flow(2);
      const items = await small.api().down(0);
      const events = [small.drain(10_000)];
      const outcome = await small.settled('reading', flow.consume(items), []);
      expect(outcome).to.deep.equal({ value: 2 });
      await Promise.all(events);
    });
    const { isComplete } = await exploreSmall('a drain against the last item', program);
    expect(isComplete).to.equal(true);
  });

  it('lets a stream towards the server come whole, wherever it falls beside the last item', async () => {
    const program = smallProgram(async (small) => {
      const flow = small.flow(2);
      const sending = small.api().up(0, flow.produce());
      const outcome = small.settled('sending', sending, []);
      await flow.reading;
      await small.drain(10_000);
      expect(await outcome).to.deep.equal({ value: 2 });
    });
    const { isComplete } = await exploreSmall('a drain against the last item up', program);
    expect(isComplete).to.equal(true);
  });
});
