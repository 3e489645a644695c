import { expect } from 'chai';

import { ByteWriter } from '../../../lib/base/byte-writer.ts';
import { SlabPool } from '../../../lib/base/slab-pool.ts';
import { encodePlain } from '../../../lib/document/plain-bson.ts';
import { MAX_ENVELOPE_BYTES } from '../../../lib/service/frame/envelope.ts';
import { splitEnvelope, writeEnvelope } from '../../../lib/service/frame/envelope-frame.ts';
import { expectRefusal, hex } from '../../serializer/support/codec.ts';

function written(envelope: Buffer | undefined, tuple: Buffer): Buffer {
  const out = new ByteWriter(new SlabPool());
  writeEnvelope(out, envelope);
  out.append(tuple);
  return Buffer.from(out.takeBytes());
}

describe('service/envelope-frame', () => {
  it('costs one byte where there is no envelope', () => {
    const bytes = written(undefined, hex('cafe'));
    expect(bytes).to.deep.equal(hex('00 cafe'));
    expect(splitEnvelope(bytes)).to.deep.equal({ envelope: undefined, tuple: hex('cafe') });
  });

  it('puts the envelope before the tuple', () => {
    const envelope = encodePlain({ s: 5 });
    const bytes = written(envelope, hex('cafe'));
    expect(bytes).to.deep.equal(Buffer.concat([hex('01'), envelope, hex('cafe')]));
    expect(splitEnvelope(bytes)).to.deep.equal({ envelope, tuple: hex('cafe') });
  });

  it('gives views of the message, which may be empty', () => {
    const bytes = written(encodePlain({ s: 5 }), Buffer.alloc(0));
    const { envelope, tuple } = splitEnvelope(bytes);
    expect(envelope?.buffer).to.equal(bytes.buffer);
    expect(tuple).to.have.length(0);
    expect(tuple.buffer).to.equal(bytes.buffer);
    expect(splitEnvelope(hex('00')).tuple).to.have.length(0);
  });

  for (const [what, bytes, text] of [
    ['nothing at all', '', 'of kind none'],
    ['an unknown kind', '02', 'of kind 2'],
    ['an envelope without a length', '01', 'of at least 5 bytes where 0 are left'],
    ['an envelope with half a length', '01 0500', 'of at least 5 bytes where 2 are left'],
    ['an envelope that is too short for a document', '01 04000000 00', 'of 4 bytes, less than 5'],
    ['an envelope of negative length', '01 ffffffff 00', 'of 4294967295 bytes where 5 are left'],
    ['an envelope that runs past the end', '01 06000000 00', 'of 6 bytes where 5 are left'],
  ] as const) {
    it(`refuses ${what}`, () => {
      expectRefusal(() => splitEnvelope(hex(bytes)), {
        path: '',
        message: new RegExp(`an envelope ${text}`),
        initiator: 'remote',
      });
    });
  }

  it('takes an envelope of 64 KiB and no more, by the length that it announces', () => {
    const bytes = Buffer.alloc(MAX_ENVELOPE_BYTES + 2);
    bytes[0] = 1;
    bytes.writeInt32LE(MAX_ENVELOPE_BYTES, 1);
    expect(splitEnvelope(bytes).envelope).to.have.length(MAX_ENVELOPE_BYTES);
    bytes.writeInt32LE(MAX_ENVELOPE_BYTES + 1, 1);
    expectRefusal(() => splitEnvelope(bytes), {
      path: '',
      message: /more than 65536/,
      initiator: 'remote',
    });
  });
});
