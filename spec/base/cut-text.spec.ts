import { expect } from 'chai';

import { cutText, MAX_ERROR_BYTES } from '../../lib/base/cut-text.ts';

describe('cutText', () => {
  for (const length of [9, 10, 11, 10_000_000]) {
    it(`keeps a text of ${length} bytes within 10`, () => {
      const text = cutText('x'.repeat(length), 10);
      expect(text).to.equal(length <= 10 ? 'x'.repeat(length) : 'xxxxxxx…');
    });
  }

  it('counts bytes, not characters', () => {
    expect(cutText('éééé', 8)).to.equal('éééé');
    expect(cutText('ééééé', 9)).to.equal('ééé…');
  });

  it('cuts between characters, wherever the limit falls', () => {
    for (let shift = 0; shift < 4; shift++) {
      const text = cutText('x'.repeat(shift) + '😀'.repeat(3_000));
      expect(Buffer.byteLength(text)).to.be.within(MAX_ERROR_BYTES - 6, MAX_ERROR_BYTES);
      expect(text).to.match(/^x*😀+…$/u);
    }
  });

  it('leaves nothing where not even the mark of a cut has room', () => {
    expect(cutText('long', 2)).to.equal('');
    expect(cutText('long', 3)).to.equal('…');
    expect(cutText('ab', 2)).to.equal('ab');
  });

  it('keeps a replacement character that the text has itself', () => {
    expect(cutText(`\ufffd${'x'.repeat(20)}`, 10)).to.match(/^\ufffdx+…$/);
  });
});
