import { BSONRegExp, serialize } from 'bson';
import { expect } from 'chai';

import { pathAt, pathOfMissing } from '../../../lib/serializer/bson/path-at.ts';

/** Of every type, so that the walk has to step over each. */
const MESSAGE = Buffer.from(
  serialize({
    0: { text: 'x', bytes: Buffer.alloc(3), pattern: new BSONRegExp('a', 'i'), big: 1n, no: null },
    1: [1.5, true, { 'deep name': [[], 'here'] }],
  }),
);

function offsetOf(needle: string): number {
  return MESSAGE.indexOf(needle, 0, 'latin1');
}

describe('serializer/bson/path-at', () => {
  it('finds an element wherever it is', () => {
    expect(pathAt(MESSAGE, 4)).to.equal('[0]');
    expect(pathAt(MESSAGE, offsetOf('\x02text'))).to.equal('[0].text');
    expect(pathAt(MESSAGE, offsetOf('\x05bytes'))).to.equal('[0].bytes');
    expect(pathAt(MESSAGE, offsetOf('\x0ano'))).to.equal('[0].no');
    expect(pathAt(MESSAGE, offsetOf('\x041\0'))).to.equal('[1]');
    expect(pathAt(MESSAGE, offsetOf('\x08' + '1\0'))).to.equal('[1][1]');
    expect(pathAt(MESSAGE, offsetOf('\x04deep'))).to.equal('[1][2]["deep name"]');
    expect(pathAt(MESSAGE, offsetOf('\x021\0'))).to.equal('[1][2]["deep name"][1]');
  });

  it('tells where a field is missing, by the terminator of its document', () => {
    const inner = offsetOf('\x041\0') - 1;
    expect(MESSAGE[inner]).to.equal(0);
    expect(pathOfMissing(MESSAGE, inner, 'more')).to.equal('[0].more');
    expect(pathOfMissing(MESSAGE, MESSAGE.length - 1, 2)).to.equal('[2]');
    expect(pathOfMissing(MESSAGE, MESSAGE.length - 3, 'x')).to.equal('[1][2].x');
  });

  it('is empty for the whole message', () => {
    expect(pathAt(MESSAGE, -1)).to.equal('');
    expect(pathAt(Buffer.alloc(0), -1)).to.equal('');
  });

  it('bears a key without an end', () => {
    expect(pathAt(Buffer.from('0900000002616263', 'hex'), 4)).to.equal('.abc');
    const long = Buffer.concat([Buffer.from([0, 0, 0, 0, 2]), Buffer.alloc(1000, 'x')]);
    expect(pathAt(long, 4)).to.equal(`.${'x'.repeat(64)}`);
  });

  it('steps over values, whatever they look like inside', () => {
    const inside = '\x02\0\0\x03\0';
    for (const value of [inside, Buffer.from(inside), new BSONRegExp('\x02a', 'i')]) {
      const message = Buffer.from(serialize({ 0: [value, value], 1: { 0: 7, last: 8 } }));
      const at = (needle: string): string => pathAt(message, message.indexOf(needle, 0, 'latin1'));
      expect(at('\x10last')).to.equal('[1].last');
      expect(at('\x10' + '0\0')).to.equal('[1]["0"]');
      expect(at('\x031\0')).to.equal('[1]');
    }
  });

  it('steps over a field whose content looks like the beginning of a long one', () => {
    const inside = '\x02\0\x7f\x7f\0\0\x03a\0';
    for (const value of [inside, Buffer.from(inside), new BSONRegExp('\x02a', 'i')]) {
      const message = Buffer.from(serialize({ 0: { first: value, second: value, last: 8 } }));
      expect(pathAt(message, message.indexOf('\x10last', 0, 'latin1'))).to.equal('[0].last');
    }
    const options = Buffer.from(serialize({ 0: { first: new BSONRegExp('ab', 'i'), last: 8 } }));
    options[options.indexOf('ab\0i') + 3] = 0x03;
    expect(pathAt(options, options.indexOf('\x10last', 0, 'latin1'))).to.equal('[0].last');
  });
});
