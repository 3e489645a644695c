import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';

/** The cores that the two processes of a pair are pinned to. */
export interface Pinning {
  readonly server: number;
  readonly client: number;
}

/** A core for each process, or undefined where that can't be had. */
export function findPinning(): Pinning | undefined {
  if (spawnSync('taskset', ['--version']).status !== 0) return undefined;
  const [server, client] = allowedCores();
  return server === undefined || client === undefined ? undefined : { server, client };
}

/** What a figure depends on beside the code, for the head of a report. */
export function describeEnvironment(pinning: Pinning | undefined): string {
  const model = cpus()[0]?.model.trim() ?? 'an unknown processor';
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const pinned =
    pinning === undefined
      ? 'not pinned'
      : `server on core ${pinning.server}, client on core ${pinning.client}`;
  return [
    `Node ${process.version}, ${type()} ${release()}, ${cpus().length} × ${model}, ${memory}`,
    `Server and client are two processes, ${pinned}.`,
  ].join('\n');
}

/** Reads a list such as `0-1,4`; only Linux has it, and only there is taskset. */
function allowedCores(): number[] {
  const status = readFileSync('/proc/self/status', 'latin1');
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? '';
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
