import { AtomicFile } from '../../lib/blob/atomic-file.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F33',
    of: AtomicFile,
    in: 'begin',
    find: 'open(temporary,',
    replace: 'open(target,',
    why: 'a file is written where it is to stand, and half of it stays there',
  },
  {
    row: 'F33',
    of: AtomicFile,
    in: 'sync',
    find: 'await this.#file.sync();',
    replace: '',
    why: 'a file has its name before its bytes are on the disk, and is empty after a crash',
  },
  {
    row: 'F33',
    of: AtomicFile,
    in: 'publish',
    find: 'await this.#file.chmod(mode); await this.#file.sync();',
    replace: 'await this.#file.chmod(mode);',
    why: 'a file has its name before its permissions are on the disk',
  },
  {
    row: 'F33',
    of: AtomicFile,
    in: 'publish',
    find: 'await syncFolder(dirname(this.#target));',
    replace: '',
    why: 'a file that was received is gone after a crash',
  },
  {
    row: 'F33',
    of: AtomicFile,
    in: 'syncFolder',
    find: 'await folder.sync();',
    replace: '',
    why: 'a file that was received is gone after a crash',
  },
];
