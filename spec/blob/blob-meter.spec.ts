import { expect } from 'chai';

import { BlobMeter } from '../../lib/blob/blob-meter.ts';

describe('service/blob/blob-meter', () => {
  it('counts what passes and what is passed by', () => {
    const meter = new BlobMeter('none');
    meter.add(Buffer.alloc(3));
    meter.skip(4);
    void meter.showProgress();
    expect(meter.bytes).to.equal(7);
    expect(meter.report()).to.deep.equal({ bytes: 7, digest: undefined });
  });

  it('shows how far it is, with what is known of the whole by then', () => {
    const shown: [number, number | undefined][] = [];
    const meter = new BlobMeter(
      'crc32',
      undefined,
      (bytes, totalBytes) => void shown.push([bytes, totalBytes]),
    );
    meter.add(Buffer.from('12345'));
    void meter.showProgress();
    meter.totalBytes = 9;
    meter.add(Buffer.from('6789'));
    void meter.showProgress();
    expect(shown).to.deep.equal([
      [5, undefined],
      [9, 9],
    ]);
    expect(meter.report()).to.deep.equal({ bytes: 9, digest: 'cbf43926' });
  });
});
