import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** A user namespace that makes its user root, and in it a network of its own with only a loopback. */
const UNSHARE = ['--user', '--map-root-user', '--net'];

/** Why this machine cannot run scripts in a network namespace; undefined if it can. */
export function namespaceObstacle(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces need Linux';
  const probe = spawnSync('unshare', [...UNSHARE, 'ip', 'link', 'set', 'lo', 'up']);
  return probe.status === 0 ? undefined : 'unshare or ip is missing or not allowed';
}

/**
 * Runs a compiled script in a network namespace whose loopback can be cut without a trace: unlike a
 * proxy's kernel, a cut network answers no probe.
 *
 * @returns what it printed.
 * @throws if it does not exit with 0.
 */
export async function runInNamespace(script: string): Promise<string> {
  const command = 'ip link set lo up && exec "$0" "$1"';
  const child = spawn('unshare', [...UNSHARE, 'sh', '-c', command, process.execPath, script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  if (code !== 0) throw new Error(`${script} exited with ${String(code)}: ${output}`);
  return output;
}

/** Inside the namespace: from now on no packet arrives, and nobody is told. */
export function cutNetwork(): void {
  execFileSync('ip', ['link', 'set', 'lo', 'down']);
}

/** Inside the namespace: packets pass again. */
export function restoreNetwork(): void {
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
}
