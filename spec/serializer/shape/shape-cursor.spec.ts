import { expect } from 'chai';

import { resolveBsonOptions } from '../../../lib/serializer/bson/bson-options.ts';
import { NO_HANDLES } from '../../../lib/serializer/no-handles.ts';
import { headOf } from '../../../lib/serializer/shape/head.ts';
import { NO_MATCH, ShapeCursor } from '../../../lib/serializer/shape/shape-cursor.ts';
import { expectRefusal, hex } from '../support/codec.ts';

/** A cursor within the document that is the whole message. */
function enter(bytes: string): ShapeCursor {
  const cursor = new ShapeCursor(hex(bytes), resolveBsonOptions({}), NO_HANDLES);
  cursor.enterMessage();
  return cursor;
}

describe('serializer/shape/shape-cursor', () => {
  it('steps over the head of an element of this key alone', () => {
    const cursor = enter('09000000 0a 616200 00');
    for (const key of ['a', 'ac', 'abc', '']) expect(cursor.enter(headOf(key))).to.equal(NO_MATCH);
    expect(cursor.at).to.equal(4);
    expect(cursor.enter(headOf('ab'))).to.equal(0x0a);
    expect(cursor.at).to.equal(8);
  });

  it('takes no terminator for an element, whatever stands behind it', () => {
    const cursor = enter('0a000000 00 616200 00 00');
    expect(cursor.enter(headOf('ab'))).to.equal(NO_MATCH);
    expect(cursor.at).to.equal(4);
  });

  it('refuses a message that is another length than its document, and a short one', () => {
    expectRefusal(() => enter('05000000 00 00'), {
      path: '',
      message: 'a document of 5 bytes in 6 bytes',
      initiator: 'remote',
    });
    expectRefusal(() => enter('05000000'), {
      path: '',
      message: 'a document of 4 bytes where 4 bytes are left',
      initiator: 'remote',
    });
  });

  it('refuses a key of an array that has no end within it', () => {
    const cursor = enter('08000000 0a 3030 00');
    expectRefusal(() => cursor.enterAny(), {
      path: '["00"]',
      message: 'a text runs past the end of its document',
      initiator: 'remote',
    });
  });
});
