import { expect } from 'chai';
import { type Item, makeItems } from '../../scripts/proof/items.ts';
import { isRight, Judge, type Verdict } from '../../scripts/proof/verdict.ts';

function judge(items: Iterable<Item>, count: number): Verdict & { readonly isRight: boolean } {
  const judging = new Judge(count);
  for (const item of items) judging.add(item);
  return { ...judging.verdict, isRight: isRight(judging.verdict) };
}

describe('scripts/proof: the verdict', () => {
  it('is right for each item once, in order', () => {
    expect(judge(makeItems(2_000), 2_000)).to.deep.equal({
      items: 2_000,
      lost: 0,
      twice: 0,
      isInOrder: true,
      isRight: true,
    });
  });

  it('counts what is lost, at the end too', () => {
    expect(judge([0, 1, 3], 5)).to.include({ lost: 2, twice: 0, isInOrder: false, isRight: false });
    expect(judge([0, 1, 2], 5)).to.include({ lost: 2, twice: 0, isInOrder: true, isRight: false });
  });

  it('counts what comes twice', () => {
    const found = { items: 4, lost: 0, twice: 1, isInOrder: false, isRight: false };
    expect(judge([0, 1, 1, 2], 3)).to.deep.equal(found);
    expect(judge([0, 1, 2, 2], 3)).to.deep.equal(found);
  });

  it('tells items that were exchanged', () => {
    const found = { lost: 0, twice: 0, isInOrder: false, isRight: false };
    expect(judge([0, 2, 1], 3)).to.include(found);
  });

  it('takes an item with a damaged payload for none', () => {
    const items = [...makeItems(1_000)];
    const last = items.at(-1);
    if (typeof last !== 'object') throw new Error('the last item has no payload');
    last.payload[100] = 0;
    expect(judge(items, 1_000)).to.include({ lost: 1, isInOrder: false, isRight: false });
  });
});
