import { expect } from 'chai';

import { SourceFile } from '../../../scripts/ci/source-file.ts';
import { findFragment } from '../../../scripts/mutants/fragment.ts';

/** What `fragment` finds in `text`, as it stands there. */
function found(text: string, fragment: string): string[] {
  const file = new SourceFile('text.ts', text);
  const places = findFragment(file, { start: 0, end: text.length }, fragment);
  return places.map(({ start, end }) => text.slice(start, end));
}

describe('findFragment', () => {
  it('finds code that a formatter has wrapped, with its trailing comma', () => {
    const text = 'call(\n  first, // the one\n  second,\n);\n';
    expect(found(text, 'call(first, second)')).to.deep.equal([text.slice(0, -2)]);
  });

  it('finds every place', () => {
    expect(found('a > b; b > c; c  >  d;', '>')).to.deep.equal(['>', '>', '>']);
  });

  it('finds no part of a name', () => {
    const text = 'isSent(sent, sentBytes, this.#sent);';
    expect(found(text, 'sent')).to.deep.equal(['sent', 'sent']);
  });

  it('finds no code in comments', () => {
    expect(found('/* a > b */ b > c;', 'a > b')).to.deep.equal([]);
  });

  it('looks within the given part only', () => {
    const file = new SourceFile('text.ts', 'a > b; a > b;');
    const places = findFragment(file, { start: 6, end: 13 }, 'a > b');
    expect(places).to.deep.equal([{ start: 7, end: 12 }]);
  });
});
