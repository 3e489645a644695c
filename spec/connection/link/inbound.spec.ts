import { expect } from 'chai';

import { lz4 } from '../../../lib/compression/lz4.ts';
import type { Compressor } from '../../../lib/compression/compressor.ts';
import { Inbound } from '../../../lib/connection/link/inbound.ts';
import {
  CompressionError,
  MessageTooLargeError,
  ProtocolError,
} from '../../../lib/errors/errors.ts';
import { compressorOf } from '../../compression/compressor-suite.ts';
import { everySplit, hex } from '../../support/chunks.ts';
import { u32le } from '../../support/wire-bytes.ts';

const compressor: Compressor = compressorOf(lz4());

function compressed(frame: Buffer): Buffer {
  const payload = compressor.compress(frame);
  return Buffer.concat([u32le(payload.length), payload]);
}

describe('connection/inbound', () => {
  it('hands on plain bytes as they come', () => {
    const inbound = new Inbound(undefined, 100, 'limit');
    expect(inbound.advance()).to.equal(false);
    inbound.push(hex('010203'));
    expect(inbound.advance()).to.equal(true);
    expect(inbound.takePayload(2)?.toString('hex')).to.equal('0102');
    expect(inbound.takePayload(2)).to.equal(undefined);
    expect(inbound.incomplete()).to.equal(false);
    expect(inbound.bytes.take(1).toString('hex')).to.equal('03');
    expect(inbound.cutFrame(4, undefined)).to.equal(undefined);
  });

  it('F2 says what an end would cut, and how much was missing', () => {
    const plain = new Inbound(undefined, 100, 'limit');
    plain.push(hex('010203'));
    expect(plain.cutFrame(4, undefined)).to.equal('while reading header: expected 4 got 3');
    expect(plain.cutFrame(4, 9)).to.equal('while reading data: expected 9 got 3');
  });

  it('S-W12, F10 hands on one frame after the other, at every split', () => {
    const frames = [hex('cafe'), Buffer.alloc(40, 7), hex('00')];
    for (const slices of everySplit(Buffer.concat(frames.map(compressed)))) {
      const inbound = new Inbound(compressor, 100, 'limit');
      const seen: string[] = [];
      for (const slice of slices) {
        inbound.push(slice);
        while (inbound.advance()) {
          seen.push(inbound.takePayload(inbound.bytes.byteLength)!.toString('hex'));
        }
      }
      expect(seen).to.deep.equal(frames.map((frame) => frame.toString('hex')));
      expect(inbound.cutFrame(4, undefined)).to.equal(undefined);
    }
  });

  it('S-W12 drops what a frame has behind what was parsed, and skips empty ones', () => {
    const inbound = new Inbound(compressor, 100, 'limit');
    inbound.push(Buffer.concat([hex('00000000 03000000 010203'), compressed(hex('aabbcc'))]));
    inbound.push(Buffer.concat([hex('00000000'), compressed(hex('dd'))]));
    expect(inbound.advance()).to.equal(true);
    expect(inbound.takePayload(1)?.toString('hex')).to.equal('aa');
    expect(inbound.advance()).to.equal(true);
    expect(inbound.bytes.take(1).toString('hex')).to.equal('dd');
  });

  it('drops a payload that is not wanted as it comes, and goes on behind it', () => {
    const inbound = new Inbound(undefined, 100, 'limit');
    inbound.push(hex('0102'));
    inbound.skipPayload(5);
    expect(inbound.advance()).to.equal(false);
    inbound.push(hex('0304'));
    expect(inbound.advance()).to.equal(false);
    expect(inbound.bytes.byteLength).to.equal(0);
    inbound.push(hex('05aa'));
    expect(inbound.advance()).to.equal(true);
    expect(inbound.takePayload(1)?.toString('hex')).to.equal('aa');
  });

  it('S-W12 drops a payload that is not wanted with the rest of its compressed frame', () => {
    for (const unwanted of [0, 2]) {
      const inbound = new Inbound(compressor, 100, 'limit');
      inbound.push(Buffer.concat([compressed(hex('010203')), compressed(hex('dd'))]));
      expect(inbound.advance()).to.equal(true);
      inbound.skipPayload(unwanted);
      expect(inbound.advance()).to.equal(true);
      expect(inbound.takePayload(1)?.toString('hex')).to.equal('dd');
    }
  });

  it('refuses a compressed frame that ends before what it holds', () => {
    const inbound = new Inbound(compressor, 100, 'limit');
    inbound.push(compressed(hex('010203')));
    expect(inbound.advance()).to.equal(true);
    expect(() => inbound.takePayload(4)).to.throw(ProtocolError, /less than one frame/);
    expect(() => inbound.incomplete()).to.throw(ProtocolError);
    inbound.skipPayload(4);
    expect(() => inbound.advance()).to.throw(ProtocolError);
  });

  it('F2 says what an end would cut of a compressed frame', () => {
    const inbound = new Inbound(compressor, 100, 'limit');
    const bytes = compressed(hex('cafe'));
    const seen = Array.from(bytes, (byte) => {
      inbound.push(Buffer.of(byte));
      inbound.advance();
      return inbound.cutFrame(4, undefined);
    });
    const expected = Array.from({ length: bytes.length - 1 }, (_, at) =>
      at < 3
        ? `while reading header: expected 4 got ${at + 1}`
        : `while reading data: expected ${bytes.length - 4} got ${at - 3}`,
    );
    expected.push('while reading header: expected 4 got 2');
    expect(seen).to.deep.equal(expected);
  });

  it('E1-bombs, E2 takes a frame of the limit and refuses one byte more, before it is decoded', () => {
    for (const bytes of [99, 100]) {
      const inbound = new Inbound(compressor, 100, 'limit');
      inbound.push(compressed(Buffer.alloc(bytes)));
      expect(inbound.advance()).to.equal(true);
      expect(inbound.bytes.byteLength).to.equal(bytes);
    }
    const declared = new Inbound(compressor, 100, 'limit');
    declared.push(compressed(Buffer.alloc(101)));
    expect(() => declared.advance()).to.throw(CompressionError);
    const announced = new Inbound(compressor, 100, 'limit');
    announced.push(u32le(0x7fff_ffff));
    expect(() => announced.advance())
      .to.throw(MessageTooLargeError)
      .and.include({ option: 'limit', scope: 'connection' });
  });
});
