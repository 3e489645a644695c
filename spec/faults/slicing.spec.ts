import { expect } from 'chai';

import {
  type CompressorFactory,
  lz4,
  lz4Fragmented,
  multiCompressor,
} from '../../lib/compression.ts';
import { packed, raw, sourceOf } from '../../lib/layout.ts';
import { verb } from '../../lib/index.ts';
import { randomBytes } from '../support/chunks.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { withPeers } from '../support/scripted-peer.ts';
import { GOOD_SESSION, runSession, serveSession } from '../support/session.ts';
import type { Toxics } from '../support/toxics.ts';
import { EOS_FRAME, replyBytes, requestBytes, streamFrame, u64le } from '../support/wire-bytes.ts';
import { withServer } from '../support/with-server.ts';

const COMPRESSIONS: readonly [name: string, compression: CompressorFactory | undefined][] = [
  ['plain', undefined],
  ['LZ4', lz4()],
  ['LZ4_FRAGMENTED', lz4Fragmented()],
  ['a list of both', multiCompressor(lz4Fragmented(), lz4())],
];

const SLICERS: readonly [name: string, toxics: Toxics][] = [
  ['one byte at a time', { slicer: 'bytes' }],
  ...[1, 2, 3].map((seed): [string, Toxics] => [`randomly, seed ${seed}`, { slicer: { seed } }]),
];

const COPY = verb(30, { args: raw, result: raw });
const CONSUME = verb(31, { args: packed(sourceOf(raw)) });

describe('F10 bytes that come', () => {
  for (const [name, compression] of COMPRESSIONS) {
    for (const [how, toxics] of SLICERS) {
      it(`F10 ${how} make the same session, ${name}`, () =>
        withServer({ both: { compression } }, async ({ server, start }) => {
          const ends = serveSession(server);
          const script = () => ({ toServer: toxics, toClient: toxics });
          await using proxy = await FaultProxy.start(server.address.port, script);
          const client = start({ port: proxy.port });
          expect(await runSession(client)).to.deep.equal(GOOD_SESSION);
          expect(ends).to.deep.equal(['end after 3']);
          await client.close();
        }));
    }
  }

  it('F10 all at once make the same replies and messages', () =>
    withServer(async ({ server }) => {
      const received: Uint8Array[] = [];
      let isOver: () => void = () => {};
      const over = new Promise<void>((resolve) => (isOver = resolve));
      server.handle(COPY, (_context, payload) => payload);
      server.handle(CONSUME, async (_context, input) => {
        for await (const [message] of input) received.push(message);
        isOver();
      });
      await withPeers(server.address.port, async (join) => {
        const main = await join();
        const child = await join({ streamParent: main.id });
        const payloads = Array.from({ length: 300 }, (_, index) => randomBytes(index * 7, index));
        const requests = payloads.map((payload, index) =>
          requestBytes(30, BigInt(index + 1), payload),
        );
        main.peer.write(...requests, requestBytes(31, 301n, u64le(child.id)));
        child.peer.write(...payloads.map((payload) => streamFrame(payload)), EOS_FRAME);
        const replies = payloads.map((payload, index) => replyBytes(BigInt(index + 1), payload));
        const expected = Buffer.concat(replies);
        expect((await main.peer.take(expected.length)).equals(expected)).to.equal(true);
        await over;
        expect(Buffer.concat(received).equals(Buffer.concat(payloads))).to.equal(true);
        expect(received).to.have.length(payloads.length);
      });
    }));
});
