import { expect } from 'chai';
import fc from 'fast-check';

import { UnsentItems } from '../../../lib/stream/resume/unsent-items.ts';

interface Item {
  readonly number: number;
  readonly isTarget: boolean;
}

type Step =
  | { readonly kind: 'add'; readonly isTarget: boolean }
  | { readonly kind: 'shift' | 'collapse' | 'clear' | 'drain' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.boolean().map((isTarget) => ({ kind: 'add' as const, isTarget })) },
  { weight: 3, arbitrary: fc.constant({ kind: 'shift' as const }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'collapse' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'clear' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'drain' as const }) },
);

/** The same rules in the plainest words: what waits, and what was left out. */
class Model {
  waiting: Item[] = [];
  readonly left: Item[] = [];
  #isDraining = false;

  add(item: Item): boolean {
    this.#isDraining &&= !item.isTarget;
    (this.#isDraining ? this.left : this.waiting).push(item);
    return !this.#isDraining;
  }

  collapse(): void {
    const newest = this.waiting.findLastIndex(({ isTarget }) => isTarget);
    if (newest > 0) this.left.push(...this.waiting.splice(0, newest));
  }

  clear(isDraining: boolean): void {
    this.left.push(...this.waiting.splice(0));
    this.#isDraining ||= isDraining;
  }
}

function take(unsent: UnsentItems, count = unsent.size): unknown[] {
  return Array.from({ length: count }, () => {
    const { first } = unsent;
    unsent.shift();
    return first;
  });
}

function filled(canSkipTo: (item: unknown) => boolean, count: number): UnsentItems {
  const unsent = new UnsentItems(canSkipTo);
  for (let item = 0; item < count; item++) unsent.add(item);
  return unsent;
}

describe('UnsentItems', () => {
  it('L11 collapse to the newest item to skip to, and those behind it', () => {
    const unsent = filled((item) => item === 2 || item === 5, 8);
    expect(unsent.collapse()).to.deep.equal([0, 1, 2, 3, 4]);
    expect(take(unsent)).to.deep.equal([5, 6, 7]);
  });

  it('L11 collapse to the newest item alone where each is one to skip to', () => {
    const unsent = filled(() => true, 100);
    expect(unsent.collapse()).to.have.length(99);
    expect(take(unsent)).to.deep.equal([99]);
  });

  it('L11 stay where none is one to skip to', () => {
    const unsent = filled(() => false, 3);
    expect(unsent.collapse()).to.deep.equal([]);
    expect(take(unsent)).to.deep.equal([0, 1, 2]);
  });

  it('L11 leave out all that come behind a drain, up to one to skip to', () => {
    const unsent = filled((item) => item === 5, 3);
    expect(unsent.drain()).to.deep.equal([0, 1, 2]);
    expect([3, 4, 5, 6].map((item) => unsent.add(item))).to.deep.equal([false, false, true, true]);
    expect(take(unsent)).to.deep.equal([5, 6]);
  });

  it('ask about each item once at most, the newest first, and not before they collapse', () => {
    const asked: unknown[] = [];
    const unsent = filled((item) => {
      asked.push(item);
      return item === 1;
    }, 4);
    expect(asked).to.deep.equal([]);
    unsent.collapse();
    expect(asked).to.deep.equal([3, 2, 1]);
    unsent.add(4);
    unsent.collapse();
    unsent.collapse();
    expect(asked).to.deep.equal([3, 2, 1, 4]);
    expect(take(unsent)).to.deep.equal([1, 2, 3, 4]);
  });

  it('are gone where the function that is asked clears them', () => {
    const unsent: UnsentItems = filled(() => unsent.clear().length > 0, 3);
    expect(unsent.collapse()).to.deep.equal([]);
    expect(unsent.size).to.equal(0);
  });

  it('L11 behave as the rules say, in any order of steps', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const asked = new Map<unknown, number>();
        const unsent = new UnsentItems((item) => {
          asked.set(item, (asked.get(item) ?? 0) + 1);
          return (item as Item).isTarget;
        });
        const model = new Model();
        const left: unknown[] = [];
        steps.forEach((next, number) => {
          if (next.kind === 'add') {
            const item = { number, isTarget: next.isTarget };
            const isTaken = unsent.add(item);
            expect(isTaken).to.equal(model.add(item));
            if (!isTaken) left.push(item);
          } else if (next.kind === 'shift') {
            if (unsent.size > 0) expect(take(unsent, 1)).to.deep.equal([model.waiting.shift()]);
          } else if (next.kind === 'collapse') {
            left.push(...unsent.collapse());
            model.collapse();
          } else {
            left.push(...unsent[next.kind]());
            model.clear(next.kind === 'drain');
          }
          expect(unsent.size).to.equal(model.waiting.length);
          expect(unsent.first).to.equal(model.waiting[0]);
        });
        expect(left).to.deep.equal(model.left);
        expect(take(unsent)).to.deep.equal(model.waiting);
        expect(Math.max(0, ...asked.values())).to.be.at.most(1);
      }),
      { numRuns: 1_000 },
    );
  });
});
