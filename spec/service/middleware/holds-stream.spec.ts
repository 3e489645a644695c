import { Readable } from 'node:stream';

import { expect } from 'chai';

import { holdsStream } from '../../../lib/service/middleware/holds-stream.ts';
import { bson, raw } from '../../../lib/layout.ts';
import { stream } from '../../../lib/index.ts';

async function* generate(): AsyncGenerator<number> {
  yield await Promise.resolve(1);
}

const STREAMS: Readonly<Record<string, () => unknown>> = {
  'a generator': generate,
  'a Readable': () => Readable.from([1]),
  'a ReadableStream': () => new ReadableStream(),
  'what stream() makes': () => stream([1]),
};

describe('service/holds-stream', () => {
  for (const [what, make] of Object.entries(STREAMS)) {
    it(`finds ${what}, at any depth`, () => {
      const found = make();
      for (const value of [
        found,
        [found],
        [1, { rows: [{ found }] }],
        [new Map([['key', found]])],
        [[], new Map([['key', [found]]])],
      ]) {
        expect(holdsStream(bson, [value])).to.equal(true);
      }
    });
  }

  it('finds none where there is none, whatever the values are', () => {
    const cycle: { self?: unknown } = {};
    cycle.self = [cycle];
    const values = [
      undefined,
      null,
      'text',
      5n,
      generate,
      Symbol.asyncIterator,
      new Date(),
      Buffer.alloc(1_000),
      { bytes: new Uint8Array(10) },
      Object.create(null),
      cycle,
      Array.from({ length: 200_000 }, (_, at) => ({ at })),
    ];
    expect(holdsStream(raw, [Buffer.from([1])])).to.equal(false);
    for (const value of values) expect(holdsStream(bson, [value])).to.equal(false);
  });
});
