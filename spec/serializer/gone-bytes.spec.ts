import { Binary } from 'bson';
import { expect } from 'chai';
import { runInNewContext } from 'node:vm';

import { SerializationError } from '../../lib/errors/errors.ts';
import { array, bson, bytes, packed, raw, record, shaped } from '../../lib/layout.ts';
import { areGone, GONE_BYTES } from '../../lib/serializer/gone-bytes.ts';
import type { Serializer } from '../../lib/serializer/serializer.ts';
import { rejectionOf } from '../support/rejection.ts';
import { transfer, transferred } from '../support/transferred.ts';
import { withServer } from '../support/with-server.ts';
import { encode } from './support/codec.ts';

function pathOfRefusal(serializer: Serializer, value: unknown): string {
  try {
    encode(serializer, [value]);
    return 'taken';
  } catch (error) {
    if (!(error instanceof SerializationError)) throw error;
    expect(error.message).to.contain(GONE_BYTES);
    return error.path;
  }
}

describe('bytes without their memory', () => {
  it('are told from bytes that there never were any of', () => {
    expect(areGone(transferred())).to.equal(true);
    expect(areGone(Buffer.from(transferred()))).to.equal(false);
    expect(areGone(new Uint8Array(0))).to.equal(false);
    expect(areGone(new Uint8Array(new ArrayBuffer(8), 8))).to.equal(false);
  });

  it('are noticed as well where their buffer has shrunk', () => {
    const shrunk: unknown = runInNewContext(`
      const buffer = new ArrayBuffer(16, { maxByteLength: 16 });
      const end = new Uint8Array(buffer, 8, 8);
      buffer.resize(12);
      end`);
    expect(areGone(shrunk as Uint8Array)).to.equal(true);
  });

  it('are refused with their path by every serializer', () => {
    const gone = transferred();
    const binary = new Binary(new Uint8Array(4));
    transfer(binary.buffer);
    binary.position = 0;
    expect(pathOfRefusal(raw, gone)).to.equal('[0]');
    expect(pathOfRefusal(packed(bytes), gone)).to.equal('[0]');
    expect(pathOfRefusal(packed(array(bytes)), [new Uint8Array(1), gone])).to.equal('[0][1]');
    expect(pathOfRefusal(record({ page: bytes }), { page: gone })).to.equal('[0].page');
    expect(pathOfRefusal(shaped(bytes), gone)).to.equal('[0]');
    expect(pathOfRefusal(bson, { pages: [gone] })).to.equal('[0].pages[0]');
    expect(pathOfRefusal(bson, new Map([['page', gone]]))).to.equal('[0].page');
    expect(pathOfRefusal(bson, { page: binary })).to.equal('[0].page');
  });

  it('fail a call, or the stream whose item they are', async () => {
    await withServer(async ({ client, server }) => {
      async function* pages(): AsyncGenerator<Uint8Array, void, undefined> {
        yield await Promise.resolve(transferred());
      }
      server.expose('s', { length: (page: Uint8Array) => page.length, pages });
      const api = client.api<{ length(page: Uint8Array): number; pages: typeof pages }>('s');
      const error = await rejectionOf(api.length(transferred()), SerializationError);
      expect(error.message).to.contain(GONE_BYTES);
      const lost = await rejectionOf((await api.pages()).read(), Error);
      expect(lost.message).to.contain(GONE_BYTES);
    });
  });
});
