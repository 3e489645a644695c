import { expect } from 'chai';

import { lz4 } from '../../../lib/compression/lz4.ts';
import type { Compressor } from '../../../lib/compression/compressor.ts';
import {
  CompressionError,
  MessageTooLargeError,
  ProtocolError,
} from '../../../lib/errors/errors.ts';
import type { HeadedFrameDecoder } from '../../../lib/wire/headed-frame.ts';
import { LaneFrameDecoder } from '../../../lib/wire/lane-frame.ts';
import { EOS, StreamFrameDecoder } from '../../../lib/wire/stream-frame.ts';
import { compressorOf } from '../../compression/compressor-suite.ts';
import { everySplit, hex } from '../../support/chunks.ts';
import {
  byteHeadedDecoder,
  type ByteHeader,
  openInput,
  type OpenInput,
  PLAIN_COMPRESSOR,
} from '../../support/open-input.ts';
import { u32le } from '../../support/wire-bytes.ts';

const compressor: Compressor = compressorOf(lz4());

function compressed(frame: Buffer): Buffer {
  const payload = compressor.compress(frame);
  return Buffer.concat([u32le(payload.length), payload]);
}

/** A frame as `PLAIN_COMPRESSOR` gives it. */
function wrapped(frame: Buffer): Buffer {
  return Buffer.concat([u32le(frame.length), frame]);
}

describe('FrameInput with a compressor', () => {
  describe('of frames with headers of their own', () => {
    interface OpenHeaded extends OpenInput<ByteHeader> {
      readonly decoder: HeadedFrameDecoder<ByteHeader>;
    }

    function openHeaded(...chunks: readonly Buffer[]): OpenHeaded {
      const decoder = byteHeadedDecoder();
      const opened = openInput(decoder, compressor);
      for (const chunk of chunks) opened.input.push(chunk);
      return { ...opened, decoder };
    }

    /** As `openHeaded`, but frames above the limit may be skipped. */
    function openSkipping(by: Compressor): OpenHeaded {
      const decoder = byteHeadedDecoder(255);
      return { ...openInput(decoder, by), decoder };
    }

    it('S-W12, F10 hands on one frame after the other, at every split', () => {
      const frames = [hex('02 cafe'), Buffer.alloc(41, 40), hex('00')];
      for (const slices of everySplit(Buffer.concat(frames.map(compressed)))) {
        const { input } = openHeaded();
        const seen: string[] = [];
        for (const slice of slices) {
          input.push(slice);
          for (let part; (part = input.next()) !== undefined;) {
            if (part instanceof Uint8Array) seen.push(part.toString('hex'));
          }
        }
        expect(seen).to.deep.equal(frames.map((frame) => frame.subarray(1).toString('hex')));
        expect(input.cutFrame).to.equal(undefined);
      }
    });

    it('S-W12 drops what a frame has behind what was parsed, and skips empty ones', () => {
      const { input } = openHeaded(
        Buffer.concat([hex('00000000 03000000 010203'), compressed(hex('01 aabbcc'))]),
        Buffer.concat([hex('00000000'), compressed(hex('01 dd'))]),
      );
      expect(input.next()).to.deep.equal({ payloadBytes: 1 });
      expect(input.next()).to.deep.equal(hex('aa'));
      expect(input.next()).to.deep.equal({ payloadBytes: 1 });
      expect(input.next()).to.deep.equal(hex('dd'));
    });

    it('S-W12 drops a payload that is not wanted with the rest of its compressed frame', () => {
      for (const unwanted of ['00 0203', '02 0203', '02 0203 04']) {
        const { input, decoder } = openHeaded(
          Buffer.concat([compressed(hex(unwanted)), compressed(hex('01 dd'))]),
        );
        input.next();
        decoder.skipPayload();
        expect(input.next()).to.deep.equal({ payloadBytes: 1 });
        expect(input.next()).to.deep.equal(hex('dd'));
      }
    });

    it('refuses a compressed frame that ends before what it holds', () => {
      for (const isWanted of [true, false]) {
        const { input, decoder } = openHeaded(compressed(hex('04 010203')));
        expect(input.next()).to.deep.equal({ payloadBytes: 4 });
        if (!isWanted) decoder.skipPayload();
        expect(() => input.next())
          .to.throw(ProtocolError, /less than one frame/)
          .and.include({ scope: 'connection' });
      }
    });

    it('E2 gives the header of a frame above the limit, and goes on behind it when that was skipped', () => {
      const whole = Buffer.concat([hex('c8'), Buffer.alloc(200, 7)]);
      const other = compressed(hex('01 dd'));
      for (const cut of [1, 4, 5, 9]) {
        const bytes = compressed(whole);
        const { input, decoder } = openSkipping(compressor);
        input.push(bytes.subarray(0, cut));
        expect(input.next()).to.equal(undefined);
        input.push(Buffer.concat([bytes.subarray(cut), other]));
        expect(input.next()).to.deep.equal({ payloadBytes: 200 });
        decoder.skipPayload();
        expect(input.next()).to.deep.equal({ payloadBytes: 1 });
        expect(input.next()).to.deep.equal(hex('dd'));
        expect(input.heldBytes).to.equal(0);
      }
    });

    it('E1-bombs ends with the first error where the header of such a frame claims less, or nobody skips it', () => {
      const short = openSkipping(compressor);
      short.input.push(compressed(Buffer.concat([hex('02'), Buffer.alloc(200)])));
      expect(() => short.input.next()).to.throw(CompressionError, 'above the limit');
      const wanted = openSkipping(compressor);
      wanted.input.push(compressed(Buffer.concat([hex('c8'), Buffer.alloc(200)])));
      expect(wanted.input.next()).to.deep.equal({ payloadBytes: 200 });
      expect(() => wanted.input.next()).to.throw(ProtocolError);
      const blind = openSkipping({ ...PLAIN_COMPRESSOR, decompress: compressor.decompress });
      blind.input.push(u32le(0x7fff_ffff));
      expect(() => blind.input.next()).to.throw(MessageTooLargeError);
    });

    it('F2 says what an end would cut of a compressed frame', () => {
      const { input } = openHeaded();
      const bytes = compressed(hex('04 fe'));
      const seen = Array.from(bytes.subarray(0, -1), (byte) => {
        input.push(Buffer.of(byte));
        input.next();
        return input.cutFrame;
      });
      const expected = Array.from({ length: bytes.length - 1 }, (_, at) =>
        at < 3
          ? `while reading header: expected 4 got ${at + 1}`
          : `while reading data: expected ${bytes.length - 4} got ${at - 3}`,
      );
      expect(seen).to.deep.equal(expected);
      input.push(bytes.subarray(-1));
      input.next();
      expect(input.cutFrame).to.equal('while reading data: expected 4 got 1');
    });

    it('E1-bombs, E2 takes a frame of the limit and refuses one byte more, before it is decoded', () => {
      for (const bytes of [99, 100]) {
        const { input } = openHeaded(compressed(Buffer.alloc(bytes, bytes - 1)));
        input.next();
        expect(input.next()).to.have.length(bytes - 1);
      }
      const declared = openHeaded(compressed(Buffer.alloc(101)));
      expect(() => declared.input.next()).to.throw(CompressionError);
      const announced = openHeaded(u32le(0x7fff_ffff));
      expect(() => announced.input.next())
        .to.throw(MessageTooLargeError)
        .and.include({ option: 'limit', scope: 'connection' });
    });
  });

  describe('of messages', () => {
    function firstOf(frame: Buffer, limit = 2): Buffer | typeof EOS | undefined {
      const { input } = openInput(new StreamFrameDecoder(limit), PLAIN_COMPRESSOR);
      input.push(wrapped(frame));
      return input.next();
    }

    it('S-W12 gives the message or the end, and drops what is behind it', () => {
      expect(firstOf(hex('02000000 cafe'))).to.deep.equal(hex('cafe'));
      expect(firstOf(hex('02000000 cafe ffff'))).to.deep.equal(hex('cafe'));
      expect(firstOf(hex('00000000'))).to.deep.equal(hex(''));
      expect(firstOf(hex('ffffffff 00'))).to.equal(EOS);
    });

    it('S-W12 refuses every cut as an error of the stream', () => {
      const bytes = hex('02000000 cafe');
      for (let end = 1; end < bytes.length; end++) {
        expect(() => firstOf(bytes.subarray(0, end)))
          .to.throw(ProtocolError)
          .and.include({ scope: 'stream' });
      }
    });

    it('E2 refuses a message above the limit', () => {
      expect(() => firstOf(hex('03000000 cafe00'))).to.throw(MessageTooLargeError);
    });

    it('S-S5 counts frames by what was received, also those that hold nothing', () => {
      const limits = { sourceBudgetMessages: 3 };
      const decoder = new StreamFrameDecoder(10);
      const { input, calls } = openInput(decoder, PLAIN_COMPRESSOR, limits);
      input.push(Buffer.concat([wrapped(hex('')), wrapped(hex('01000000 aa'))]));
      input.push(wrapped(hex('01000000 bb')));
      input.regulate();
      expect(calls).to.deep.equal(['pause']);
      expect(input.next()).to.deep.equal(hex('aa'));
      expect(calls, 'below the half').to.deep.equal(['pause', 'resume']);
    });
  });

  describe('of lane frames', () => {
    const COUNT = 'feffffff 09000000 06 0300000000000000';
    const LATER = 'feffffff 03000000 63 0102';

    function framesOf(...frames: readonly Buffer[]): unknown[] {
      const { input } = openInput(new LaneFrameDecoder(100), PLAIN_COMPRESSOR);
      for (const frame of frames) input.push(wrapped(frame));
      const seen: unknown[] = [];
      for (let frame; (frame = input.next()) !== undefined;) seen.push(frame);
      return seen;
    }

    it('S-W12 reads one that came whole, and refuses every cut', () => {
      const bytes = hex(COUNT);
      const count = { type: 'count', number: 3 };
      expect(framesOf(bytes)).to.deep.equal([count]);
      expect(framesOf(Buffer.concat([bytes, hex('ffff')]))).to.deep.equal([count]);
      expect(framesOf(hex(LATER))).to.deep.equal([]);
      expect(framesOf(hex(`${LATER} 00000000`), bytes), 'behind an unknown one').to.deep.equal([
        count,
      ]);
      for (let end = 1; end < bytes.length; end++) {
        expect(() => framesOf(bytes.subarray(0, end)))
          .to.throw(ProtocolError)
          .and.include({ scope: 'stream' });
      }
      expect(() => framesOf(hex('feffffff 01000100 05'))).to.throw(ProtocolError);
    });
  });
});
