import { expect } from 'chai';

import { ProtocolError } from '../../lib/errors/errors.ts';
import {
  LANE_FRAME_HEADER_BYTES,
  LANE_FRAME_MARK,
  type LaneFrame,
  decodeLaneFrame,
  encodeLaneFrame,
} from '../../lib/wire/lane-frame.ts';
import { hex } from '../support/chunks.ts';

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
    it(`refuses a later version’s type that may not be passed over: ${mandatory}`, () => {
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
});

function expectRefused(content: string, text: RegExp): void {
  expect(() => decodeLaneFrame(hex(content)))
    .to.throw(ProtocolError, text)
    .and.include({ scope: 'stream', initiator: 'remote' });
}
