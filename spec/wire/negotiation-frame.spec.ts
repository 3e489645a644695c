import { expect } from 'chai';

import { TlsError } from '../../lib/errors/access-errors.ts';
import { MessageTooLargeError, ProtocolError } from '../../lib/errors/errors.ts';
import { FEATURE, type Features } from '../../lib/wire/feature.ts';
import {
  encodeNegotiation,
  encodeUnfinishedNegotiation,
  MAX_FEATURES,
  MAX_NEGOTIATION_BYTES,
  NegotiationDecoder,
} from '../../lib/wire/negotiation-frame.ts';
import { everySplit, hex } from '../support/chunks.ts';
import { u32le } from '../support/wire-bytes.ts';

const MAGIC = '5353544152525043';
const NOTHING: Features = { hasTimeout: false, hasHandlerDuration: false };

function decode(bytes: Buffer): Features | undefined {
  const decoder = new NegotiationDecoder();
  decoder.push(bytes);
  return decoder.next();
}

/** A frame of these records. */
function frameOf(...records: Buffer[]): Buffer {
  const bytes = Buffer.concat(records);
  return Buffer.concat([hex(MAGIC), u32le(bytes.length), bytes]);
}

function record(feature: number, data = ''): Buffer {
  return Buffer.concat([u32le(feature), u32le(hex(data).length), hex(data)]);
}

function refusal(bytes: Buffer): Error {
  try {
    decode(bytes);
  } catch (error) {
    expect(error).to.be.instanceOf(ProtocolError).and.include({ initiator: 'remote' });
    return error as ProtocolError;
  }
  return expect.fail(`${bytes.toString('hex')} was accepted`);
}

describe('wire/negotiation-frame', () => {
  it('S-W1 is the magic, a length and the records', () => {
    expect(encodeNegotiation(NOTHING).toString('hex')).to.equal(`${MAGIC}00000000`);
    expect(encodeNegotiation({ ...NOTHING, hasTimeout: true }).toString('hex')).to.equal(
      `${MAGIC}08000000 01000000 00000000`.replaceAll(' ', ''),
    );
    expect(decode(frameOf())).to.include(NOTHING);
  });

  it('S-W1, F10 comes out the same at every split, with what was behind it', () => {
    const frame = frameOf(
      record(FEATURE.TIMEOUT),
      record(FEATURE.CONNECTION_ID, '0102030405060708'),
    );
    for (const slices of everySplit(Buffer.concat([frame, hex('cafe')]))) {
      const decoder = new NegotiationDecoder();
      const found: Features[] = [];
      for (const slice of slices) {
        decoder.push(slice);
        const features = found.length === 0 ? decoder.next() : undefined;
        if (features !== undefined) found.push(features);
      }
      expect(found).to.have.length(1);
      expect(found[0]).to.include({ hasTimeout: true, connectionId: 0x0807_0605_0403_0201n });
      expect(decoder.rest().toString('hex')).to.equal('cafe');
    }
  });

  it('S-W1 waits for the rest of a frame and knows that it has begun', () => {
    const frame = frameOf(record(FEATURE.TIMEOUT));
    const decoder = new NegotiationDecoder();
    expect(decoder.hasStarted).to.equal(false);
    for (const byte of frame.subarray(0, -1)) {
      decoder.push(Buffer.of(byte));
      expect(decoder.next()).to.equal(undefined);
      expect(decoder.hasStarted).to.equal(true);
    }
  });

  it('S-W1 refuses records that are cut short or run past the end', () => {
    const complete = record(FEATURE.COMPRESS, '4c5a34');
    for (let bytes = 1; bytes < complete.length; bytes++) {
      const message = refusal(frameOf(complete.subarray(0, bytes))).message;
      expect(message).to.match(bytes < 8 ? /bad feature data format/ : /buffer underflow/);
    }
    const behind = frameOf(record(FEATURE.TIMEOUT), Buffer.alloc(7));
    expect(refusal(behind).message).to.match(/bad feature data format/);
    const tooLong = Buffer.concat([u32le(FEATURE.COMPRESS), u32le(0xffff_ffff)]);
    expect(refusal(frameOf(tooLong)).message).to.match(/buffer underflow/);
  });

  it('S-W1, E2 takes records of 64 KiB and refuses one byte more', () => {
    for (const bytes of [MAX_NEGOTIATION_BYTES - 1, MAX_NEGOTIATION_BYTES]) {
      const frame = frameOf(record(99, 'ab'.repeat(bytes - 8)));
      expect(decode(frame)).to.include(NOTHING);
    }
    const header = Buffer.concat([hex(MAGIC), u32le(MAX_NEGOTIATION_BYTES + 1)]);
    expect(() => decode(header)).to.throw(MessageTooLargeError);
  });

  it('F6 refuses a length from the header, with the last byte of it and before any record', () => {
    for (const length of [MAX_NEGOTIATION_BYTES + 1, 1 << 20, 0xffff_ffff]) {
      const decoder = new NegotiationDecoder();
      const header = Buffer.concat([hex(MAGIC), u32le(length)]);
      decoder.push(header.subarray(0, -1));
      expect(decoder.next()).to.equal(undefined);
      decoder.push(header.subarray(-1));
      expect(() => decoder.next())
        .to.throw(MessageTooLargeError)
        .and.include({
          actualBytes: length,
          limitBytes: MAX_NEGOTIATION_BYTES,
          option: 'the negotiation frame has a fixed limit',
          scope: 'connection',
          initiator: 'remote',
        });
    }
  });

  it('E2 takes 64 features and refuses 65', () => {
    const records = Array.from({ length: MAX_FEATURES + 1 }, (_, index) => record(100 + index));
    for (const count of [MAX_FEATURES - 1, MAX_FEATURES]) {
      expect(decode(frameOf(...records.slice(0, count)))).to.include(NOTHING);
    }
    expect(refusal(frameOf(...records)).message).to.match(/more than 64 features/);
  });

  it('S-W1, F7 refuses a wrong magic at its first wrong byte, and shows it in hex', () => {
    for (let at = 0; at < 8; at++) {
      const bytes = hex(MAGIC).subarray(0, at + 1);
      expect(decode(bytes)).to.equal(undefined);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      expect(refusal(bytes).message).to.equal(`wrong protocol magic: ${bytes.toString('hex')}`);
    }
  });

  it('holds whole records in a frame that is never finished', () => {
    const features = { ...NOTHING, extension: hex('0c0000001076000200000000') };
    const bytes = encodeUnfinishedNegotiation(features);
    expect(bytes.subarray(0, 12).toString('hex')).to.equal(`${MAGIC}1c000000`.replaceAll(' ', ''));
    expect(bytes).to.have.length(12 + 20);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const decoder = new NegotiationDecoder();
      decoder.push(bytes.subarray(0, cut));
      expect(decoder.next()).to.equal(undefined);
      if (cut === bytes.length) expect(decoder.begun()).to.deep.include(features);
      else expect(decoder.begun()).to.equal(undefined);
    }
  });

  it('F7 guesses what it was: TLS by one byte, HTTP by its first word', () => {
    expect(() => decode(hex('1603010200010001')))
      .to.throw(TlsError)
      .and.include({ initiator: 'remote' })
      .with.property('message')
      .that.matches(/^wrong protocol magic: 1603010200010001; this looks like TLS/);
    expect(() => decode(hex('15030300020246')))
      .to.throw(TlsError)
      .and.include({ initiator: 'remote' })
      .with.property('message')
      .that.matches(/the peer speaks TLS: give the option tls$/);
    expect(refusal(hex('15')).message).to.equal('wrong protocol magic: 15');
    expect(refusal(hex('5303')).message).to.equal('wrong protocol magic: 5303');
    for (const line of [
      'GET / HTTP/1.1',
      'POST /x',
      'PUT /',
      'HEAD / H',
      'OPTIONS *',
      'DELETE /x',
      'PRI * HTTP/2.0',
    ]) {
      expect(refusal(Buffer.from(line)).message).to.contain(`; this looks like HTTP: "${line}"`);
    }
    expect(refusal(Buffer.from('GETTING')).message).to.match(/HTTP: "GETTING"$/);
    expect(refusal(Buffer.from('\n GET /')).message).to.equal(
      'wrong protocol magic: 0a20474554202f',
    );
  });

  it('F7 shows the first line of a text, escaped and at most 64 bytes of it', () => {
    const said = (text: string): string => refusal(Buffer.from(text, 'latin1')).message;
    expect(said('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')).to.equal(
      'wrong protocol magic: 485454502f312e31; this looks like HTTP: "HTTP/1.1 400 Bad Request"',
    );
    expect(said('HTTP/1.1 "\\\u009b\u0007')).to.contain('HTTP: "HTTP/1.1 \\x22\\x5c\\x9b\\x07"');
    expect(said(`GET /${'a'.repeat(100)}`)).to.match(/HTTP: "GET \/a{59}"$/);
    expect(said('SSH-2.0-OpenSSH_9\r\n')).to.match(/; it says "SSH-2.0-OpenSSH_9"$/);
    expect(said('220 \u0001 mail')).to.equal('wrong protocol magic: 3232302001206d61');
  });

  it('S-W2 writes every feature there is in ascending order', () => {
    const all: Features = {
      extension: hex('ee'),
      hasHandlerDuration: true,
      isolation: hex('1a'),
      streamParent: 3n,
      connectionId: 2n,
      hasTimeout: true,
      compress: 'LZ4',
    };
    const records = [
      record(0, '4c5a34'),
      record(1),
      record(2, '0200000000000000'),
      record(3, '0300000000000000'),
      record(4, '1a'),
      record(5),
      record(0x534c_0001, 'ee'),
    ];
    expect(encodeNegotiation(all).toString('hex')).to.equal(frameOf(...records).toString('hex'));
    expect(decode(encodeNegotiation(all))).to.deep.equal(all);
  });

  it('S-W2, F8 takes the first of two alike, in any order', () => {
    const features = decode(
      frameOf(
        record(FEATURE.ISOLATION, 'aa'),
        record(FEATURE.COMPRESS, '4c5a34'),
        record(FEATURE.ISOLATION, 'bb'),
        record(FEATURE.CONNECTION_ID, '0100000000000000'),
        record(FEATURE.CONNECTION_ID, '0200000000000000'),
      ),
    );
    expect(features).to.include({ compress: 'LZ4', connectionId: 1n });
    expect(features?.isolation?.toString('hex')).to.equal('aa');
  });

  it('S-W2, F8 passes over features that it does not know', () => {
    const features = decode(
      frameOf(record(6, 'ffff'), record(FEATURE.TIMEOUT), record(0xffff_ffff, '00')),
    );
    expect(features).to.include({ hasTimeout: true, hasHandlerDuration: false });
  });

  it('S-W3 carries names as they are', () => {
    const frame = encodeNegotiation({ ...NOTHING, compress: 'LZ4_FRAGMENTED,LZ4' });
    const names = Buffer.from('LZ4_FRAGMENTED,LZ4').toString('hex');
    expect(frame.toString('hex')).to.equal(frameOf(record(0, names)).toString('hex'));
    expect(decode(frame)?.compress).to.equal('LZ4_FRAGMENTED,LZ4');
    expect(decode(frameOf(record(0)))?.compress).to.equal('');
    const foreign = encodeNegotiation({ ...NOTHING, compress: 'LZé' });
    expect(foreign.toString('hex')).to.equal(frameOf(record(0, '4c5ae9')).toString('hex'));
    expect(decode(foreign)?.compress).to.equal('LZé');
  });

  it('S-W4, S-W8 agrees by an empty record, whatever data comes in it', () => {
    const frame = encodeNegotiation({ hasTimeout: true, hasHandlerDuration: true });
    expect(frame.toString('hex')).to.equal(frameOf(record(1), record(5)).toString('hex'));
    expect(decode(frameOf(record(1, 'cafe'), record(5, '01')))).to.include({
      hasTimeout: true,
      hasHandlerDuration: true,
    });
  });

  it('S-W5, S-W6, F8 takes ids of 8 bytes and no others', () => {
    for (const [feature, name] of [
      [FEATURE.CONNECTION_ID, 'connectionId'],
      [FEATURE.STREAM_PARENT, 'streamParent'],
    ] as const) {
      const features = decode(frameOf(record(feature, '0000010000000080')));
      expect(features?.[name]).to.equal(0x8000_0000_0001_0000n);
      expect(encodeNegotiation({ ...NOTHING, [name]: 0x8000_0000_0001_0000n })).to.deep.equal(
        frameOf(record(feature, '0000010000000080')),
      );
      for (const data of ['', '01', '00000100000000', '000001000000008000']) {
        const { message } = refusal(frameOf(record(feature, data)));
        expect(message).to.match(/^feature [A-Z]+_[A-Z]+ has \d bytes in place of 8$/);
      }
    }
  });

  it('S-W7 carries a cookie raw, without a length of its own', () => {
    const frame = encodeNegotiation({ ...NOTHING, isolation: Buffer.from('gold') });
    expect(frame.toString('hex')).to.equal(frameOf(record(4, '676f6c64')).toString('hex'));
    expect(decode(frameOf(record(4, '00ff')))?.isolation?.toString('hex')).to.equal('00ff');
  });
});
