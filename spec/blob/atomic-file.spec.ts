import { expect } from 'chai';
import fs, {
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';

import { AtomicFile } from '../../lib/blob/atomic-file.ts';
import { systemRandom } from '../../lib/base/random.ts';
import { openFilesBelow, withFolder } from '../support/blobs.ts';
import { callsOf } from '../support/calls-of.ts';
import { rejectionOf } from '../support/rejection.ts';

const random = systemRandom();

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}

/** The steps by which a file gets to the disk and to its name, in order. */
async function stepsOf(path: string, work: () => Promise<void>): Promise<string[]> {
  const probe = await open(`${path}.probe`, 'w');
  const handles = Object.getPrototypeOf(probe) as object;
  await probe.close();
  await rm(`${path}.probe`);
  return callsOf(
    [
      [handles, ['sync', 'chmod']],
      [fs, ['open', 'rename', 'link', 'unlink']],
    ],
    work,
  );
}

describe('service/blob/atomic-file', () => {
  it('F33 is there when it is published, and only something private before', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'file');
      const file = await AtomicFile.begin(path, true, random);
      await file.write(Buffer.from('con'));
      await file.write(Buffer.from('tent'));
      const [name = '', ...others] = await readdir(folder);
      expect(others).to.deep.equal([]);
      expect(name).to.match(/^\.sluice-[0-9a-f]{16}\.tmp$/);
      expect(await modeOf(join(folder, name))).to.equal(0o600);

      await file.sync();
      await file.publish(0o640);
      expect(await readdir(folder)).to.deep.equal(['file']);
      expect(await readFile(path, 'utf8')).to.equal('content');
      expect(await modeOf(path)).to.equal(0o640);
      expect(openFilesBelow(folder)).to.deep.equal([]);
    });
  });

  for (const [what, overwrite, mode, expected] of [
    ['replaces', true, 0o600, ['sync', 'rename', 'open', 'sync']],
    ['is new', false, 0o600, ['sync', 'link', 'unlink', 'open', 'sync']],
    [
      'has permissions of its own',
      true,
      0o640,
      ['sync', 'chmod', 'sync', 'rename', 'open', 'sync'],
    ],
  ] as const) {
    it(`F33 is on the disk before it has its name, and then its folder: one that ${what}`, async () => {
      await withFolder(async (folder) => {
        const path = join(folder, 'file');
        if (overwrite) await writeFile(path, 'before');
        const file = await AtomicFile.begin(path, overwrite, random);
        await file.write(Buffer.from('content'));
        const calls = await stepsOf(path, async () => {
          await file.sync();
          await file.publish(mode);
        });
        expect(calls).to.deep.equal(expected);
      });
    });
  }

  it('F33 leaves nothing when it is aborted, at whatever stage', async () => {
    await withFolder(async (folder) => {
      for (const isSynced of [false, true]) {
        const file = await AtomicFile.begin(join(folder, 'file'), true, random);
        if (isSynced) await file.sync();
        await file.abort();
        expect(await readdir(folder)).to.deep.equal([]);
        expect(openFilesBelow(folder)).to.deep.equal([]);
      }
    });
  });

  it('F33 stays when it is aborted after it was published', async () => {
    await withFolder(async (folder) => {
      const file = await AtomicFile.begin(join(folder, 'file'), true, random);
      await file.sync();
      await file.publish(0o600);
      await file.abort();
      expect(await readdir(folder)).to.deep.equal(['file']);
    });
  });

  it('F33 replaces what is there whole, a symbolic link by itself', async () => {
    await withFolder(async (folder) => {
      const [path, other] = [join(folder, 'file'), join(folder, 'other')];
      await writeFile(other, 'untouched');
      await symlink(other, path);
      const file = await AtomicFile.begin(path, true, random);
      await file.write(Buffer.from('new'));
      await file.sync();
      expect(await readlink(path)).to.equal(other);
      await file.publish(0o600);
      expect(await readFile(path, 'utf8')).to.equal('new');
      expect(await readFile(other, 'utf8')).to.equal('untouched');
      await rejectionOf(readlink(path), Error);
    });
  });

  it('F33 replaces nothing where it must not, whenever that came', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'file');
      const file = await AtomicFile.begin(path, false, random);
      await writeFile(path, 'came meanwhile');
      await file.sync();
      expect(await rejectionOf(file.publish(0o600), Error)).to.include({ code: 'EEXIST' });
      await file.abort();
      expect(await rejectionOf(AtomicFile.begin(path, false, random), Error)).to.include({
        code: 'EEXIST',
        path,
      });
      expect(await readdir(folder)).to.deep.equal(['file']);
      expect(await readFile(path, 'utf8')).to.equal('came meanwhile');
    });
  });

  it('F33 takes its name alone where it must not replace anything', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'file');
      const file = await AtomicFile.begin(path, false, random);
      await file.sync();
      await file.publish(0o600);
      expect(await readdir(folder)).to.deep.equal(['file']);
      expect((await stat(path)).nlink).to.equal(1);
    });
  });

  it('F33 refuses a folder at once, and leaves nothing beside it', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'folder');
      await mkdir(path);
      const error = await rejectionOf(AtomicFile.begin(path, true, random), Error);
      expect(error).to.include({ code: 'EISDIR', path });
      expect(await readdir(folder)).to.deep.equal(['folder']);
    });
  });

  it('F33 refuses a path with a NUL at once, and one that is too long', async () => {
    await withFolder(async (folder) => {
      for (const [name, code] of [
        ['a\0b', 'EINVAL'],
        ['x'.repeat(300), 'ENAMETOOLONG'],
      ] as const) {
        const path = join(folder, name);
        for (const begin of [
          () => AtomicFile.begin(path, true, random),
          () => AtomicFile.resume(path, true),
        ]) {
          expect(await rejectionOf(begin(), Error)).to.include({ code });
        }
      }
      expect(await readdir(folder)).to.deep.equal([]);
    });
  });

  it('F33 goes on with a file for one transfer at a time, whatever its path', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'file');
      await symlink(folder, join(folder, 'same'));
      const other = join(folder, 'same', 'file');
      for (const end of ['keep', 'abort', 'publish'] as const) {
        const first = await AtomicFile.resume(path, true);
        for (const again of [path, other]) {
          const error = await rejectionOf(AtomicFile.resume(again, true), Error);
          expect(error).to.include({ code: 'EBUSY' });
        }
        if (end === 'publish') await first.publish(0o600);
        else await first[end]();
        await (await AtomicFile.resume(other, true)).abort();
        expect(openFilesBelow(folder)).to.deep.equal([]);
      }
    });
  });

  it('F33 goes on behind what was kept', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'file');
      const first = await AtomicFile.resume(path, true);
      await first.seekEnd();
      await first.write(Buffer.from('begin'));
      await first.keep();
      expect(await readdir(folder)).to.deep.equal(['file.partial']);

      const second = await AtomicFile.resume(path, true);
      expect((await second.seekEnd()).bytes).to.equal(5);
      await second.write(Buffer.from('ning'));
      await second.sync();
      await second.publish(0o600);
      expect(await readdir(folder)).to.deep.equal(['file']);
      expect(await readFile(path, 'utf8')).to.equal('beginning');
    });
  });
});
