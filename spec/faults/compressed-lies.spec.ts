import { expect } from 'chai';

import { lz4, lz4Fragmented } from '../../lib/compression.ts';
import { packed, raw, sourceOf, bytes } from '../../lib/layout.ts';
import { type Source, verb, StreamClosedError } from '../../lib/index.ts';
import { compressorOf } from '../compression/compressor-suite.ts';
import { hex } from '../support/chunks.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { withPeers } from '../support/scripted-peer.ts';
import { ECHO } from '../support/session.ts';
import { requestBytes, streamFrame, u32le, u64le } from '../support/wire-bytes.ts';
import { withServer } from '../support/with-server.ts';

const COPY = verb(30, { args: raw, result: raw });
const READ = verb(31, { args: packed(sourceOf(bytes)) });
const LIMIT = 100_000;

const honest = compressorOf(lz4());

function wrapped(payload: Buffer): Buffer {
  return Buffer.concat([u32le(payload.length), payload]);
}

/** The frame under a size of our choice. */
function declared(frame: Buffer, size: number): Buffer {
  const payload = Buffer.from(honest.compress(frame));
  payload.writeUInt32LE(size, 0);
  return wrapped(payload);
}

/** What a compressed frame can lie about, made of a frame that is in order. */
const LIES: readonly [what: string, lie: (frame: Buffer) => Buffer][] = [
  ['a size above the real one', (frame) => declared(frame, frame.length + 1)],
  ['a size below the real one', (frame) => declared(frame, frame.length - 1)],
  ['a size of 0', (frame) => declared(frame, 0)],
  ['a size of 4 GiB', (frame) => declared(frame, 0xffff_ffff)],
  [
    'far more than the limit, well compressed',
    () => wrapped(honest.compress(Buffer.alloc(10 * LIMIT))),
  ],
  ['a reference before the start', () => wrapped(hex('20000000 1f41 0800 0f 5041424344'))],
];

describe('F12 a compressed frame that lies', () => {
  for (const [what, lie] of LIES) {
    it(`F12 about ${what} ends its main connection and no other`, async () => {
      const log = new CollectedLog();
      const options = {
        both: { compression: lz4() },
        server: { logger: log, limits: { maxRequestBytes: LIMIT } },
      };
      await withServer(options, async ({ server, client }) => {
        server.handle(COPY, (_context, payload) => payload);
        server.handle(ECHO, (_context, text) => text);
        await withPeers(server.address.port, async (join) => {
          const { peer } = await join({ compress: 'LZ4' });
          peer.write(wrapped(honest.compress(requestBytes(30, 1n, Buffer.alloc(50)))));
          const header = await peer.take(4);
          await peer.take(header.readUInt32LE(0));
          peer.write(lie(requestBytes(30, 2n, Buffer.alloc(50))));
          // No reply, and not a byte of anybody's memory.
          expect(await peer.takeAll()).to.have.length(0);
          await log.line(/server connection dropped: /);
        });
        expect(await client.call(ECHO, 'still here')).to.equal('still here');
      });
    });

    it(`F12 about ${what} fails its stream and no other`, async () => {
      const options = { both: { compression: lz4(), limits: { maxStreamMessageBytes: LIMIT } } };
      await withServer(options, async ({ server, client }) => {
        let sourceArrived: (source: Source<[Uint8Array]>) => void = () => {};
        const arriving = new Promise<Source<[Uint8Array]>>((resolve) => (sourceArrived = resolve));
        server.handle(READ, (_context, input) => sourceArrived(input));
        server.handle(ECHO, (_context, text) => text);
        await withPeers(server.address.port, async (join) => {
          const main = await join({ compress: 'LZ4' });
          const child = await join({ compress: 'LZ4', streamParent: main.id });
          const good = streamFrame(Buffer.concat([u32le(50), Buffer.alloc(50)]));
          main.peer.write(wrapped(honest.compress(requestBytes(31, 1n, u64le(child.id)))));
          const source = await arriving;
          child.peer.write(wrapped(honest.compress(good)), lie(good));
          expect((await source.read())?.[0]).to.have.length(50);
          const error = await source.read().then(
            () => undefined,
            (reason: unknown) => reason,
          );
          expect(error).to.be.instanceOf(StreamClosedError);
          main.peer.write(wrapped(honest.compress(requestBytes(99, 2n, Buffer.alloc(0)))));
          const header = await main.peer.take(4);
          await main.peer.take(header.readUInt32LE(0));
        });
        expect(await client.call(ECHO, 'still here')).to.equal('still here');
      });
    });
  }

  it('F12 about its chunks ends its connection, with LZ4_FRAGMENTED', async () => {
    await withServer({ both: { compression: lz4Fragmented() } }, async ({ server, client }) => {
      server.handle(ECHO, (_context, text) => text);
      const lies = [
        hex('ffffffff 00'),
        hex('00000080'),
        hex('10000000 00'),
        hex('04000080 4f ffffffff 0000'),
      ];
      for (const lie of lies) {
        await withPeers(server.address.port, async (join) => {
          const { peer } = await join({ compress: 'LZ4_FRAGMENTED' });
          peer.write(wrapped(lie));
          expect(await peer.takeAll()).to.have.length(0);
        });
      }
      expect(await client.call(ECHO, 'still here')).to.equal('still here');
    });
  });
});
