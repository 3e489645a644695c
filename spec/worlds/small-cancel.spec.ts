import { expect } from 'chai';

import { exploreSmall } from './support/explore-small.ts';
import { smallProgram } from './support/small-world.ts';

/** Milliseconds between the items of streams that nobody reads to their end. */
const PAUSE_MS = 100;
const MANY = 1_000;

describe('a cancel in a small world', () => {
  it('ends the producer at the server whose reader has left, and the next stream comes whole', async () => {
    const program = smallProgram(async (small) => {
      const long = small.flow(MANY, () => small.serverProcess.sleep(PAUSE_MS));
      const next = small.flow(2);
      const leaving = small
        .api()
        .down(0)
        .then((items) => long.consumeSome(items, 1));
      expect(await small.settled('leaving', leaving, [])).to.deep.equal({ value: 1 });
      const reading = small
        .api()
        .down(1)
        .then((items) => next.consume(items));
      expect(await small.settled('reading', reading, [])).to.deep.equal({ value: 2 });
    });
    const { isComplete } = await exploreSmall('a reader that leaves', program);
    expect(isComplete).to.equal(true);
  });

  it('ends the producer at the client whose reader has left', async () => {
    const program = smallProgram(async (small) => {
      const long = small.flow(MANY, () => small.clientProcess.sleep(PAUSE_MS));
      const sending = small.api().some(0, long.produce());
      expect(await small.settled('sending', sending, [])).to.deep.equal({ value: 1 });
    });
    const { isComplete } = await exploreSmall('a reader at the server that leaves', program);
    expect(isComplete).to.equal(true);
  });

  it('ends the streams of its call in both directions, wherever it falls', async () => {
    const program = smallProgram(async (small) => {
      const up = small.flow(MANY, () => small.clientProcess.sleep(PAUSE_MS));
      const down = small.flow(MANY, () => small.serverProcess.sleep(PAUSE_MS));
      const abort = new AbortController();
      const { signal } = abort;
      const canceled = small.cancel(abort);
      const codes = ['ERR_CANCELED', 'ERR_STREAM_CLOSED'];
      const sending = small.settled('sending', small.api({ signal }).up(0, up.produce()), codes);
      const reading = small
        .api({ signal })
        .down(1)
        .then((items) => down.consumeSome(items, 2));
      await small.settled('reading', reading, codes);
      await canceled;
      await sending;
    });
    const name = 'a cancel of both directions';
    const { visited } = await exploreSmall(name, program, { inTest: 200 });
    expect(visited).to.be.at.least(200);
  });

  it('leaves nothing behind of a call that fails, and the error comes wherever the cancel falls', async () => {
    const program = smallProgram(async (small) => {
      const abort = new AbortController();
      const { signal } = abort;
      const canceled = small.cancel(abort);
      const call = small.api({ signal }).fail();
      const { error } = await small.settled('call', call, ['ERR_CANCELED', 'undefined']);
      expect(error).to.not.equal(undefined);
      await canceled;
    });
    const { isComplete } = await exploreSmall('a cancel of a call that fails', program);
    expect(isComplete).to.equal(true);
  });
});
