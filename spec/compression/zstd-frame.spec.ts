import { expect } from 'chai';

import { firstBlockOf, withNarrowWindow } from '../../lib/compression/zstd-frame.ts';
import { CompressionError } from '../../lib/errors/errors.ts';
import { hex } from '../support/chunks.ts';

const RAW_BLOCK = '210000 61626364';

/** The window byte that `decode` sees. */
function windowFor(frame: Buffer, contentBytes: number): number {
  let seen = -1;
  withNarrowWindow(frame, contentBytes, (given) => {
    seen = given.readUInt8(5);
    return given;
  });
  return seen;
}

describe('withNarrowWindow', () => {
  it('lowers a window above the content to the power of two that holds it, and puts it back', () => {
    const frame = hex(`28b52ffd 00 68 ${RAW_BLOCK}`);
    expect(windowFor(frame, 4)).to.equal(0);
    expect(windowFor(frame, 1024)).to.equal(0);
    expect(windowFor(frame, 1025)).to.equal(0x08);
    expect(windowFor(frame, 16_777_216)).to.equal(0x68);
    expect(frame.readUInt8(5)).to.equal(0x68);
    expect(() => withNarrowWindow(frame, 4, () => expect.fail('decoder'))).to.throw('decoder');
    expect(frame.readUInt8(5)).to.equal(0x68);
  });

  it('E2, E1 decompression bomb: takes a window of 8 MiB and refuses the next larger one', () => {
    for (const window of ['00', '67', '68'])
      windowFor(hex(`28b52ffd 00 ${window} ${RAW_BLOCK}`), 4);
    for (const window of ['69', '70', 'ff']) {
      expect(() => windowFor(hex(`28b52ffd 00 ${window} ${RAW_BLOCK}`), 4))
        .to.throw(CompressionError, 'above 8388608')
        .and.include({ initiator: 'remote' });
    }
    expect(windowFor(hex(`28b52ffd 00 70 ${RAW_BLOCK}`), 16_777_216), 'needed').to.equal(0x70);
  });

  it('leaves frames without a window, and what is no frame, to the decoder', () => {
    for (const frame of ['28b52ffd 20 04 210000 61626364', '28b52ffe 00 ff 00', '28b5', '']) {
      const bytes = hex(frame);
      expect(withNarrowWindow(bytes, 1, (given) => given)).to.equal(bytes);
    }
  });
});

describe('firstBlockOf', () => {
  const ALONE = '28b52ffd 00 38 210000 61626364';

  it('finds the block behind any header, and marks it as the last', () => {
    const later = '010000';
    for (const header of ['00 68', '20 04', '60 0400', '80 68 04000000', '03 68 01020304']) {
      const frame = hex(`28b52ffd ${header} 200000 61626364 ${later}`);
      expect(firstBlockOf(frame), header).to.deep.equal(hex(ALONE));
    }
    expect(firstBlockOf(hex('28b52ffd 00 68 220000 61'))).to.deep.equal(
      hex('28b52ffd 00 38 230000 61'),
    );
  });

  it('gives nothing while the block is not whole, or for what is no frame', () => {
    const frame = hex(ALONE);
    for (let end = 0; end < frame.length; end++) {
      expect(firstBlockOf(frame.subarray(0, end))).to.equal(undefined);
    }
    expect(firstBlockOf(hex(`00${ALONE}`))).to.equal(undefined);
  });
});
