import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { type Client, connect, type Sink, type Source, verb } from '../../lib/index.ts';
import { raw } from '../../lib/layout.ts';
import type { Bytes } from './blobs.ts';

/** What the process says when its transfer is over. */
export interface Received {
  /** The file system's error, if it failed with one. */
  readonly code?: string;
  readonly bytes?: number;
  /** What is in the file's folder. */
  readonly names: readonly string[];
}

const SCRIPT = fileURLToPath(new URL('../blob/fixtures/receive-file.js', import.meta.url));
const STORE = verb<(input: Source<Bytes>) => void>(1);
const NAMESPACE = ['--user', '--map-root-user', '--mount'];

/** Where a process writes to. */
export type Disk = 'ample' | 'limited' | 'small';

/** Why this machine cannot give a process a small disk of its own; undefined if it can. */
export function smallDiskObstacle(): string | undefined {
  if (process.platform !== 'linux') return 'mount namespaces need Linux';
  const probe = spawnSync('unshare', [...NAMESPACE, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']);
  return probe.status === 0 ? undefined : 'unshare or mount is missing or not allowed';
}

/** A process that receives one file. */
export class BlobReceiver implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #lines: Interface;
  readonly #exited: Promise<unknown>;

  /**
   * @param disk - `limited`: no file may have more than 1 MiB; `small`: the file's folder, which must
   *   be there, has 1 MiB.
   */
  constructor(path: string, options: { readonly resume?: boolean; readonly disk?: Disk } = {}) {
    const program = [process.execPath, SCRIPT, path, options.resume === true ? 'resume' : 'whole'];
    const [command = '', ...args] = [...wrapper(options.disk ?? 'ample'), ...program];
    this.#process = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#exited = once(this.#process, 'exit');
    const { stdout } = this.#process;
    if (stdout === null) throw new Error('the output is not piped');
    this.#lines = createInterface(stdout);
  }

  /** Sends it a blob; resolves with what it says. */
  async receive(send: (sink: Sink<Bytes>) => Promise<unknown>): Promise<Received> {
    await using client = await this.#connect();
    const sink = await client.makeStreamSink({ serializer: raw });
    const reply = client.call(STORE, sink).catch(() => {});
    const said = this.#line();
    // A receiver that fails breaks it off.
    await send(sink).catch(() => {});
    const received = JSON.parse(await said) as Received;
    await reply;
    await this.#exited;
    return received;
  }

  /** Sends it a blob without an end, and kills it when `isUnderWay` says so. */
  async killMidway(bytes: Uint8Array, isUnderWay: () => Promise<boolean>): Promise<void> {
    await using client = await this.#connect();
    const sink = await client.makeStreamSink({ serializer: raw });
    const reply = client.call(STORE, sink).catch(() => {});
    await sink.send(bytes);
    while (!(await isUnderWay()));
    this.#process.kill('SIGKILL');
    await this.#exited;
    await Promise.allSettled([reply, sink.ended]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#exited;
  }

  async #connect(): Promise<Client> {
    // What the process leaves unsaid when it ends is not waited for.
    const limits = { orphanTimeoutMs: 1 };
    const port = Number(await this.#line());
    // A killed process does not come back, and what it leaves is not waited for either.
    return await connect({ host: '127.0.0.1', port, limits, reconnect: false });
  }

  async #line(): Promise<string> {
    const [line] = (await once(this.#lines, 'line')) as [string];
    return line;
  }
}

/** What runs the program: its last argument but one is the file. */
function wrapper(disk: Disk): string[] {
  switch (disk) {
    case 'ample':
      return [];
    case 'limited':
      // In blocks of 512 bytes.
      return ['sh', '-c', 'ulimit -f 2048 && exec "$0" "$@"'];
    case 'small':
      return [
        'unshare',
        ...NAMESPACE,
        'sh',
        '-c',
        'mount -t tmpfs -o size=1m tmpfs "$(dirname "$2")" && exec "$0" "$@"',
      ];
  }
}
