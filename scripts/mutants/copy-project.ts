import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** Copies the project, with what was built, into a temporary folder. @returns that folder. */
export function copyProject(): string {
  const root = mkdtempSync(join(tmpdir(), 'sluice-mutants-'));
  for (const name of listFiles()) {
    const target = join(root, name);
    mkdirSync(dirname(target), { recursive: true });
    cpSync(name, target);
  }
  // With what was built, the first compilation is no slower than the others.
  cpSync('dist', join(root, 'dist'), { recursive: true });
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
  return root;
}

/** The project's files, those that are not committed yet included. */
function listFiles(): string[] {
  const options = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const names = execFileSync('git', options, { encoding: 'utf8' }).split('\0');
  return names.filter((name) => name !== '' && existsSync(name));
}
