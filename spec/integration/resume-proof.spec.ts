import { expect } from 'chai';
import { type Direction, prove } from '../../scripts/proof/prove.ts';
import type { StreamKind } from '../../scripts/proof/transfers.ts';

describe('the proof of resumable streams', () => {
  const options = { items: 5_000, cuts: 20, seed: 1, isTls: false, isCompressed: false };

  for (const [kind, how] of [
    ['values', ''],
    ['verbs', ' by a stream of a verb'],
  ] as const) {
    for (const direction of ['download', 'upload'] as const) {
      it(`L10 ${direction}${how}: each item arrives once and in order, however often connections are cut`, async () => {
        await judge(kind, direction, options);
      });

      it(`L10 ${direction}${how}: so it does through TLS and LZ4`, async () => {
        await judge(kind, direction, { ...options, cuts: 5, isTls: true, isCompressed: true });
      });
    }
  }

  async function judge(
    kind: StreamKind,
    direction: Direction,
    wanted: typeof options,
  ): Promise<void> {
    const found = await prove(kind, direction, wanted);
    expect(found).to.include({ items: wanted.items, lost: 0, twice: 0, isInOrder: true });
    expect(found.cuts).to.be.at.least(wanted.cuts);
  }
});
