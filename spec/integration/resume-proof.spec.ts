import { expect } from 'chai';
import { type Direction, type Found, prove } from '../../scripts/proof/prove.ts';

describe('the proof of resumable streams', () => {
  const options = { items: 5_000, cuts: 20, seed: 1, isTls: false, isCompressed: false };

  for (const direction of ['download', 'upload'] as const) {
    it(`L10 ${direction}: each item arrives once and in order, however often connections are cut`, async () => {
      await judge(direction, options);
    });

    it(`L10 ${direction}: so it does through TLS and LZ4`, async () => {
      await judge(direction, { ...options, cuts: 5, isTls: true, isCompressed: true });
    });
  }

  async function judge(direction: Direction, wanted: typeof options): Promise<Found> {
    const found = await prove(direction, wanted);
    expect(found).to.include({ items: wanted.items, lost: 0, twice: 0, isInOrder: true });
    expect(found.cuts).to.be.at.least(wanted.cuts);
    return found;
  }
});
