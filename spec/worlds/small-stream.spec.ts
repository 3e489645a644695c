import { expect } from 'chai';

import { exploreSmall, smallProgram } from './support/small-world.ts';

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
    const { deviations } = await exploreSmall('two items, a cut, a cancel, a close', program, 300);
    expect(deviations).to.be.at.least(1);
  });

  it('breaks with a true reason towards the server wherever it is cut, canceled and its client closed', async () => {
    const program = smallProgram(async (small) => {
      const flow = small.flow(2);
      const abort = new AbortController();
      const { signal } = abort;
      const events = [small.cut(), small.cancel(abort), small.closeClient()];
      const sending = small.api({ signal }).up(0, flow.produce());
      const { value } = await small.settled('sending', sending, LOSSES);
      if (value !== undefined) expect(flow.got).to.have.length(2);
      await Promise.all(events);
    });
    const { deviations } = await exploreSmall(
      'two items up, a cut, a cancel, a close',
      program,
      300,
    );
    expect(deviations).to.be.at.least(1);
  });
});
