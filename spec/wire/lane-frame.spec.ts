import { expect } from 'chai';

import { ByteQueue } from '../../lib/base/byte-queue.ts';
import { ProtocolError } from '../../lib/errors/errors.ts';
import {
  LANE_FRAME_HEADER_BYTES,
  LANE_FRAME_MARK,
  type LaneFrame,
  isLaneFrame,
  decodeLaneFrame,
  encodeLaneFrame,
  LaneFrameDecoder,
} from '../../lib/wire/lane-frame.ts';
import { EOS } from '../../lib/wire/stream-frame.ts';
import { everySplit, hex } from '../support/chunks.ts';
import { feed, queueOf } from '../support/feed.ts';

const WORD = '0500000000000000';

/** Every type: what stands behind the mark and the length, and the frame. */
const FRAMES: readonly [content: string, frame: LaneFrame][] = [
  [`01 | ${WORD}`, { type: 'consume', number: 5 }],
  ['01 | ffffffffffff1f00', { type: 'consume', number: Number.MAX_SAFE_INTEGER }],
  [`02 | ${WORD}`, { type: 'produce', number: 5 }],
  ['03 | cafe', { type: 'headers', document: hex('cafe') }],
  ['03', { type: 'headers', document: Buffer.alloc(0) }],
  ['04 | cafe', { type: 'trailers', document: hex('cafe') }],
  ['05 | cafe', { type: 'error', document: hex('cafe') }],
  ['06 | 0000000000000000', { type: 'count', number: 0 }],
];

/** The next frame behind those that are passed over. */
function nextOf(decoder: LaneFrameDecoder, queue: ByteQueue): ReturnType<LaneFrameDecoder['next']> {
  for (;;) {
    const held = queue.byteLength;
    const frame = decoder.next(queue);
    if (frame !== undefined || queue.byteLength === held) return frame;
  }
}

describe('wire/lane-frame', () => {
  for (const [content, frame] of FRAMES) {
    it(`${content} is ${frame.type}, read and written`, () => {
      const bytes = encodeLaneFrame(frame);
      expect(bytes.readUInt32LE(0)).to.equal(LANE_FRAME_MARK);
      expect(bytes.readUInt32LE(4)).to.equal(bytes.length - LANE_FRAME_HEADER_BYTES);
      const written = bytes.subarray(LANE_FRAME_HEADER_BYTES);
      expect(written.toString('hex')).to.equal(hex(content).toString('hex'));
      expect(decodeLaneFrame(hex(content))).to.deep.equal(frame);
    });
  }

  it('is marked by a length that no message has', () => {
    expect(encodeLaneFrame({ type: 'count', number: 7 }).toString('hex')).to.equal(
      hex('feffffff | 09000000 | 06 | 0700000000000000').toString('hex'),
    );
  });

  it('reads a document where it lies', () => {
    const content = hex('05 cafe');
    const frame = decodeLaneFrame(content);
    content[1] = 0;
    expect(frame).to.deep.equal({ type: 'error', document: hex('00fe') });
  });

  it('passes over types of a later version, whatever is in them', () => {
    for (const later of ['00', '07', `7f | ${WORD}`]) {
      expect(decodeLaneFrame(hex(later))).to.equal(undefined);
    }
  });

  for (const mandatory of ['80', `c8 | ${WORD}`, 'ff']) {
    it(`F35 refuses a later version’s type that may not be passed over: ${mandatory}`, () => {
      expectRefused(mandatory, /of the unknown type (128|200|255)$/);
    });
  }

  it('refuses no bytes', () => {
    expectRefused('', /without a type/);
  });

  for (const type of ['01', '02', '06']) {
    it(`refuses type ${type} with a body that is no number of ours`, () => {
      const bodies = ['', '05', WORD.slice(2), `${WORD}00`, 'ffffffffffffffff', '0000000000002000'];
      for (const body of bodies) expectRefused(type + body, /a malformed lane frame/);
    });
  }

  describe('with lane frames', () => {
    const COUNTED = 'feffffff 09000000 06 0300000000000000';
    const LATER = 'feffffff 03000000 63 0102';
    const HEADERS = 'feffffff 03000000 03 cafe';

    function firstOf(text: string): unknown {
      return new LaneFrameDecoder(100).next(queueOf(hex(text)));
    }

    it('F10 cuts both out of any slices, and passes over those of later versions', () => {
      const bytes = hex(`${HEADERS} 02000000 cafe ${LATER} 00000000 ${COUNTED} ffffffff`);
      for (const slices of everySplit(bytes)) {
        const queue = new ByteQueue();
        const decoder = new LaneFrameDecoder(100);
        const frames = feed(slices, queue, () => nextOf(decoder, queue));
        expect(frames).to.deep.equal([
          { type: 'headers', document: hex('cafe') },
          hex('cafe'),
          Buffer.alloc(0),
          { type: 'count', number: 3 },
          EOS,
        ]);
        expect(decoder.cutFrame(queue)).to.equal(undefined);
      }
    });

    it('F9, E2 takes one of 65,536 bytes, and refuses one byte more from its length', () => {
      const largest = Buffer.concat([hex('feffffff 00000100 05'), Buffer.alloc(65_535)]);
      const frame = new LaneFrameDecoder(10).next(queueOf(largest));
      expect(frame).to.have.property('document').with.length(65_535);
      for (const length of ['01000100', 'ffffffff', 'feffffff']) {
        expect(() => firstOf(`feffffff ${length}`))
          .to.throw(ProtocolError, /^a lane frame of \d+ bytes$/)
          .and.include({ scope: 'stream' });
      }
    });

    it('tells them from messages and the end', () => {
      expect(isLaneFrame({ type: 'count', number: 3 })).to.equal(true);
      expect(isLaneFrame(Buffer.alloc(3))).to.equal(false);
      expect(isLaneFrame(EOS)).to.equal(false);
    });

    it('allows for both a message and a lane frame of the largest size', () => {
      const decoder = new LaneFrameDecoder(100);
      expect(decoder).to.include({ maxPrefixedBytes: 100, maxFrameBytes: 8 + 65_536 });
      expect(decoder).to.include({ scope: 'stream', isInFrame: false });
      expect(new LaneFrameDecoder(100_000).maxFrameBytes).to.equal(4 + 100_000);
    });

    it('refuses one without a type, and one that must be known', () => {
      for (const bad of ['feffffff 00000000', 'feffffff 01000000 80']) {
        expect(() => firstOf(bad)).to.throw(ProtocolError);
      }
    });

    it('F2 says what an end just now would cut', () => {
      const queue = new ByteQueue();
      const decoder = new LaneFrameDecoder(100);
      const seen = Array.from(hex(HEADERS), (byte) => {
        queue.append(Buffer.of(byte));
        decoder.next(queue);
        return decoder.cutFrame(queue);
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
  });
});

function expectRefused(content: string, text: RegExp): void {
  expect(() => decodeLaneFrame(hex(content)))
    .to.throw(ProtocolError, text)
    .and.include({ scope: 'stream', initiator: 'remote' });
}
