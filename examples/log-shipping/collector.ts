import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { listen, StatusError } from 'sluice';

/** Whole lines of a host's log, as one member of a gzip file. */
export interface Batch {
  /** Where the lines begin in the log. */
  readonly offset: number;
  readonly gzip: Uint8Array;
}

const MAX_BATCH_BYTES = 1_048_576;
const decompress = promisify(gunzip);
const [folder = ''] = process.argv.slice(2);

/** What has been stored of each host's log, by the bytes of the log itself. */
class Collector {
  readonly #offsets = new Map<string, number>();

  /** Where an agent begins, or goes on after a crash. */
  stored(host: string): number {
    return this.#offsets.get(host) ?? 0;
  }

  /** Stores batches, and answers with the offset behind each that is safely on disk. */
  async *ship(host: string, batches: AsyncIterable<Batch>): AsyncGenerator<number> {
    if (!/^[a-z]+$/.test(host)) throw new StatusError('invalid-argument', 'that is no host');
    const file = await open(join(folder, `${host}.log.gz`), 'a');
    try {
      for await (const batch of batches) yield await this.#store(host, file, batch);
    } finally {
      await file.close();
    }
  }

  /** A file of several gzip members is a gzip file, so that nothing is compressed again. */
  async #store(host: string, file: FileHandle, { offset, gzip }: Batch): Promise<number> {
    const expected = this.stored(host);
    if (offset !== expected) throw new StatusError('out-of-range', `${offset}, not ${expected}`);
    const lines = await decompress(gzip, { maxOutputLength: MAX_BATCH_BYTES });
    await file.appendFile(gzip);
    await file.datasync();
    this.#offsets.set(host, offset + lines.length);
    return offset + lines.length;
  }
}

export type { Collector };

const server = await listen({ host: '127.0.0.1', port: 0 });
server.expose('collector', new Collector());
process.once('SIGTERM', () => void server.close({ graceMs: 20_000 }));
console.log(server.address.port);
