import { expect } from 'chai';

import { ByteQueue } from '../../lib/base/byte-queue.ts';
import { ProtocolError } from '../../lib/errors/errors.ts';
import {
  decodeLaneFrame,
  encodeLaneFrame,
  type LaneFrame,
  LaneFrameDecoder,
} from '../../lib/wire/lane-frame.ts';
import { EOS } from '../../lib/wire/stream-frame.ts';
import { everySplit, hex, seededNumbers, sliceRandomly } from '../support/chunks.ts';
import { feed } from '../support/feed.ts';

const WORD = '0500000000000000';
const LARGEST = 'ffffffffffff1f00';
const TOO_LARGE = ['0000000000002000', '0000000000000080', 'ffffffffffffffff'];

const RETAINED: LaneFrame = {
  type: 'retained',
  firstIndex: 5,
  windowBytes: 0x0100_0000,
  windowItems: 61,
  ackPeriod: 30,
  isManual: false,
  isRealTime: false,
  canResume: false,
};
const TERMS = `${WORD} 0000000100000000 3d000000 1e000000`;

/** Every type: the type and the body, and the frame. */
const FRAMES: readonly [content: string, frame: LaneFrame][] = [
  ['07 | cafe', { type: 'mark', document: hex('cafe') }],
  [`08 | ${LARGEST}`, { type: 'skipped', items: Number.MAX_SAFE_INTEGER }],
  [`09 | ${WORD} | 2639f4cb`, { type: 'sum', items: 5, crc32: 0xcbf4_3926 }],
  [`80 | ${TERMS} 00`, RETAINED],
  [`80 | ${TERMS} 01`, { ...RETAINED, isManual: true }],
  [`80 | ${TERMS} 02`, { ...RETAINED, isRealTime: true }],
  [`80 | ${TERMS} 04`, { ...RETAINED, canResume: true }],
  [`80 | ${TERMS} 07`, { ...RETAINED, isManual: true, isRealTime: true, canResume: true }],
  [
    `81 | ${WORD} 0400000000000000 0300000000000000 ffffffff`,
    { type: 'resume', number: 5, taken: 4, acknowledged: 3, attempt: 0xffff_ffff },
  ],
];

/** The bytes of a frame of each type, of messages, and of the end, with how each is read. */
const PIECES: readonly (readonly [bytes: Buffer, part: unknown])[] = [
  ...FRAMES.map(([, frame]) => [encodeLaneFrame(frame), frame] as const),
  [hex('02000000 cafe'), hex('cafe')],
  [hex('00000000'), Buffer.alloc(0)],
  [encodeLaneFrame({ type: 'count', number: 3 }), { type: 'count', number: 3 }],
  [hex('ffffffff'), EOS],
];

function bytesOf(pieces: typeof PIECES): Buffer {
  return Buffer.concat(pieces.map(([bytes]) => bytes));
}

function partsOf(slices: Iterable<Buffer>): unknown[] {
  const queue = new ByteQueue();
  const decoder = new LaneFrameDecoder(100, true);
  const parts = feed(slices, queue, () => decoder.next(queue));
  expect(decoder.cutFrame(queue)).to.equal(undefined);
  return parts;
}

describe('wire/resumable-frame', () => {
  for (const [content, frame] of FRAMES) {
    it(`${content} is ${frame.type}, read and written`, () => {
      const written = encodeLaneFrame(frame).subarray(8);
      expect(written.toString('hex')).to.equal(hex(content).toString('hex'));
      expect(decodeLaneFrame(hex(content), true)).to.deep.equal(frame);
    });

    const isMandatory = hex(content)[0]! >= 128;
    it(`F35 ${content} ${isMandatory ? 'fails the stream' : 'is passed over'} in version 2`, () => {
      const read = (): unknown => decodeLaneFrame(hex(content));
      if (isMandatory) expect(read).to.throw(ProtocolError, /unknown type/);
      else expect(read()).to.equal(undefined);
    });
  }

  it('F10 cuts each type out of any two slices, and byte by byte', () => {
    const parts = PIECES.map(([, part]) => part);
    for (const slices of everySplit(bytesOf(PIECES))) {
      expect(partsOf(slices)).to.deep.equal(parts);
    }
  });

  it('F10 cuts them out of slices at random places, in any order', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = seededNumbers(seed);
      const pieces = Array.from(PIECES, () => PIECES[Math.floor(random() * PIECES.length)]!);
      const parts = pieces.map(([, part]) => part);
      expect(partsOf(sliceRandomly(bytesOf(pieces), seed)), `seed ${seed}`).to.deep.equal(parts);
    }
  });

  it('passes over a flag that it does not know', () => {
    expect(decodeLaneFrame(hex(`80 ${TERMS} f8`), true)).to.deep.equal(RETAINED);
  });

  it('F9 refuses each type but a mark with a body of any other length', () => {
    for (const [content] of FRAMES.slice(1)) {
      const bytes = hex(content);
      for (let length = 1; length < bytes.length; length++) {
        expectRefused(bytes.subarray(0, length), 'stream');
      }
      expectRefused(Buffer.concat([bytes, hex('00')]), 'stream');
    }
  });

  it('F9 refuses a window of no bytes', () => {
    expectRefused(hex(`80 ${WORD} 0000000000000000 3d000000 1e000000 04`), 'stream');
  });

  for (const position of TOO_LARGE) {
    it(`E2 the position ${position}, of 2^53 or more, ends the connection in each type`, () => {
      expectRefused(hex(`08 ${position}`), 'connection');
      expectRefused(hex(`09 ${position} 00000000`), 'connection');
      expectRefused(hex(`80 ${position} ${WORD} 00000000 00000000 04`), 'connection');
      expectRefused(hex(`80 ${WORD} ${position} 00000000 00000000 04`), 'connection');
      for (let at = 0; at < 3; at++) {
        const words = [WORD, WORD, WORD].toSpliced(at, 1, position).join('');
        expectRefused(hex(`81 ${words} 01000000`), 'connection');
      }
    });
  }

  it('still refuses types from 130 on, and passes over those from 10 to 127', () => {
    for (const type of ['82', 'ff']) expectRefused(hex(type), 'stream');
    for (const type of ['0a', '7f']) expect(decodeLaneFrame(hex(type), true)).to.equal(undefined);
  });
});

function expectRefused(content: Buffer, scope: string): void {
  expect(() => decodeLaneFrame(content, true))
    .to.throw(ProtocolError, /^a malformed lane frame$|position of 2\^53|unknown type/)
    .and.include({ scope, initiator: 'remote' });
}
