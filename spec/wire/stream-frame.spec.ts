import { expect } from 'chai';

import { ByteQueue } from '../../lib/base/byte-queue.ts';
import { MessageTooLargeError, ProtocolError } from '../../lib/errors/errors.ts';
import {
  decodeWholeLaneFrame,
  decodeWholeStreamFrame,
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
      const decoder = new StreamFrameDecoder(queue, 100);
      const frames = feed(slices, queue, () => decoder.next());
      expect(frames.map(shown)).to.deep.equal(['cafe', '', '0a', 'EOS']);
      expect(decoder.cutFrame).to.equal(undefined);
    }
  });

  it('S-W11 gives a message as soon as its last byte has come', () => {
    const queue = new ByteQueue();
    const decoder = new StreamFrameDecoder(queue, 100);
    const bytes = hex('02000000 cafe | 00000000 | 01000000 0a | ffffffff');
    const seen = Array.from(bytes, (byte, at) => {
      queue.append(Buffer.of(byte));
      const frame = decoder.next();
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
    const decoder = new StreamFrameDecoder(queue, 100);
    const seen = Array.from(hex('02000000 cafe'), (byte) => {
      queue.append(Buffer.of(byte));
      decoder.next();
      return decoder.cutFrame;
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
        expect(new StreamFrameDecoder(queue, limit).next()).to.have.length(bytes);
      }
      length.writeUInt32LE(limit + 1);
      expect(() => new StreamFrameDecoder(queueOf(length), limit).next())
        .to.throw(MessageTooLargeError)
        .and.include({
          actualBytes: limit + 1,
          limitBytes: limit,
          option: 'maxStreamMessageBytes',
          scope: 'stream',
        });
    }
  });

  it('F9 refuses the largest lengths, and takes none of them for the end', () => {
    for (const length of ['fe', 'f1']) {
      const decoder = new StreamFrameDecoder(
        queueOf(hex(`${length}ffffff`)),
        MAX_STREAM_PAYLOAD_BYTES,
      );
      expect(() => decoder.next()).to.throw(MessageTooLargeError);
    }
  });

  describe('with lane frames', () => {
    const COUNT = 'feffffff 09000000 06 0300000000000000';
    const LATER = 'feffffff 03000000 63 0102';
    const HEADERS = 'feffffff 03000000 03 cafe';

    function decoderOf(text: string, limit = 100): StreamFrameDecoder {
      return new StreamFrameDecoder(queueOf(hex(text)), limit);
    }

    it('F10 cuts both out of any slices, and passes over those of later versions', () => {
      const bytes = hex(`${HEADERS} 02000000 cafe ${LATER} 00000000 ${COUNT} ffffffff`);
      for (const slices of everySplit(bytes)) {
        const queue = new ByteQueue();
        const decoder = new StreamFrameDecoder(queue, 100);
        const frames = feed(slices, queue, () => decoder.nextOrControl());
        expect(frames).to.deep.equal([
          { type: 'headers', document: hex('cafe') },
          hex('cafe'),
          Buffer.alloc(0),
          { type: 'count', number: 3 },
          EOS,
        ]);
        expect(decoder.cutFrame).to.equal(undefined);
      }
    });

    it('F9, E2 takes one of 65,536 bytes, and refuses one byte more from its length', () => {
      const largest = Buffer.concat([hex('feffffff 00000100 05'), Buffer.alloc(65_535)]);
      const frame = new StreamFrameDecoder(queueOf(largest), 10).nextOrControl();
      expect(frame).to.have.property('document').with.length(65_535);
      for (const length of ['01000100', 'ffffffff', 'feffffff']) {
        expect(() => decoderOf(`feffffff ${length}`).nextOrControl())
          .to.throw(ProtocolError)
          .and.include({ scope: 'stream' });
      }
    });

    it('refuses one without a type, and one that must be known', () => {
      for (const bad of ['feffffff 00000000', 'feffffff 01000000 80']) {
        expect(() => decoderOf(bad).nextOrControl()).to.throw(ProtocolError);
      }
    });

    it('takes none for a message where there are none', () => {
      expect(() => decoderOf(COUNT, MAX_STREAM_PAYLOAD_BYTES).next()).to.throw(
        MessageTooLargeError,
      );
      expect(decoderOf(COUNT).nextWhole()).to.equal(undefined);
    });

    it('F2 says what an end just now would cut', () => {
      const queue = new ByteQueue();
      const decoder = new StreamFrameDecoder(queue, 100);
      const seen = Array.from(hex(HEADERS), (byte) => {
        queue.append(Buffer.of(byte));
        decoder.nextOrControl();
        return decoder.cutFrame;
      });
      expect(seen.slice(3)).to.deep.equal([
        'while reading header: expected 8 got 4',
        'while reading header: expected 8 got 5',
        'while reading header: expected 8 got 6',
        'while reading header: expected 8 got 7',
        'while reading data: expected 3 got 0',
        'while reading data: expected 3 got 1',
        'while reading data: expected 3 got 2',
        undefined,
      ]);
    });

    it('S-W12 reads one that came whole, and refuses every cut', () => {
      const bytes = hex(COUNT);
      expect(decodeWholeLaneFrame(bytes)).to.deep.equal({ type: 'count', number: 3 });
      expect(decodeWholeLaneFrame(Buffer.concat([bytes, hex('ffff')]))).to.deep.equal({
        type: 'count',
        number: 3,
      });
      expect(decodeWholeLaneFrame(hex(LATER))).to.equal(undefined);
      for (let end = 0; end < bytes.length; end++) {
        expect(() => decodeWholeLaneFrame(bytes.subarray(0, end)))
          .to.throw(ProtocolError)
          .and.include({ scope: 'stream' });
      }
      expect(() => decodeWholeLaneFrame(hex('feffffff 01000100 05'))).to.throw(ProtocolError);
    });
  });

  describe('decodeWholeStreamFrame', () => {
    it('S-W12 gives the message or the end, and drops what is behind it', () => {
      expect(shown(decodeWholeStreamFrame(hex('02000000 cafe'), 2))).to.equal('cafe');
      expect(shown(decodeWholeStreamFrame(hex('02000000 cafe ffff'), 2))).to.equal('cafe');
      expect(shown(decodeWholeStreamFrame(hex('00000000'), 2))).to.equal('');
      expect(shown(decodeWholeStreamFrame(hex('ffffffff 00'), 2))).to.equal('EOS');
    });

    it('S-W12 refuses every cut as an error of the stream', () => {
      const bytes = hex('02000000 cafe');
      for (let end = 0; end < bytes.length; end++) {
        expect(() => decodeWholeStreamFrame(bytes.subarray(0, end), 2))
          .to.throw(ProtocolError)
          .and.include({ scope: 'stream' });
      }
    });

    it('E2 refuses a message above the limit', () => {
      expect(() => decodeWholeStreamFrame(hex('03000000 cafe00'), 2)).to.throw(
        MessageTooLargeError,
      );
    });
  });
});
