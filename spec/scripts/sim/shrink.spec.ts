import { expect } from 'chai';

import { drawPlan } from '../../../scripts/sim/plan/draw.ts';
import { candidates } from '../../../scripts/sim/shrink/candidates.ts';

/** Goes to the first simpler plan that is still of interest until there is none. */
function shrinkBy(isOfInterest: (text: string) => boolean, seed: number): string {
  let plan = drawPlan(seed);
  for (;;) {
    const simpler = [...candidates(plan)].find((other) => isOfInterest(JSON.stringify(other)));
    if (simpler === undefined) return JSON.stringify(plan);
    plan = simpler;
  }
}

describe('shrinking a program', () => {
  it('leaves one operation and one fault of all, with the simplest values', () => {
    const isOfInterest = (text: string): boolean => /"kind":"down"/.test(text);
    const seeds = Array.from({ length: 20 }, (_, seed) => seed);
    const given = seeds.filter((seed) => isOfInterest(JSON.stringify(drawPlan(seed))));
    expect(given).to.not.have.length(0);
    for (const seed of given) {
      const { clients, faults, limits } = JSON.parse(shrinkBy(isOfInterest, seed)) as {
        clients: { operations: object[] }[];
        faults: object[];
        limits: object;
      };
      expect(faults).to.deep.equal([]);
      expect(limits).to.deep.equal({});
      expect(clients).to.have.length(1);
      const { id: _, ...operation } = clients[0]!.operations[0] as { id: number };
      expect(operation).to.deep.equal({
        atMs: 0,
        kind: 'down',
        flow: { items: 0, itemBytes: 10, gapMs: 0, readGapMs: 0 },
      });
    }
  });

  it('halves a number until it does not fail any more, and then goes step by step', () => {
    const isOfInterest = (text: string): boolean =>
      [...text.matchAll(/"items":(\d+)/g)].some(([, items]) => Number(items) >= 3);
    const seeds = Array.from({ length: 20 }, (_, seed) => seed);
    const given = seeds.filter((seed) => isOfInterest(JSON.stringify(drawPlan(seed))));
    expect(given).to.not.have.length(0);
    for (const seed of given) expect(shrinkBy(isOfInterest, seed)).to.include('"items":3,');
  });
});
