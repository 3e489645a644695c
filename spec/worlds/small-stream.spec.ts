import { expect } from 'chai';

import { exploreSmall } from './support/explore-small.ts';
import { smallProgram } from './support/small-world.ts';

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
    });
    const name = 'two items, a cut, a cancel, a close';
    const { visited } = await exploreSmall(name, program, { inTest: 600 });
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
    });
    const name = 'two items up, a cut, a cancel, a close';
    const { visited } = await exploreSmall(name, program, { inTest: 600 });
    expect(visited).to.be.at.least(500);
  });
});
