import { expect } from 'chai';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';

import { blobOf, receiveBytes, receiveFile, sendFrom } from '../../lib/blob.ts';
import { TimeoutError } from '../../lib/index.ts';
import { advance, createTestPair, runUntil, type TestPair } from '../../lib/testing.ts';
import { withFolder } from '../support/blobs.ts';
import { rejectionOf } from '../support/rejection.ts';
import { until } from '../support/turns.ts';

const LIMIT_MS = 1_000;

/** A method whose blob never has a chunk. */
const service = { idle: (timeoutMs: number) => blobOf(new PassThrough(), { timeoutMs }) };

/** Each byte is 7. */
const random = { bytes: (count: number) => Buffer.alloc(count, 7) };

/** Runs a test with the service and a clock that stands still. */
async function withPair(run: (pair: TestPair) => Promise<void>): Promise<void> {
  await using pair = await createTestPair({ client: { random } });
  pair.server.expose('blobs', service);
  await run(pair);
}

describe('blobs and the clock of their client or server', () => {
  it('N4 ends what is sent into a sink by the clock of the sink', async () => {
    await withPair(async ({ client, clock }) => {
      const sink = await runUntil(clock, client.makeStreamSink<[Uint8Array]>());
      const sending = rejectionOf(sendFrom(sink, new PassThrough(), { timeoutMs: LIMIT_MS }));
      await advance(clock, LIMIT_MS);
      expect(await sending).to.be.instanceOf(TimeoutError);
    });
  });

  it('N4 ends what is received by the clock of the stream', async () => {
    await withPair(async ({ client, clock }) => {
      const idle = await client.api<typeof service>('blobs').idle(0);
      const receiving = rejectionOf(receiveBytes(idle, { timeoutMs: LIMIT_MS }));
      await advance(clock, LIMIT_MS);
      expect(await receiving).to.be.instanceOf(TimeoutError);
    });
  });

  it('N4 ends what is received of a call by the clock of the client', async () => {
    await withPair(async ({ client, clock }) => {
      const call = client.api<typeof service>('blobs').idle(0);
      const receiving = rejectionOf(receiveBytes(call, { timeoutMs: LIMIT_MS }));
      await advance(clock, LIMIT_MS);
      expect(await receiving).to.be.instanceOf(TimeoutError);
    });
  });

  it('N4 ends a blob that is a value by the clock of the end that sends it', async () => {
    await withPair(async ({ client, clock }) => {
      const idle = await client.api<typeof service>('blobs').idle(LIMIT_MS);
      const receiving = rejectionOf(receiveBytes(idle), Error);
      await advance(clock, LIMIT_MS);
      expect(await receiving).to.have.property('name', 'TimeoutError');
    });
  });

  it('F33 names the file that is not complete by the dice of the end that receives it', async () => {
    await withFolder(async (folder) => {
      await withPair(async ({ client, clock }) => {
        const idle = client.api<typeof service>('blobs').idle(0);
        const path = join(folder, 'file');
        const receiving = rejectionOf(receiveFile(idle, path, { timeoutMs: LIMIT_MS }));
        await until(() => readdirSync(folder).length > 0);
        expect(readdirSync(folder)).to.deep.equal(['.sluice-0707070707070707.tmp']);
        await advance(clock, LIMIT_MS);
        expect(await receiving).to.be.instanceOf(TimeoutError);
      });
    });
  });
});
