import { expect } from 'chai';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import {
  CanceledError,
  MessageTooLargeError,
  OptionError,
  StreamClosedError,
} from '../../lib/index.ts';
import { ChecksumError } from '../../lib/errors/errors.ts';
import {
  fileBlob,
  partialBytes,
  receiveFile,
  type ReceiveFileOptions,
  sendBytes,
  type SendBlobOptions,
  sendFile,
} from '../../lib/blob.ts';
import { Deferred } from '../../lib/base/deferred.ts';
import { BlobReceiver, type Disk, smallDiskObstacle } from '../support/blob-receiver.ts';
import {
  CHUNK_BYTES,
  openFilesBelow,
  sha256,
  withByteStream,
  withFolder,
} from '../support/blobs.ts';
import { rejectionOf } from '../support/rejection.ts';
import { randomSample } from '../support/samples.ts';

const CONTENT = randomSample(1_000_000);

/** Receives what is sent as `file` in a folder; checks that the producer ends and nothing stays open. */
async function transfer(
  folder: string,
  bytes: Uint8Array,
  options: ReceiveFileOptions = {},
  sending: SendBlobOptions = {},
): Promise<unknown> {
  let outcome: unknown;
  await withByteStream(async ({ sink, source }) => {
    const sent = sendBytes(sink, bytes, sending).catch(() => {});
    outcome = await receiveFile(source, join(folder, 'file'), options).catch(
      (error: unknown) => error,
    );
    await sent;
    if (!(outcome instanceof Error && 'code' in outcome && outcome.code === 'EBUSY')) {
      expect(openFilesBelow(folder)).to.deep.equal([]);
    }
  });
  return outcome;
}

describe('receiveFile', () => {
  for (const bytes of [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 10_485_760]) {
    it(`N4 receives a file of ${bytes} bytes`, async () => {
      await withFolder(async (folder) => {
        const sent = randomSample(bytes);
        const report = await transfer(folder, sent, { checksum: 'sha256' });
        expect(report).to.deep.equal({ bytes, digest: sha256(sent) });
        expect(sent.equals(await readFile(join(folder, 'file')))).to.equal(true);
        expect(await readdir(folder)).to.deep.equal(['file']);
      });
    });
  }

  it('N4 receives what any iterable gives, a blob that is a value included', async () => {
    await withFolder(async (folder) => {
      const [from, to] = [join(folder, 'from'), join(folder, 'to')];
      await writeFile(from, CONTENT);
      await receiveFile(fileBlob(from), to);
      expect(CONTENT.equals(await readFile(to))).to.equal(true);
    });
  });

  for (const [mode, expected] of [
    [undefined, 0o600],
    [0o644, 0o644],
    [0o400, 0o400],
  ] as const) {
    it(`N4 gives the file the permissions ${expected.toString(8)}, whatever it replaces`, async () => {
      await withFolder(async (folder) => {
        await writeFile(join(folder, 'file'), 'old', { mode: 0o666 });
        await transfer(folder, CONTENT, { mode });
        expect((await stat(join(folder, 'file'))).mode & 0o777).to.equal(expected);
      });
    });
  }

  it('F33 replaces a file at once, with whole files before and after', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'file');
      await writeFile(path, 'old');
      const seen = new Set<string>();
      const onProgress = (): void => void seen.add(readFileSync(path, 'utf8'));
      await transfer(folder, CONTENT, { onProgress });
      expect([...seen]).to.deep.equal(['old']);
      expect(CONTENT.equals(await readFile(path))).to.equal(true);
    });
  });

  it('F33 is private while it is not complete', async () => {
    await withFolder(async (folder) => {
      const modes = new Set<number>();
      let names: string[] = [];
      const onProgress = (): void => {
        names = [...new Set([...names, ...readdirSync(folder)])];
        for (const name of names) modes.add(statSync(join(folder, name)).mode & 0o777);
      };
      await transfer(folder, CONTENT, { onProgress, mode: 0o666 });
      expect(names).to.have.length(1);
      expect([...modes]).to.deep.equal([0o600]);
    });
  });

  it('F33 leaves a file alone that must not be replaced', async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, 'file'), 'old');
      const error = await transfer(folder, CONTENT, { overwrite: false });
      expect(error).to.include({ code: 'EEXIST' });
      expect(await readFile(join(folder, 'file'), 'utf8')).to.equal('old');
      expect(await readdir(folder)).to.deep.equal(['file']);
    });
  });

  it('F33 leaves nothing where the path is a folder', async () => {
    await withFolder(async (folder) => {
      await mkdir(join(folder, 'file'));
      expect(await transfer(folder, CONTENT)).to.include({ code: 'EISDIR' });
      expect(await readdir(folder)).to.deep.equal(['file']);
    });
  });

  it('F33 leaves nothing where the path has become a folder meanwhile', async () => {
    await withFolder(async (folder) => {
      const onProgress = (): void => void mkdirSync(join(folder, 'file'), { recursive: true });
      expect(await transfer(folder, CONTENT, { onProgress })).to.include({ code: 'EISDIR' });
      expect(await readdir(folder)).to.deep.equal(['file']);
    });
  });

  it('F33 tells the producer where the folder is missing', async () => {
    await withFolder(async (folder) => {
      await withByteStream(async ({ sink, source }) => {
        const ended = rejectionOf(sink.ended);
        const receiving = receiveFile(source, join(folder, 'missing', 'file'));
        expect(await rejectionOf(receiving, Error)).to.include({ code: 'ENOENT' });
        expect(await ended).to.be.instanceOf(StreamClosedError);
      });
    });
  });

  const isRoot = process.geteuid?.() === 0;
  const permission = 'F33 leaves nothing where it may not write';
  it(isRoot ? `${permission} (skipped: root may write anywhere)` : permission, async function () {
    if (isRoot) this.skip();
    await withFolder(async (folder) => {
      await writeFile(join(folder, 'file'), 'old');
      await chmod(folder, 0o500);
      expect(await transfer(folder, CONTENT)).to.include({ code: 'EACCES' });
      await chmod(folder, 0o700);
      expect(await readdir(folder)).to.deep.equal(['file']);
      expect(await readFile(join(folder, 'file'), 'utf8')).to.equal('old');
    });
  });

  it('F33 leaves what was there, and nothing else, when the producer fails', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'file');
      await writeFile(path, 'old');
      await withByteStream(async ({ sink, source }) => {
        const receiving = rejectionOf(
          receiveFile(source, path, { onProgress: () => sink.abort(new Error('gone')) }),
        );
        await sink.send(CONTENT);
        expect(await receiving).to.be.instanceOf(StreamClosedError);
      });
      expect(await readdir(folder)).to.deep.equal(['file']);
      expect(await readFile(path, 'utf8')).to.equal('old');
    });
  });

  it('F33 leaves nothing when the signal fires', async () => {
    await withFolder(async (folder) => {
      const abort = new AbortController();
      const onProgress = (bytes: number): void => {
        if (bytes === CONTENT.length) abort.abort('enough');
      };
      const error = await transfer(folder, CONTENT, { onProgress, signal: abort.signal });
      expect(error).to.be.instanceOf(CanceledError).that.includes({ cause: 'enough' });
      expect(await readdir(folder)).to.deep.equal([]);
    });
  });

  it('F33 leaves nothing when the signal fires while the file is brought to the disk', async () => {
    await withFolder(async (folder) => {
      const abort = new AbortController();
      const content = (async function* () {
        yield CONTENT;
        // By then the end has been taken, and the file has some way to the disk.
        setImmediate(() => abort.abort('enough'));
        await Promise.resolve();
      })();
      const receiving = receiveFile(content, join(folder, 'file'), { signal: abort.signal });
      expect(await rejectionOf(receiving)).to.be.instanceOf(CanceledError);
      expect(await readdir(folder)).to.deep.equal([]);
    });
  });

  it('F33 leaves nothing of a file that is too large or has another digest', async () => {
    await withFolder(async (folder) => {
      const tooLarge = await transfer(folder, CONTENT, { maxBytes: CONTENT.length - 1 });
      expect(tooLarge).to.be.instanceOf(MessageTooLargeError);
      const expectedDigest = sha256(Buffer.from('another'));
      const another = await transfer(folder, CONTENT, { checksum: 'sha256', expectedDigest });
      expect(another).to.be.instanceOf(ChecksumError);
      expect(await readdir(folder)).to.deep.equal([]);
    });
  });

  it('N4 refuses permissions out of bounds, and leaves the source as it was', async () => {
    await withByteStream(async ({ sink, source }) => {
      const error = await rejectionOf(receiveFile(source, 'file', { mode: 0o1000 }), OptionError);
      expect(error).to.include({ option: 'mode' });
      await sink.send(Buffer.alloc(1));
      expect(await source.read()).to.have.length(1);
    });
  });
});

describe('receiveFile with resume', () => {
  /** Receives the first half of the content, after which the producer fails. */
  async function receiveHalf(folder: string): Promise<number> {
    await withByteStream(async ({ sink, source }) => {
      const receiving = rejectionOf(
        receiveFile(source, join(folder, 'file'), {
          resume: true,
          onProgress: () => sink.abort(),
        }),
      );
      await sink.send(CONTENT.subarray(0, 500_000));
      await receiving;
    });
    return await partialBytes(join(folder, 'file'));
  }

  it('N4 refuses a second transfer of the same file while the first goes on', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'file');
      await withByteStream(async ({ sink, source }) => {
        const hasBegun = new Deferred();
        const first = receiveFile(source, path, {
          resume: true,
          onProgress: () => hasBegun.resolve(),
        });
        await sink.send(CONTENT.subarray(0, 500_000));
        await hasBegun.promise;
        expect(await transfer(folder, CONTENT, { resume: true })).to.include({ code: 'EBUSY' });
        await sink.send(CONTENT.subarray(500_000));
        await sink.close();
        await first;
        expect(CONTENT.equals(await readFile(path))).to.equal(true);
      });
    });
  });

  it('N4 keeps what has come, and goes on behind it', async () => {
    await withFolder(async (folder) => {
      expect(await receiveHalf(folder)).to.equal(500_000);
      expect(await readdir(folder)).to.deep.equal(['file.partial']);
      const shown: unknown[] = [];
      const report = await transfer(folder, CONTENT.subarray(500_000), {
        resume: true,
        onProgress: (bytes) => void shown.push(bytes),
      });
      expect(report).to.deep.equal({ bytes: 1_000_000, digest: undefined });
      expect(shown).to.deep.equal([1_000_000]);
      expect(CONTENT.equals(await readFile(join(folder, 'file')))).to.equal(true);
      expect(await readdir(folder)).to.deep.equal(['file']);
    });
  });

  it('N4 has a digest over the whole file at both ends', async () => {
    await withFolder(async (folder) => {
      const from = join(folder, 'from');
      await writeFile(from, CONTENT);
      const resumeFrom = await receiveHalf(folder);
      await withByteStream(async ({ sink, source }) => {
        const checksum = 'sha256';
        const reports = await Promise.all([
          sendFile(sink, from, { resumeFrom, checksum, appendDigest: true }),
          receiveFile(source, join(folder, 'file'), {
            resume: true,
            checksum,
            expectedDigest: 'appended',
          }),
        ]);
        const whole = { bytes: 1_000_000, digest: sha256(CONTENT) };
        expect(reports).to.deep.equal([whole, whole]);
      });
    });
  });

  it('N4 starts anew when the halves are of two files', async () => {
    await withFolder(async (folder) => {
      const from = join(folder, 'from');
      await writeFile(from, randomSample(1_000_000, 2));
      const resumeFrom = await receiveHalf(folder);
      await withByteStream(async ({ sink, source }) => {
        const checksum = 'sha256';
        const sending = sendFile(sink, from, { resumeFrom, checksum, appendDigest: true });
        const receiving = receiveFile(source, join(folder, 'file'), { resume: true, checksum });
        await rejectionOf(receiving, ChecksumError);
        await sending;
      });
      expect(await partialBytes(join(folder, 'file'))).to.equal(0);
      expect(await readdir(folder)).to.deep.equal(['from']);
    });
  });

  it('N4 keeps nothing of a file that is too large', async () => {
    await withFolder(async (folder) => {
      await receiveHalf(folder);
      const options = { resume: true, maxBytes: 500_001 };
      const error = await transfer(folder, CONTENT.subarray(500_000), options);
      expect(error).to.be.instanceOf(MessageTooLargeError);
      expect(await readdir(folder)).to.deep.equal([]);
    });
  });

  it('N4 is done at once when all had come', async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, 'file.partial'), CONTENT);
      await transfer(folder, Buffer.alloc(0), { resume: true });
      expect(CONTENT.equals(await readFile(join(folder, 'file')))).to.equal(true);
    });
  });
});

describe('receiveFile in a process of its own', () => {
  it('F33 leaves no target when the process is killed, and the next one is not disturbed', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'file');
      await using killed = new BlobReceiver(path);
      await killed.killMidway(CONTENT, async () => {
        const [name] = await readdir(folder);
        return name !== undefined && (await stat(join(folder, name))).size > 0;
      });
      const [left = '', ...others] = await readdir(folder);
      expect(left).to.match(/^\.sluice-/);
      expect(others).to.deep.equal([]);

      await using next = new BlobReceiver(path);
      const { bytes, names } = await next.receive((sink) => sendBytes(sink, CONTENT));
      expect(bytes).to.equal(CONTENT.length);
      expect(names).to.have.members([left, 'file']);
      expect(CONTENT.equals(await readFile(path))).to.equal(true);
    });
  });

  it('N4, F33 goes on with what a killed process had received', async () => {
    await withFolder(async (folder) => {
      const [path, from] = [join(folder, 'to', 'file'), join(folder, 'from')];
      await mkdir(join(folder, 'to'));
      await writeFile(from, CONTENT);
      await using killed = new BlobReceiver(path, { resume: true });
      const isUnderWay = async (): Promise<boolean> => (await partialBytes(path)) > 0;
      await killed.killMidway(CONTENT.subarray(0, 700_000), isUnderWay);
      const resumeFrom = await partialBytes(path);
      expect(resumeFrom).to.be.within(1, 700_000);

      await using next = new BlobReceiver(path, { resume: true });
      const { names } = await next.receive((sink) => sendFile(sink, from, { resumeFrom }));
      expect(names).to.deep.equal(['file']);
      expect(CONTENT.equals(await readFile(path))).to.equal(true);
    });
  });

  const obstacle = smallDiskObstacle();
  const disks: readonly [string, Disk, string, string | undefined][] = [
    ['its disk is full', 'small', 'ENOSPC', obstacle],
    ['its file may not grow', 'limited', 'EFBIG', undefined],
  ];
  for (const [what, disk, code, why] of disks) {
    for (const resume of [false, true]) {
      const left = resume ? 'keeps the beginning' : 'leaves nothing';
      const title = `F33 ${left} when ${what}`;
      it(why === undefined ? title : `${title} (skipped: ${why})`, async function () {
        if (why !== undefined) this.skip();
        await withFolder(async (folder) => {
          const path = join(folder, 'file');
          await using receiver = new BlobReceiver(path, { disk, resume });
          const received = await receiver.receive((sink) =>
            sendBytes(sink, randomSample(3_000_000)),
          );
          expect(received).to.deep.equal({ code, names: resume ? ['file.partial'] : [] });
        });
      });
    }
  }
});
