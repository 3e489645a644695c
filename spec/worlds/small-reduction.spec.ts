import { expect } from 'chai';

import { explore, type ExploreOptions } from '../../lib/simulation.ts';
import { type Scene, smallProgram } from './support/small-world.ts';

/** Kinds of events that are written down for a process, and happen outside of it. */
const ELSEWHERE: ReadonlySet<string> = new Set(['cut', 'jump', 'sent']);

const SCENES: Readonly<Record<string, Scene>> = {
  'a drain against the last item': async (small) => {
    const flow = small.flow(2);
    const items = await small.api().down(0);
    const drained = small.drain(10_000);
    await small.settled('reading', flow.consume(items), []);
    await drained;
  },
  'a call against a cancel and a deadline': async (small) => {
    const abort = new AbortController();
    const events = [small.cancel(abort), small.jumpClient(10)];
    const call = small.api({ signal: abort.signal, timeoutMs: 10 }).work(0);
    await small.settled('call', call, ['ERR_CANCELED', 'ERR_TIMEOUT']);
    await Promise.all(events);
  },
  'a call against a cut': async (small) => {
    const cut = small.cut();
    await small.settled('call', small.api().echo(7), ['ERR_CLOSED']);
    await cut;
  },
};

describe('the small worlds that are left of isolated processes', () => {
  for (const [name, scene] of Object.entries(SCENES)) {
    it(`come to all that all orders come to: ${name}`, async () => {
      const all = await outcomesOf(scene, {});
      const these = await outcomesOf(scene, { areProcessesIsolated: true });
      expect([all.isComplete, these.isComplete]).to.deep.equal([true, true]);
      expect(these.outcomes).to.deep.equal(all.outcomes);
      expect(all.outcomes).to.have.length.at.least(3);
      expect(these.visited + these.repeated).to.be.below(all.visited);
    });
  }
});

/** What both processes have seen in the end of a scene, each in its own order. */
async function outcomesOf(scene: Scene, options: ExploreOptions) {
  const outcomes = new Set<string>();
  const program = smallProgram(async (small) => {
    await scene(small);
    const seen = ['client', 'server'].map((name) =>
      small.world.trace.entries
        .filter(({ node, kind }) => node === name && !ELSEWHERE.has(kind))
        .map(({ atMs, kind, bytes, text }) => [atMs, kind, bytes?.toString('hex'), text]),
    );
    outcomes.add(JSON.stringify(seen));
  });
  const exploration = await explore(program, options);
  expect(exploration.failure).to.equal(undefined);
  return { ...exploration, outcomes: [...outcomes].toSorted() };
}
