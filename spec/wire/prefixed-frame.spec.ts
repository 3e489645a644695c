import { expect } from 'chai';

import { ByteQueue } from '../../lib/base/byte-queue.ts';
import {
  claimedBytes,
  cutPrefixedFrame,
  describeCut,
  gatherFrame,
  takeFrame,
} from '../../lib/wire/prefixed-frame.ts';

function queueOf(hex: string): ByteQueue {
  const bytes = new ByteQueue();
  bytes.append(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  return bytes;
}

describe('wire/prefixed-frame', () => {
  it('F2 says what was expected and how much of it came', () => {
    expect(describeCut(true, 12, 5)).to.equal('while reading header: expected 12 got 5');
    expect(describeCut(false, 100, 0)).to.equal('while reading data: expected 100 got 0');
  });

  it('F2 says nothing between frames, and within one what is missing', () => {
    expect(cutPrefixedFrame(new ByteQueue())).to.equal(undefined);
    expect(cutPrefixedFrame(queueOf('02 00 00'))).to.equal(describeCut(true, 4, 3));
    expect(cutPrefixedFrame(queueOf('02 00 00 00'))).to.equal(describeCut(false, 2, 0));
    expect(cutPrefixedFrame(queueOf('02 00 00 00 aa'))).to.equal(describeCut(false, 2, 1));
  });

  it('takes a frame only when it is whole', () => {
    const bytes = queueOf('02 00 00');
    expect(claimedBytes(bytes)).to.equal(undefined);
    bytes.append(Buffer.from([0, 0xaa]));
    expect(claimedBytes(bytes)).to.equal(2);
    expect(takeFrame(bytes, 2)).to.equal(undefined);
    bytes.append(Buffer.from([0xbb, 7]));
    expect(takeFrame(bytes, 2)?.toString('hex')).to.equal('aabb');
    expect(bytes.byteLength).to.equal(1);
  });

  it('gathers a large frame ahead, but none above the limit', () => {
    const large = '00 80 00 00 aa';
    const unknown = queueOf('00 80 00');
    gatherFrame(unknown, 32_768);
    expect(unknown.readInto()).to.equal(undefined);
    const refused = queueOf(large);
    gatherFrame(refused, 32_767);
    expect(refused.readInto()).to.equal(undefined);
    const bytes = queueOf(large);
    gatherFrame(bytes, 32_768);
    expect(bytes.readInto()?.length).to.be.at.least(32_767);
  });
});
