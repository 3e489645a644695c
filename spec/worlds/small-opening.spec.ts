import { expect } from 'chai';

import { exploreSmall } from './support/explore-small.ts';
import { smallProgram } from './support/small-world.ts';

const REFUSALS = ['ERR_CLOSED', 'ERR_REFUSED', 'ERR_STREAM_CLOSED'];

describe('an opening in a small world', () => {
  it('is carried out or refused wherever the server goes away', async () => {
    const program = smallProgram(async (small) => {
      const flow = small.flow(2);
      const events = [small.drain(1_000)];
      const reading = small
        .api()
        .down(0)
        .then((items) => flow.consume(items));
      const { value } = await small.settled('reading', reading, REFUSALS);
      if (value !== undefined) expect(value).to.equal(2);
      await Promise.all(events);
    });
    const { isComplete } = await exploreSmall('an opening against going away', program);
    expect(isComplete).to.equal(true);
  });

  it('is over for both ends wherever the client connects and closes', async () => {
    const program = smallProgram(async (small) => {
      const other = small.clientProcess.createClient({ host: 'server', port: 1, reconnect: false });
      const events = [small.closeClient(other), small.cut()];
      await small.settled('echo', small.api({}, other).echo(1), REFUSALS);
      await Promise.all(events);
    });
    const name = 'connecting against closing and a cut';
    const { visited } = await exploreSmall(name, program, { inTest: 200 });
    expect(visited).to.be.at.least(200);
  });
});
