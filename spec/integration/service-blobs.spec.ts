import { expect } from 'chai';
import { createReadStream } from 'node:fs';
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';

import type { Api, LocalStream } from '../../lib/index.ts';
import {
  blobOf,
  fileBlob,
  partialBytes,
  receiveBytes,
  receiveFile,
  receiveInto,
} from '../../lib/blob.ts';
import { ChecksumError } from '../../lib/errors/errors.ts';
import { openFilesBelow, sha256, withFolder } from '../support/blobs.ts';
import { rejectionOf } from '../support/rejection.ts';
import { randomSample } from '../support/samples.ts';
import { until } from '../support/turns.ts';
import { withServer } from '../support/with-server.ts';

const CONTENT = randomSample(1_000_000);
const CHECKED = { checksum: 'sha256', appendDigest: true } as const;

/** A place for files, as a service. */
class Files {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  get(name: string, resumeFrom = 0): LocalStream<Uint8Array> {
    return fileBlob(join(this.folder, name), { ...CHECKED, resumeFrom });
  }

  async put(name: string, content: AsyncIterable<Uint8Array>): Promise<number> {
    const { bytes } = await receiveFile(content, join(this.folder, name), { checksum: 'sha256' });
    return bytes;
  }

  /** Async, so that it is a call and no stream. */
  async describe(name: string): Promise<{ name: string; content: LocalStream<Uint8Array> }> {
    return await Promise.resolve({ name, content: this.get(name) });
  }
}

/** Runs a test with a file called `file` at the server, and another folder for the client. */
async function withFiles(
  run: (
    api: Api<Files>,
    folders: { readonly there: string; readonly here: string },
  ) => Promise<void>,
): Promise<void> {
  await withFolder(async (there) => {
    await writeFile(join(there, 'file'), CONTENT);
    await withFolder(async (here) => {
      await withServer(async ({ server, client }) => {
        server.expose('files', new Files(there));
        await run(client.api<Files>('files'), { there, here });
        await until(() => openFilesBelow(there).length + openFilesBelow(here).length === 0);
      });
    });
  });
}

describe('blobs as values of services', () => {
  it('N4 a result is received as a file', async () => {
    await withFiles(async (api, { here }) => {
      const path = join(here, 'copy');
      const options = { checksum: 'sha256', expectedDigest: 'appended' } as const;
      const report = await receiveFile(api.get('file'), path, options);
      expect(report).to.deep.equal({ bytes: CONTENT.length, digest: sha256(CONTENT) });
      expect(CONTENT.equals(await readFile(path))).to.equal(true);
    });
  });

  it('N4 a field of a result is received as bytes', async () => {
    await withFiles(async (api) => {
      const { name, content } = await api.describe('file');
      expect(name).to.equal('file');
      expect(CONTENT.equals(await receiveBytes(content))).to.equal(true);
    });
  });

  it('N4 arguments are bytes, files and Readables', async () => {
    await withFiles(async (api, { there, here }) => {
      const path = join(here, 'original');
      await writeFile(path, CONTENT);
      for (const [name, blob] of Object.entries({
        bytes: blobOf(CONTENT, CHECKED),
        file: fileBlob(path, CHECKED),
        readable: blobOf(createReadStream(path), CHECKED),
      })) {
        expect(await api.put(name, blob)).to.equal(CONTENT.length);
        expect(CONTENT.equals(await readFile(join(there, name))), name).to.equal(true);
      }
    });
  });

  it('N4 one blob is sent twice', async () => {
    await withFiles(async (api, { there }) => {
      const blob = blobOf(CONTENT);
      await api.put('one', blob);
      await api.put('two', blob);
      expect(CONTENT.equals(await readFile(join(there, 'two')))).to.equal(true);
    });
  });

  it('N4 a transfer that was broken off is resumed', async () => {
    await withFiles(async (api, { here }) => {
      const path = join(here, 'copy');
      const abort = new AbortController();
      const options = { resume: true, checksum: 'sha256' } as const;
      const onProgress = (bytes: number): void => {
        if (bytes > 300_000) abort.abort();
      };
      const first = receiveFile(api.get('file'), path, {
        ...options,
        onProgress,
        signal: abort.signal,
      });
      await rejectionOf(first);
      const resumeFrom = await partialBytes(path);
      expect(resumeFrom).to.be.within(300_000, CONTENT.length - 1);

      const report = await receiveFile(api.get('file', resumeFrom), path, options);
      expect(report).to.deep.equal({ bytes: CONTENT.length, digest: sha256(CONTENT) });
      expect(await readdir(here)).to.deep.equal(['copy']);
    });
  });

  it('F33 what the file system says at the other side arrives, and nothing is left', async () => {
    await withFiles(async (api, { here }) => {
      const receiving = receiveFile(api.get('missing'), join(here, 'copy'));
      expect(await rejectionOf(receiving, Error)).to.include({ code: 'ENOENT' });
      expect(await readdir(here)).to.deep.equal([]);
    });
  });

  it('F33 a file that becomes shorter while it is sent leaves nothing', async () => {
    await withFiles(async (api, { there, here }) => {
      await writeFile(join(there, 'large'), Buffer.alloc(30_000_000));
      const stuck = new PassThrough({ highWaterMark: 1 });
      const receiving = rejectionOf(receiveInto(api.get('large'), stuck), Error);
      await until(() => stuck.writableNeedDrain);
      await truncate(join(there, 'large'), 1_000_000);
      stuck.resume();
      expect(await receiving).to.include({ code: 'EIO' });
      expect(await readdir(here)).to.deep.equal([]);
    });
  });

  it('F33 a producer that fails at the client leaves nothing at the server', async () => {
    await withFiles(async (api, { there }) => {
      const failing = Readable.from(
        (async function* () {
          yield CONTENT;
          await Promise.resolve();
          throw new Error('the camera is gone');
        })(),
      );
      const error = await rejectionOf(api.put('upload', blobOf(failing)), Error);
      expect(error.message).to.equal('the camera is gone');
      expect(await readdir(there)).to.deep.equal(['file']);
    });
  });

  it('F33 a digest that is wrong is told to the one who sent it', async () => {
    await withFiles(async (api, { there }) => {
      const messages = [
        CONTENT,
        Buffer.alloc(0),
        Buffer.concat([Buffer.from('sha256:'), Buffer.alloc(32)]),
      ];
      const error = await rejectionOf(api.put('upload', Readable.from(messages)), Error);
      expect(error).to.include({ name: ChecksumError.name, code: 'ERR_CHECKSUM' });
      expect(await readdir(there)).to.deep.equal(['file']);
    });
  });

  it('N4 a Readable is destroyed when the other side wants no more, or never did', async () => {
    await withServer(async ({ server, client }) => {
      const idle: PassThrough[] = [];
      const get = (): LocalStream<Uint8Array> => {
        const readable = new PassThrough();
        readable.write('first');
        idle.push(readable);
        return blobOf(readable);
      };
      const service = { get, both: () => Promise.resolve({ one: get(), two: get() }) };
      server.expose('idle', service);
      const api = client.api<typeof service>('idle');
      const read: string[] = [];
      for await (const chunk of api.get()) {
        read.push(String(chunk));
        break;
      }
      expect(read).to.deep.equal(['first']);
      await until(() => idle[0]?.destroyed === true);
      const { one, two } = await api.both();
      one.cancel();
      two.cancel();
      await until(() => idle.every(({ destroyed }) => destroyed));
      expect(idle).to.have.length(3);
    });
  });
});
