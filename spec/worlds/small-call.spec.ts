import { expect } from 'chai';

import { exploreSmall } from './support/explore-small.ts';
import { smallProgram } from './support/small-world.ts';

describe('a call in a small world', () => {
  it('settles once, and by what came first, where its result, its cancel and its deadline meet', async () => {
    const kinds = new Set<string>();
    const program = smallProgram(async (small) => {
      const abort = new AbortController();
      const { signal } = abort;
      const events = [small.cancel(abort), small.jumpClient(10)];
      const call = small.api({ signal, timeoutMs: 10 }).work(0);
      const { value, error } = await small.settled('call', call, ['ERR_CANCELED', 'ERR_TIMEOUT']);
      kinds.add(String(value ?? error?.code));
      await Promise.all(events);
    });
    const { isComplete } = await exploreSmall('a call against a cancel and a deadline', program);
    expect(isComplete).to.equal(true);
    expect([...kinds].toSorted()).to.deep.equal(['ERR_CANCELED', 'ERR_TIMEOUT', 'done']);
  });

  it('settles once wherever its client closes and its server goes away', async () => {
    const program = smallProgram(async (small) => {
      const events = [small.closeClient(), small.drain(1_000), small.cut()];
      const call = small.api().echo(7);
      const { value = 7 } = await small.settled('call', call, ['ERR_CLOSED', 'ERR_REFUSED']);
      expect(value).to.equal(7);
      await Promise.all(events);
    });
    const name = 'a call against a close, a drain and a cut';
    const { isComplete } = await exploreSmall(name, program);
    expect(isComplete).to.equal(true);
  });
});
