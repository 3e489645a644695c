import * as zlib from 'node:zlib';

import { expect } from 'chai';

import { lz4, lz4Fragmented, zstd } from '../../lib/compression.ts';
import type { CompressorFactory } from '../../lib/compression.ts';
import { type Client, MessageTooLargeError, RemoteError, verb } from '../../lib/index.ts';
import { raw } from '../../lib/layout.ts';
import { rejectionOf } from '../support/rejection.ts';
import { randomSample, textSample } from '../support/samples.ts';
import { withServer } from '../support/with-server.ts';

const echo = verb(2, { args: raw, result: raw });
const LIMIT = 100_000;
const MIB_16 = 16_777_216;

const KINDS = { text: textSample, random: randomSample };
const hasZstd = 'zstdCompressSync' in zlib;

/** Undefined where this Node has none. */
const COMPRESSORS: Readonly<Record<string, CompressorFactory | undefined>> = {
  lz4: lz4(),
  lz4Fragmented: lz4Fragmented(),
  zstd: hasZstd ? zstd() : undefined,
};

for (const [name, compression] of Object.entries(COMPRESSORS)) {
  const why = compression === undefined ? ' (skipped: this Node has no zstd)' : '';
  const describeIt = compression === undefined ? describe.skip : describe;

  describeIt(`limits under compression: ${name}${why}`, () => {
    for (const [kind, sample] of Object.entries(KINDS)) {
      it(`F9, E2 a request of ${kind} above the limit fails its call alone`, async () => {
        const options = { both: { compression }, server: { limits: { maxRequestBytes: LIMIT } } };
        await withServer(options, async ({ server, client }) => {
          server.handle(echo, (_context, bytes) => bytes);
          for (const length of [LIMIT + 1, 3 * LIMIT]) {
            const error = await rejectionOf(client.call(echo, sample(length)), RemoteError);
            expect(error.message).to.include(`a message of ${length} bytes is above the limit`);
            expect(error.message).to.include('maxRequestBytes');
          }
          await expectEcho(client, sample(LIMIT));
        });
      });

      it(`F9, E2 a reply of ${kind} above the limit fails its call alone`, async () => {
        const options = { both: { compression }, client: { limits: { maxReplyBytes: LIMIT } } };
        await withServer(options, async ({ server, client }) => {
          server.handle(echo, (_context, bytes) => bytes);
          for (const length of [LIMIT + 1, 3 * LIMIT]) {
            const error = await rejectionOf(
              client.call(echo, sample(length)),
              MessageTooLargeError,
            );
            expect(error).to.include({ actualBytes: length, limitBytes: LIMIT, scope: 'call' });
          }
          await expectEcho(client, sample(LIMIT));
        });
      });
    }

    it('E2 bytes that do not compress pass up to the limit of 16 MiB', async () => {
      await withServer({ both: { compression } }, async ({ server, client }) => {
        server.handle(echo, (_context, bytes) => bytes);
        await expectEcho(client, randomSample(MIB_16));
      });
    });

    it('F9 a request above maxSkipBytes ends its connection, and the error is read', async () => {
      const limits = { maxRequestBytes: 10, maxSkipBytes: 1_000 };
      await withServer({ both: { compression }, server: { limits } }, async (pair) => {
        pair.server.handle(echo, (_context, bytes) => bytes);
        await rejectionOf(pair.client.call(echo, randomSample(1_001)), RemoteError);
        await expectEcho(await pair.connect(), Buffer.of(1));
      });
    });
  });
}

async function expectEcho(client: Client, bytes: Buffer): Promise<void> {
  const back = await client.call(echo, bytes);
  expect(Buffer.compare(back, bytes)).to.equal(0);
}
