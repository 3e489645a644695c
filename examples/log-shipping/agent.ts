import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { connect, stream } from 'sluice';

import type { Batch, Collector } from './collector.ts';

const BATCH_BYTES = 65_536;
const POLL_MS = 20;
const compress = promisify(gzip);
const [host = '', port = '', path = ''] = process.argv.slice(2);

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());

const client = await connect({ host: '127.0.0.1', port: Number(port) });
const collector = client.api<Collector>('collector');
const file = await open(path);

/**
 * The lines of the file from an offset on, and those that are written later, until the agent is told
 * to stop. A batch is read and compressed when the collector has room for it.
 */
async function* batches(file: FileHandle, from: number): AsyncGenerator<Batch> {
  const buffer = Buffer.alloc(BATCH_BYTES);
  for (let offset = from; ;) {
    const { bytesRead } = await file.read(buffer, 0, BATCH_BYTES, offset);
    const wholeBytes = buffer.subarray(0, bytesRead).lastIndexOf('\n') + 1;
    if (wholeBytes > 0) {
      yield { offset, gzip: await compress(buffer.subarray(0, wholeBytes)) };
      offset += wholeBytes;
    } else if (stop.signal.aborted) {
      return;
    } else {
      await setTimeout(POLL_MS);
    }
  }
}

const from = await collector.stored(host);
for await (const offset of collector.ship(host, stream(batches(file, from)))) console.log(offset);

await file.close();
await client.close();
