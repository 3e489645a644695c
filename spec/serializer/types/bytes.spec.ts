import { expect } from 'chai';

import { ByteWriter, REFERENCE_BYTES } from '../../../lib/base/byte-writer.ts';
import { SlabPool } from '../../../lib/base/slab-pool.ts';
import { bytes } from '../../../lib/serializer/types/bytes.ts';
import { packed } from '../../../lib/serializer/packed/packed.ts';
import { decode, encode, expectRefusal, hex, prefixesOf } from '../support/codec.ts';
import { FakeHandles } from '../support/fake-handles.ts';

const blob = packed(bytes);

describe('serializer/packed/bytes', () => {
  it('is a length and the bytes', () => {
    expect(encode(blob, [hex('cafe')])).to.deep.equal(hex('02000000 cafe'));
    expect(encode(blob, [new Uint8Array(0)])).to.deep.equal(hex('00000000'));
  });

  it('reads a view of the message', () => {
    const message = hex('02000000 cafe');
    const [view] = decode(blob, message);
    expect(view).to.deep.equal(hex('cafe'));
    expect(view.buffer).to.equal(message.buffer);
  });

  it('references large bytes', () => {
    for (const [byteLength, isReferenced] of [
      [REFERENCE_BYTES - 1, false],
      [REFERENCE_BYTES, true],
    ] as const) {
      const out = new ByteWriter(new SlabPool());
      const value = new Uint8Array(byteLength);
      blob.encode([value], out, new FakeHandles());
      const isShared = out.takeSegments().some((segment) => segment.buffer === value.buffer);
      expect(isShared).to.equal(isReferenced);
    }
  });

  it('refuses what is no Uint8Array', () => {
    for (const value of ['x', [1], new ArrayBuffer(1), new Uint16Array(1), null, undefined]) {
      expectRefusal(() => encode(blob, [value as unknown as Uint8Array]), {
        path: '[0]',
        message: 'bytes takes a Uint8Array',
        initiator: 'local',
      });
    }
  });

  it('is refused when cut', () => {
    for (const prefix of prefixesOf(hex('02000000 cafe'))) {
      expectRefusal(() => decode(blob, prefix), {
        path: '[0]',
        message: 'bytes runs past the end of the message',
        initiator: 'remote',
      });
    }
  });
});
