import { expect } from 'chai';

import { REFUSED_TYPES, typeTitle } from '../../../lib/serializer/bson/element-types.ts';

const REFUSED: readonly (readonly [number, string])[] = [
  [0x0c, 'DBPointer'],
  [0x0d, 'Code'],
  [0x0e, 'Symbol'],
  [0x0f, 'CodeWithScope'],
];

const ACCEPTED: readonly (readonly [number, string])[] = [
  [0x01, 'double'],
  [0x02, 'string'],
  [0x03, 'document'],
  [0x04, 'array'],
  [0x05, 'binary'],
  [0x06, 'undefined'],
  [0x07, 'ObjectId'],
  [0x08, 'boolean'],
  [0x09, 'date'],
  [0x0a, 'null'],
  [0x0b, 'regular expression'],
  [0x10, 'int32'],
  [0x11, 'timestamp'],
  [0x12, 'int64'],
  [0x13, 'Decimal128'],
  [0x7f, 'MaxKey'],
  [0xff, 'MinKey'],
];

describe('serializer/bson/element-types', () => {
  it('names every type of BSON, and any other by its number', () => {
    for (const [type, title] of [...ACCEPTED, ...REFUSED]) expect(typeTitle(type)).to.equal(title);
    expect(typeTitle(0x14)).to.equal('BSON type 0x14');
  });

  it('refuses the types that carry code or refer to other documents', () => {
    expect([...REFUSED_TYPES]).to.deep.equal(REFUSED);
  });
});
