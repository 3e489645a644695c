import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { readFileSync, truncateSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

import { fileBlob, type SendFileOptions } from '../../lib/blob.ts';
import { READ_BYTES } from '../../lib/blob/read-from.ts';
import { OptionError } from '../../lib/index.ts';
import { CHUNK_BYTES, gather, openFilesBelow, sha256, withFolder } from '../support/blobs.ts';
import { rejectionOf } from '../support/rejection.ts';
import { randomSample } from '../support/samples.ts';
import { until } from '../support/turns.ts';

const CONTENT = randomSample(600_000);

async function withFile(run: (path: string, folder: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const path = join(folder, 'file');
    await writeFile(path, CONTENT);
    await run(path, folder);
    expect(openFilesBelow(folder), 'left open').to.deep.equal([]);
  });
}

describe('service/blob/file-content', () => {
  for (const [what, options, from, to] of [
    ['all of it', {}, 0, 600_000],
    ['what is behind its start', { start: 599_999 }, 599_999, 600_000],
    ['what is before its end', { end: 1 }, 0, 1],
    ['a part', { start: 1, end: 140_000 }, 1, 140_000],
    ['nothing', { start: 600_000 }, 600_000, 600_000],
    ['what is to be resumed', { resumeFrom: 500_000 }, 500_000, 600_000],
    ['what is to be resumed of a part', { start: 10, end: 20, resumeFrom: 4 }, 14, 20],
    ['nothing when all was there', { resumeFrom: 600_000 }, 600_000, 600_000],
  ] as const) {
    it(`N4 sends ${what}`, async () => {
      await withFile(async (path) => {
        const sent = Buffer.concat(await gather(fileBlob(path, options)));
        expect(sent.equals(CONTENT.subarray(from, to))).to.equal(true);
      });
    });
  }

  it('N4 sends all that can be read of a file whose size is given as 0, as in /proc', async () => {
    for (const path of ['/proc/filesystems', '/proc/self/maps', '/proc/version']) {
      const there = readFileSync(path);
      const reports: unknown[] = [];
      const blob = fileBlob(path, { checksum: 'sha256', onSent: (report) => reports.push(report) });
      const sent = Buffer.concat(await gather(blob));
      expect(sent.length, path).to.be.greaterThan(0);
      if (path !== '/proc/self/maps') expect(sent.equals(there)).to.equal(true);
      expect(reports).to.deep.equal([{ bytes: sent.length, digest: sha256(sent) }]);
    }
  });

  it('N4 sends a part of such a file, and refuses a part that it does not have', async () => {
    const path = '/proc/version';
    const there = readFileSync(path);
    const parts = [
      { start: 3 },
      { start: 3, end: 7 },
      { start: 1, resumeFrom: 2 },
      { end: there.length },
    ];
    for (const part of parts) {
      const { start = 0, end, resumeFrom = 0 }: SendFileOptions = part;
      const sent = Buffer.concat(await gather(fileBlob(path, part)));
      expect(sent.equals(there.subarray(start + resumeFrom, end))).to.equal(true);
    }
    for (const option of ['start', 'end', 'resumeFrom']) {
      const asked = gather(fileBlob(path, { [option]: there.length + 1 }));
      expect(await rejectionOf(asked, OptionError)).to.include({ option });
    }
  });

  it('N4 sends nothing of a file that is empty', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'empty');
      await writeFile(path, '');
      expect(await gather(fileBlob(path))).to.deep.equal([]);
      expect(await rejectionOf(gather(fileBlob(path, { start: 1 })), OptionError)).to.include({
        option: 'start',
      });
    });
  });

  it('N4 sends the file that its path meant at first, though the process has changed its folder', async () => {
    await withFile(async (path) => {
      const here = process.cwd();
      const blob = fileBlob(relative(here, path));
      try {
        process.chdir('/');
        expect(CONTENT.equals(Buffer.concat(await gather(blob)))).to.equal(true);
      } finally {
        process.chdir(here);
      }
    });
  });

  it('N4 reports the whole blob, with a digest over what is not sent again', async () => {
    await withFile(async (path) => {
      for (const checksum of ['none', 'sha256'] as const) {
        const reports: unknown[] = [];
        const shown: unknown[] = [];
        const blob = fileBlob(path, {
          start: 1,
          resumeFrom: 550_000,
          checksum,
          onSent: (report) => void reports.push(report),
          onProgress: (...progress) => void shown.push(progress),
        });
        const sentBytes = (await gather(blob)).reduce((sum, { length }) => sum + length, 0);
        expect(sentBytes).to.equal(600_000 - 1 - 550_000);
        const digest = checksum === 'none' ? undefined : sha256(CONTENT.subarray(1));
        expect(reports).to.deep.equal([{ bytes: 599_999, digest }]);
        expect(shown).to.deep.equal([[599_999, 599_999]]);
      }
    });
  });

  const refused: readonly [string, SendFileOptions, string][] = [
    ['a negative start', { start: -1 }, 'start'],
    ['an end before the start', { start: 2, end: 1 }, 'end'],
    ['a negative place to go on from', { resumeFrom: -1 }, 'resumeFrom'],
  ];
  for (const [what, options, option] of refused) {
    it(`N4 refuses ${what} at once`, () => {
      expect(() => fileBlob('none', options))
        .to.throw(OptionError)
        .that.includes({ option });
    });
  }

  const misfits: readonly [string, SendFileOptions, string][] = [
    ['a start', { start: 600_001 }, 'start'],
    ['an end', { end: 600_001 }, 'end'],
    ['a place to go on from', { start: 5, end: 10, resumeFrom: 6 }, 'resumeFrom'],
  ];
  for (const [what, options, option] of misfits) {
    it(`N4 refuses ${what} that the file does not have when it is opened`, async () => {
      await withFile(async (path) => {
        const error = await rejectionOf(gather(fileBlob(path, options)), OptionError);
        expect(error).to.include({ option });
      });
    });
  }

  it('N4 fails when the file becomes shorter, with the bytes before', async () => {
    const long = randomSample(4 * READ_BYTES);
    // Two reads are under way when the first chunk is there.
    const left = 2 * READ_BYTES + 40_000;
    await withFolder(async (folder) => {
      const path = join(folder, 'file');
      await writeFile(path, long);
      const sent: Uint8Array[] = [];
      const sending = (async () => {
        for await (const chunk of fileBlob(path)) {
          sent.push(chunk);
          if (sent.length === 1) truncateSync(path, left);
        }
      })();
      expect(await rejectionOf(sending, Error)).to.include({ code: 'EIO', path });
      expect(Buffer.concat(sent).equals(long.subarray(0, left))).to.equal(true);
      expect(openFilesBelow(folder), 'left open').to.deep.equal([]);
    });
  });

  it('N4 says what can not be sent: nothing, a folder, a pipe', async () => {
    await withFile(async (path, folder) => {
      const pipe = join(folder, 'pipe');
      execFileSync('mkfifo', [pipe]);
      for (const [where, code] of [
        [`${path}.missing`, 'ENOENT'],
        [folder, 'EISDIR'],
        [pipe, 'EINVAL'],
      ] as const) {
        expect(await rejectionOf(gather(fileBlob(where)), Error)).to.include({ code });
      }
    });
  });

  it('N4 is opened when it is wanted, and closed when it is left', async () => {
    await withFile(async (path, folder) => {
      const blob = fileBlob(path);
      expect(openFilesBelow(folder)).to.deep.equal([]);
      let read = 0;
      for await (const chunk of blob) {
        read++;
        expect(chunk).to.have.length(CHUNK_BYTES);
        if (process.platform === 'linux') expect(openFilesBelow(folder)).to.deep.equal([path]);
        break;
      }
      expect(read).to.equal(1);
      await until(() => openFilesBelow(folder).length === 0);
    });
  });
});
