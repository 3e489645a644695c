import { expect } from 'chai';

import { MessageTooLargeError, verb } from '../../lib/index.ts';
import { bytes, packed, raw } from '../../lib/layout.ts';
import { rejectionOf } from '../support/rejection.ts';
import { withServer } from '../support/with-server.ts';

const BARE = verb(1, { args: raw, result: packed() });
const PREFIXED = verb(2, { args: packed(bytes), result: packed() });

describe('the limit of a message', () => {
  it('counts all that the serializer writes, with the length in front of bytes', async () => {
    const limits = { maxRequestBytes: 1_024 };
    await withServer({ both: { limits } }, async ({ client, server }) => {
      const sizes: number[] = [];
      server.handle(BARE, (_context, given) => void sizes.push(given.length));
      server.handle(PREFIXED, (_context, given) => void sizes.push(given.length));
      await client.call(BARE, Buffer.alloc(1_024));
      await client.call(PREFIXED, Buffer.alloc(1_020));
      for (const call of [
        client.call(BARE, Buffer.alloc(1_025)),
        client.call(PREFIXED, Buffer.alloc(1_021)),
      ]) {
        const { actualBytes } = await rejectionOf(call, MessageTooLargeError);
        expect(actualBytes).to.equal(1_025);
      }
      expect(sizes).to.deep.equal([1_024, 1_020]);
    });
  });
});
