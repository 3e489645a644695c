import { expect } from 'chai';

import { ByteQueue } from '../../lib/base/byte-queue.ts';
import { HeadedFrameDecoder } from '../../lib/wire/headed-frame.ts';
import { everySplit, hex } from '../support/chunks.ts';
import { queueOf } from '../support/feed.ts';
import { byteHeadedDecoder } from '../support/open-input.ts';

describe('wire/headed-frame', () => {
  it('F10 gives each header, then its payload, at every split', () => {
    for (const slices of everySplit(hex('02 cafe | 00 | 01 0a'))) {
      const queue = new ByteQueue();
      const decoder = byteHeadedDecoder();
      const seen: unknown[] = [];
      for (const slice of slices) {
        queue.append(slice);
        for (let part; (part = decoder.next(queue)) !== undefined;) {
          seen.push(part instanceof Uint8Array ? part.toString('hex') : part.payloadBytes);
        }
      }
      expect(seen).to.deep.equal([2, 'cafe', 0, '', 1, '0a']);
      expect(decoder.isInFrame).to.equal(false);
      expect(decoder.cutFrame(queue)).to.equal(undefined);
    }
  });

  it('gives a header before its payload has come, whatever its length', () => {
    const queue = queueOf(hex('ff'));
    const decoder = byteHeadedDecoder();
    expect(decoder.next(queue)).to.deep.equal({ payloadBytes: 255 });
    expect(decoder.isInFrame).to.equal(true);
    expect(decoder.next(queue)).to.equal(undefined);
  });

  it('F2 says what an end would cut, and how much was missing', () => {
    const decoder = byteHeadedDecoder();
    expect(decoder.cutFrame(queueOf(hex('05')))).to.equal('while reading header: expected 1 got 1');
    const queue = queueOf(hex('05 0102'));
    decoder.next(queue);
    expect(decoder.cutFrame(queue)).to.equal('while reading data: expected 5 got 2');
  });

  it('drops a payload that is not wanted as it comes, and goes on behind it', () => {
    const queue = queueOf(hex('05 0102'));
    const decoder = byteHeadedDecoder();
    decoder.next(queue);
    decoder.skipPayload();
    expect(decoder.next(queue)).to.equal(undefined);
    expect(queue.byteLength).to.equal(0);
    expect(decoder.isInFrame).to.equal(true);
    queue.append(hex('030405 01 aa'));
    expect(decoder.next(queue), 'passed over').to.equal(undefined);
    expect(decoder.isInFrame).to.equal(false);
    expect(decoder.next(queue)).to.deep.equal({ payloadBytes: 1 });
    expect(decoder.next(queue)).to.deep.equal(hex('aa'));
  });

  it('has nothing to drop of an empty payload', () => {
    const queue = queueOf(hex('00 01 aa'));
    const decoder = byteHeadedDecoder();
    decoder.next(queue);
    decoder.skipPayload();
    expect(decoder.next(queue)).to.deep.equal({ payloadBytes: 1 });
  });

  it('names its limits, and the length of a frame by its start', () => {
    const decoder = byteHeadedDecoder(200);
    expect(decoder).to.include({
      headerBytes: 1,
      maxPrefixedBytes: -1,
      maxFrameBytes: 100,
      maxSkippedBytes: 200,
      option: 'limit',
      scope: 'connection',
    });
    expect(decoder.claimedBytes(hex('05 0102'))).to.equal(6);
    expect(decoder.claimedBytes(hex(''))).to.equal(1);
  });

  it('can skip frames only where some above the limit may be refused by their header', () => {
    expect(byteHeadedDecoder(0).skippable).to.equal(undefined);
    const decoder = byteHeadedDecoder(1);
    expect(decoder.skippable).to.equal(decoder);
    const frames = {
      headerBytes: 1,
      maxFrameBytes: 1,
      option: 'limit',
      takeHeader: () => undefined,
    };
    expect(new HeadedFrameDecoder(frames)).to.include({ maxSkippedBytes: 0, skippable: undefined });
  });

  it('goes on with the next header when the rest of a skipped payload will not come', () => {
    const queue = queueOf(hex('05 0102'));
    const decoder = byteHeadedDecoder(200);
    expect(decoder.skipRest()).to.equal(false);
    decoder.next(queue);
    expect(decoder.skipRest(), 'a payload that is wanted').to.equal(false);
    decoder.skipPayload();
    decoder.next(queue);
    expect(decoder.skipRest()).to.equal(true);
    queue.append(hex('01 aa'));
    expect(decoder.next(queue)).to.deep.equal({ payloadBytes: 1 });
    expect(decoder.next(queue)).to.deep.equal(hex('aa'));
  });
});
