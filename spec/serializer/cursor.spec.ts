import { expect } from 'chai';

import { Cursor } from '../../lib/serializer/cursor.ts';
import { hex } from './support/codec.ts';
import { FakeHandles } from './support/fake-handles.ts';

function cursorOf(bytes: string): Cursor {
  return new Cursor(hex(bytes), new FakeHandles());
}

describe('serializer/cursor', () => {
  it('takes bytes front to back', () => {
    const cursor = cursorOf('010203');
    expect([cursor.take(2, 'a'), cursor.left, cursor.take(1, 'b'), cursor.left]).to.deep.equal([
      0, 1, 2, 0,
    ]);
    expect(cursor.take(0, 'nothing')).to.equal(3);
  });

  it('refuses one byte more than is left, and takes nothing then', () => {
    const cursor = cursorOf('010203');
    expect(() => cursor.take(4, 'it')).to.throw(
      'it runs past the end of the message: needs 4 bytes, 3 left',
    );
    expect(cursor.left).to.equal(3);
  });

  it('takes counts whose things can be there', () => {
    expect(cursorOf('02000000 00000000').takeCount(2, 'pairs')).to.equal(2);
    expect(() => cursorOf('02000000 000000').takeCount(2, 'pairs')).to.throw(
      'pairs of 2 runs past the end of the message: needs at least 4 bytes, 3 left',
    );
    expect(() => cursorOf('020000').takeCount(2, 'pairs')).to.throw('needs 4 bytes, 3 left');
  });

  it('refuses what begins within the message and ends behind it', () => {
    const cursor = cursorOf('010203');
    cursor.take(2, 'a');
    expect(() => cursor.take(2, 'b')).to.throw('needs 2 bytes, 1 left');
  });

  it('gives views of what it takes, and u32s', () => {
    const cursor = cursorOf('02000000 0a0b 0c');
    const view = cursor.takeView(cursor.takeU32('the length'), 'it');
    expect([view.toString('hex'), Buffer.isBuffer(view), cursor.left]).to.deep.equal([
      '0a0b',
      true,
      1,
    ]);
    expect(view.buffer).to.equal(cursor.bytes.buffer);
    expect(() => cursor.takeView(2, 'it')).to.throw('needs 2 bytes, 1 left');
    expect(() => cursor.takeU32('it')).to.throw('needs 4 bytes, 1 left');
  });

  it('goes on to another message, and reads nothing before or behind it', () => {
    const cursor = cursorOf('ff');
    const bytes = hex('aa 01020304 bb');
    cursor.set(bytes, bytes.buffer, bytes.byteOffset, 1, 4);
    expect([cursor.left, cursor.takeU32('it'), cursor.left]).to.deep.equal([4, 0x0403_0201, 0]);
    expect(() => cursor.take(1, 'it')).to.throw('needs 1 bytes, 0 left');
    cursor.set(bytes, bytes.buffer, bytes.byteOffset, 2, 2);
    expect(cursor.takeView(2, 'it').toString('hex')).to.equal('0203');
  });
});
