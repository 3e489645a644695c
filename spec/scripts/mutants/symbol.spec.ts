import { expect } from 'chai';

import { SourceFile } from '../../../scripts/ci/source-file.ts';
import { declarationsOf } from '../../../scripts/mutants/symbol.ts';

const FILE = new SourceFile(
  'text.ts',
  `
const LEAST = 1, MOST = 2;
function limit(count: string): number;
function limit(count: number): number;
function limit(count: unknown): number { return Number(count); }
export class Queue {
  #size = 0;
  get size(): number { return this.#size; }
  set size(size: number) { this.#size = size; }
  [Symbol.iterator](): void {}
}
function size(): void {}
`,
);

function declared(path: string): string[] {
  return declarationsOf(FILE, path).map(({ start, end }) => FILE.text.slice(start, end));
}

describe('declarationsOf', () => {
  it('finds one constant of several in a statement', () => {
    expect(declared('MOST')).to.deep.equal(['MOST = 2']);
  });

  it('finds all overloads of a function', () => {
    expect(declared('limit')).to.have.length(3);
  });

  it('finds a class, exported or not', () => {
    expect(declared('Queue')).to.have.length(1);
  });

  it('tells private members, accessors and functions of one name apart', () => {
    expect(declared('Queue.#size')).to.deep.equal(['#size = 0;']);
    expect(declared('Queue.size')).to.deep.equal([
      'get size(): number { return this.#size; }',
      'set size(size: number) { this.#size = size; }',
    ]);
    expect(declared('size')).to.deep.equal(['function size(): void {}']);
  });

  it('finds members by their computed names', () => {
    expect(declared('Queue.[Symbol.iterator]')).to.have.length(1);
  });

  it('finds nothing where there is no such name', () => {
    expect(declared('Queue.clear')).to.deep.equal([]);
    expect(declared('limit.size')).to.deep.equal([]);
    expect(declared('Stack')).to.deep.equal([]);
  });
});
