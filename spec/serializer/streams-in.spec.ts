import { expect } from 'chai';

import {
  any,
  array,
  createBson,
  i32,
  map,
  nullable,
  optional,
  packed,
  raw,
  record,
  shaped,
  sinkOf,
  string,
} from '../../lib/layout.ts';
import type { Serializer } from '../../lib/serializer/serializer.ts';
import { FakeHandles } from './support/fake-handles.ts';
import { encode } from './support/codec.ts';

async function* generate(): AsyncGenerator<number> {
  yield await Promise.resolve(1);
}

/** A value of {@link ROW}, of which nothing else is said. */
type Loose = Record<string, unknown>;

const ROW = record({
  id: i32,
  rows: any,
  list: optional(array(array(any))),
  byName: optional(map(string, nullable(any))),
  inner: optional(record({ constructor: optional(any), text: string })),
});

function streamsIn(serializer: Serializer, tuple: unknown): readonly object[] | undefined {
  return serializer.streamsIn?.(tuple);
}

describe('the streams in a tuple', () => {
  it('are all that bson finds, whatever its limits are', () => {
    const found = [generate(), generate(), generate()];
    const [first, second, third] = found;
    const tuple = [first, { a: [second] }, [[[[third]]]]];
    expect(streamsIn(createBson({ maxDepth: 1, maxKeys: 1 }), tuple)).to.deep.equal(found);
    expect(streamsIn(createBson(), [1, 'text', null])).to.deep.equal([]);
  });

  it('are none for raw and packed, which take none', () => {
    for (const serializer of [raw, packed(i32), packed(sinkOf(i32))] as Serializer[]) {
      expect(streamsIn(serializer, [generate()]) ?? []).to.deep.equal([]);
    }
  });

  for (const [what, serializer, toTuple] of [
    ['record', ROW, (value: Loose) => [value]],
    ['shaped', shaped(i32, ROW), (value: Loose) => [7, value]],
  ] as const) {
    describe(`of ${what}`, () => {
      const streams = (value: unknown): readonly object[] | undefined =>
        streamsIn(serializer as Serializer, toTuple(value as Loose));

      it('are those that it offers, in the same order', () => {
        const value = {
          id: 1,
          rows: [generate()],
          list: [[generate()], [null, { deep: generate() }]],
          byName: new Map([
            ['a', generate()],
            ['b', null],
          ]),
          inner: { constructor: generate(), text: '' },
        };
        const handles = new FakeHandles();
        encode(serializer as Serializer, toTuple(value), handles);
        expect(handles.offered).to.have.length(5);
        expect(streams(value)).to.deep.equal(handles.offered);
      });

      it('are found behind what does not fit, and not in what is not declared', () => {
        const [rows, element, own] = [generate(), generate(), generate()];
        const value = { id: 'no number', rows, list: [7, [element]], byName: {}, socket: own };
        expect(streams(value)).to.deep.equal([rows, element]);
        expect(streams({ inner: { text: own } })).to.deep.equal([]);
      });

      it('are none in what is nothing of the kind', () => {
        const { proxy, revoke } = Proxy.revocable([], {});
        revoke();
        const broken = {
          get rows(): never {
            throw new Error('a getter');
          },
          list: proxy,
        };
        for (const value of [undefined, null, 7, 'text', proxy, broken]) {
          expect(streams(value)).to.deep.equal([]);
        }
        for (const tuple of [undefined, null, {}, proxy]) {
          expect(streamsIn(shaped(ROW, i32) as Serializer, tuple)).to.deep.equal([]);
        }
      });
    });
  }
});
