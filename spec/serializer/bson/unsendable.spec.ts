import { expect } from 'chai';

import { whyUnsendable } from '../../../lib/serializer/bson/unsendable.ts';

class Point {
  x = 1;
}

describe('serializer/bson/unsendable', () => {
  it('lets records and instances of plain classes pass', () => {
    for (const value of [
      {},
      { a: 1 },
      Object.create(null),
      { toBSON: 'a text' },
      { _bsontype: 'its own' },
      new Point(),
      new (class extends Point {})(),
    ]) {
      expect(whyUnsendable(value as object)).to.equal(undefined);
    }
  });

  it('gives advice where there is any, and none where there is not', () => {
    expect(whyUnsendable(new WeakSet())).to.equal("a value of WeakSet can't be sent");
    expect(whyUnsendable({ toBSON: () => 1 })).to.equal(
      "a value with toBSON can't be sent: call it and send the result",
    );
  });

  for (const [value, why] of [
    [new Set([1]), /Set.*send an array/],
    [new WeakMap(), /WeakMap/],
    [new WeakSet(), /WeakSet/],
    [new WeakRef({}), /WeakRef/],
    [Promise.resolve(1), /Promise.*await it/],
    [new TypeError('x'), /Error.*name, message and code/],
    [/x/g, /RegExp.*BSONRegExp/],
    [new Uint16Array(1), /Uint16Array.*Uint8Array/],
    [new Float64Array(1), /Float64Array.*Uint8Array/],
    [new DataView(new ArrayBuffer(1)), /DataView.*Uint8Array/],
    [new ArrayBuffer(1), /ArrayBuffer.*Uint8Array/],
    [new SharedArrayBuffer(1), /SharedArrayBuffer.*Uint8Array/],
    [new URL('http://x/'), /URL.*href/],
    [new AbortController().signal, /AbortSignal/],
    [(function* () {})(), /Generator.*an array/],
    [[].values(), /Array Iterator/],
    [{ *[Symbol.iterator]() {} }, /iterable.*array/],
    [new Number(1), /Number/],
    [new String('x'), /String/],
    [{ toBSON: () => ({}) }, /toBSON/],
    [Object.create({ _bsontype: 'ObjectId' }), /another version of js-bson/],
  ] as [object, RegExp][]) {
    it(`E1-bson refuses ${Object.prototype.toString.call(value)}: ${why.source}`, () => {
      expect(whyUnsendable(value)).to.match(why);
    });
  }
});
