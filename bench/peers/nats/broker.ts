import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const PROGRAM = 'nats-server';

/**
 * A broker slows no producer down, and cuts off a reader that is further behind than `max_pending`,
 * which would lose messages: so it may hold all that any run sends.
 */
const CONFIGURATION = 'max_pending: 8GB\nwrite_deadline: "60s"\nmax_payload: 2MB\n';

const LISTENING = /Listening for client connections on \S+:(\d+)/;

/** Why there can be no broker here; undefined if there can. */
export function brokerAbsence(): string | undefined {
  return isInstalled(PROGRAM) ? undefined : `${PROGRAM} is not installed`;
}

/**
 * Starts a broker that ends with this process. It may run on any core: on the one that this process is
 * pinned to they would only take turns. Resolves with its port.
 */
export async function startBroker(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-nats-'));
  const configuration = join(folder, 'nats.conf');
  writeFileSync(configuration, CONFIGURATION);
  const broker = [PROGRAM, '--addr', '127.0.0.1', '--port', '-1', '--config', configuration];
  const anyCore = isInstalled('taskset') ? ['taskset', '-c', `0-${cpus().length - 1}`] : [];
  const [program = '', ...args] = [...anyCore, ...broker];
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  process.on('exit', () => child.kill('SIGKILL'));
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    lines.push(line);
    const port = LISTENING.exec(line)?.[1];
    if (port === undefined) continue;
    rmSync(folder, { recursive: true });
    child.stderr.resume();
    return Number(port);
  }
  throw new Error(`${PROGRAM} did not start: ${lines.join('\n')}`);
}

function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0;
}
