import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = 'bench/peers';

/** npm writes it when it has installed what the lock file says. */
const INSTALLED = join(FOLDER, 'node_modules/.package-lock.json');

/**
 * Installs the peers' package if that was not done since its lock file changed, and builds it. The
 * current folder has to be the project's. Ends the program if that fails.
 */
export function buildPeers(): void {
  if (timeOf(INSTALLED) < timeOf(join(FOLDER, 'package-lock.json'))) {
    console.log(`installing ${FOLDER}`);
    run('npm', ['ci', '--prefix', FOLDER, '--no-audit', '--no-fund', '--loglevel', 'error']);
  }
  run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', FOLDER]);
}

/** When a file was written; 0 if it isn't there. */
function timeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function run(program: string, args: readonly string[]): void {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
  if (status === 0) return;
  if (error !== undefined) console.error(error);
  console.error(`${program} ${args.join(' ')} failed`);
  process.exit(1);
}
