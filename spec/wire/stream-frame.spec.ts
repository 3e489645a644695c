import { expect } from 'chai';

import { ByteQueue } from '../../lib/base/byte-queue.ts';
import { MessageTooLargeError } from '../../lib/errors/errors.ts';
import {
  encodeEos,
  EOS,
  MAX_STREAM_PAYLOAD_BYTES,
  StreamFrameDecoder,
} from '../../lib/wire/stream-frame.ts';
import { everySplit, hex } from '../support/chunks.ts';
import { feed, queueOf } from '../support/feed.ts';

function shown(frame: Buffer | typeof EOS): string {
  return frame === EOS ? 'EOS' : frame.toString('hex');
}

describe('wire/stream-frame', () => {
  it('S-W11 ends a stream by a length of all ones', () => {
    expect(encodeEos().toString('hex')).to.equal('ffffffff');
  });

  it('S-W11, F10 cuts messages and the end out of any slices', () => {
    const bytes = hex('02000000 cafe | 00000000 | 01000000 0a | ffffffff');
    for (const slices of everySplit(bytes)) {
      const queue = new ByteQueue();
      const decoder = new StreamFrameDecoder(100);
      const frames = feed(slices, queue, () => decoder.next(queue));
      expect(frames.map(shown)).to.deep.equal(['cafe', '', '0a', 'EOS']);
      expect(decoder.cutFrame(queue)).to.equal(undefined);
    }
  });

  it('S-W11 gives a message as soon as its last byte has come', () => {
    const queue = new ByteQueue();
    const decoder = new StreamFrameDecoder(100);
    const bytes = hex('02000000 cafe | 00000000 | 01000000 0a | ffffffff');
    const seen = Array.from(bytes, (byte, at) => {
      queue.append(Buffer.of(byte));
      const frame = decoder.next(queue);
      return frame && `${shown(frame)} at ${at + 1}`;
    });
    expect(seen.filter((frame) => frame !== undefined)).to.deep.equal([
      'cafe at 6',
      ' at 10',
      '0a at 15',
      'EOS at 19',
    ]);
  });

  it('F2 says what an end just now would cut', () => {
    const queue = new ByteQueue();
    const decoder = new StreamFrameDecoder(100);
    const seen = Array.from(hex('02000000 cafe'), (byte) => {
      queue.append(Buffer.of(byte));
      decoder.next(queue);
      return decoder.cutFrame(queue);
    });
    expect(seen).to.deep.equal([
      'while reading header: expected 4 got 1',
      'while reading header: expected 4 got 2',
      'while reading header: expected 4 got 3',
      'while reading data: expected 2 got 0',
      'while reading data: expected 2 got 1',
      undefined,
    ]);
  });

  it('S-W11, E2 takes a message of the limit and refuses one byte more from its length', () => {
    for (const limit of [0, 1, 100]) {
      const length = Buffer.alloc(4);
      for (const bytes of [Math.max(0, limit - 1), limit]) {
        length.writeUInt32LE(bytes);
        const queue = queueOf(Buffer.concat([length, Buffer.alloc(bytes)]));
        expect(new StreamFrameDecoder(limit).next(queue)).to.have.length(bytes);
      }
      length.writeUInt32LE(limit + 1);
      expect(() => new StreamFrameDecoder(limit).next(queueOf(length)))
        .to.throw(MessageTooLargeError)
        .and.include({
          actualBytes: limit + 1,
          limitBytes: limit,
          option: 'maxStreamMessageBytes',
          scope: 'stream',
          initiator: 'remote',
        });
    }
  });

  it('F9 refuses the largest lengths, and takes none of them for the end', () => {
    for (const length of ['fe', 'f1']) {
      const decoder = new StreamFrameDecoder(MAX_STREAM_PAYLOAD_BYTES);
      const queue = queueOf(hex(`${length}ffffff`));
      expect(() => decoder.next(queue)).to.throw(MessageTooLargeError);
    }
  });

  it('says how large a frame may be, and gives none in parts', () => {
    const decoder = new StreamFrameDecoder(100);
    expect(decoder).to.include({ maxPrefixedBytes: 100, maxFrameBytes: 104, isInFrame: false });
  });
});
