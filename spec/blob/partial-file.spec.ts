import { expect } from 'chai';
import { chmod, link, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

import { partialBytes } from '../../lib/blob.ts';
import { openPartial, partialPath } from '../../lib/blob/partial-file.ts';
import { openFilesBelow, withFolder } from '../support/blobs.ts';
import { rejectionOf } from '../support/rejection.ts';

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}

describe('service/blob/partial-file', () => {
  it('lies beside the file, wherever the process goes', () => {
    expect(partialPath('/a/b')).to.equal('/a/b.partial');
    expect(partialPath(relative(process.cwd(), '/a/b'))).to.equal('/a/b.partial');
  });

  it('says how much there is', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'file');
      expect(await partialBytes(path)).to.equal(0);
      await writeFile(`${path}.partial`, 'beginning');
      expect(await partialBytes(path)).to.equal(9);
      await writeFile(path, 'all of it');
      const error = await rejectionOf(partialBytes(join(path, 'below a file')), Error);
      expect(error).to.include({ code: 'ENOTDIR' });
    });
  });

  it('begins a file that only its owner can read', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'file.partial');
      const file = await openPartial(path);
      expect(await modeOf(path)).to.equal(0o600);
      await file.close();
    });
  });

  it('goes on with what is there, and makes that private too', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'file.partial');
      await writeFile(path, 'beginning');
      await chmod(path, 0o644);
      const file = await openPartial(path);
      expect(await file.readFile('utf8')).to.equal('beginning');
      expect(await modeOf(path)).to.equal(0o600);
      await file.close();
    });
  });

  it('E1-files does not go on with a file of another user, and leaves it as it was', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'file.partial');
      await writeFile(path, 'somebody else’s');
      await chmod(path, 0o644);
      const { geteuid } = process;
      if (geteuid === undefined) throw new Error('there are no users here');
      process.geteuid = () => geteuid() + 1;
      try {
        expect(await rejectionOf(openPartial(path), Error)).to.include({ code: 'EEXIST', path });
      } finally {
        process.geteuid = geteuid;
      }
      expect(await modeOf(path)).to.equal(0o644);
      expect(await readFile(path, 'utf8')).to.equal('somebody else’s');
      expect(openFilesBelow(folder)).to.deep.equal([]);
    });
  });

  for (const [what, code, make] of [
    ['a symbolic link', 'ELOOP', (path: string, other: string) => symlink(other, path)],
    ['a hard link', 'EEXIST', (path: string, other: string) => link(other, path)],
    ['a folder', 'EISDIR', (path: string) => mkdir(path)],
  ] as const) {
    it(`does not go on with ${what}`, async () => {
      await withFolder(async (folder) => {
        const [path, other] = [join(folder, 'file.partial'), join(folder, 'other')];
        await writeFile(other, 'somebody else’s');
        await make(path, other);
        expect(await rejectionOf(openPartial(path), Error)).to.include({ code });
        expect(await readFile(other, 'utf8')).to.equal('somebody else’s');
        expect(openFilesBelow(folder)).to.deep.equal([]);
      });
    });
  }
});
