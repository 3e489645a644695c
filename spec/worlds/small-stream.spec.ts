import { expect } from 'chai';

import { exploreSmall, isThorough } from './support/explore-small.ts';
import { smallProgram } from './support/small-world.ts';

/**
 * One for each of three events, which may be anywhere, and two more of the library's own steps. All orders
 * of these would be too many. Of as many orders more are new if things go on in one order behind the events.
 */
const BOUNDS = { inTest: 600, deviations: 5 };
const OPTIONS = { isFixedBehind: isThorough };

const LOSSES = ['ERR_CLOSED', 'ERR_CANCELED', 'ERR_STREAM_CLOSED'];

describe('a stream of two items in a small world', () => {
  it('breaks with a true reason wherever it is cut, canceled and its client closed', async () => {
    const program = smallProgram(async (small) => {
      const flow = small.flow(2);
      const abort = new AbortController();
      const { signal } = abort;
      const events = [small.cut(), small.cancel(abort), small.closeClient()];
      const reading = small
        .api({ signal })
        .down(0)
        .then((items) => flow.consume(items));
      await small.settled('reading', reading, LOSSES);
      await Promise.all(events);
    }, OPTIONS);
    const name = 'two items, a cut, a cancel, a close';
    const { visited } = await exploreSmall(name, program, BOUNDS);
    expect(visited).to.be.at.least(500);
  });

  it('breaks with a true reason towards the server wherever it is cut, canceled and its client closed', async () => {
    const program = smallProgram(async (small) => {
      const flow = small.flow(2);
      const abort = new AbortController();
      const { signal } = abort;
      const events = [small.cut(), small.cancel(abort), small.closeClient()];
      const sending = small.api({ signal }).up(0, flow.produce());
      const { value } = await small.settled('sending', sending, LOSSES);
      await Promise.all(events);
      if (value !== undefined) expect(flow.got).to.have.length(2);
    }, OPTIONS);
    const name = 'two items up, a cut, a cancel, a close';
    const { visited } = await exploreSmall(name, program, BOUNDS);
    expect(visited).to.be.at.least(500);
  });
});
