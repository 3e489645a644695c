import { expect } from 'chai';

import { SourceFile } from '../../../scripts/ci/source-file.ts';
import { placeOf } from '../../../scripts/mutants/place.ts';

const FILE = new SourceFile(
  'lib/queue.ts',
  `
export class Queue {
  isFull(): boolean { return this.size >= limit(); }
  isEmpty(): boolean { return !(this.size > 0) && !(this.left > 0); }
}
function limit(): number { return 7; }
`,
);

function placed(find: string, inner?: string): string {
  const place = placeOf(inner === undefined ? { find } : { in: inner, find }, FILE, 'Queue');
  return typeof place === 'string' ? place : FILE.text.slice(place.start, place.end);
}

describe('placeOf', () => {
  it('finds code within a member, within a neighbour, and within all of what is named', () => {
    expect(placed('size >= limit', 'isFull')).to.equal('size >= limit');
    expect(placed('7', 'limit')).to.equal('7');
    expect(placed('!(this.left > 0)')).to.equal('!(this.left > 0)');
  });

  it('says which name is gone', () => {
    expect(placed('size', 'isBusy')).to.equal('lib/queue.ts has no Queue.isBusy and no isBusy');
  });

  it('says which code is gone', () => {
    expect(placed('size > limit', 'isFull')).to.equal(
      '"size > limit" stands nowhere in Queue.isFull of lib/queue.ts',
    );
  });

  it('says which code stands there more than once', () => {
    expect(placed('> 0', 'isEmpty')).to.equal(
      '"> 0" stands 2 times in Queue.isEmpty of lib/queue.ts',
    );
  });
});
