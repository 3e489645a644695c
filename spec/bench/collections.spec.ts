import { expect } from 'chai';

import {
  CollectionCounter,
  collectionFigures,
  meanCollections,
} from '../../bench/support/collections.ts';
import { collectGarbage } from '../support/collect-garbage.ts';

const NONE = { major: 0, minor: 0 };

describe('collections of garbage in benchmarks', () => {
  it('are counted by their kind', async () => {
    const counter = new CollectionCounter();
    const before = counter.count();
    await collectGarbage(3);
    const { major } = counter.count();
    expect(major - before.major).to.be.at.least(3);
  });

  it('are told as the mean of the rounds', () => {
    const round = (major: number, minor: number) =>
      collectionFigures(
        { server: { major: 10, minor: 20 }, client: NONE },
        { server: { major: 10 + major, minor: 20 + minor }, client: { major: 0, minor: 8 } },
      );
    expect(meanCollections([round(2, 5), round(3, 7)])).to.deep.equal({
      server: { major: 2.5, minor: 6 },
      client: { major: 0, minor: 8 },
    });
  });

  it('are not told where they were not counted', () => {
    expect(meanCollections([{ '': 1 }])).to.equal(undefined);
    expect(meanCollections([])).to.equal(undefined);
  });
});
