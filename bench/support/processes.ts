import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { Collections, CollectionsOfBoth } from './collections.ts';
import type { Pinning } from './environment.ts';
import type { Outcome, SubjectName, Workload } from './workload.ts';

const WORKER = fileURLToPath(import.meta.resolve('./worker.js'));

/** Longer than any request takes that is not stuck. */
const ANSWER_TIMEOUT_MS = 60_000;

/**
 * What a worker is asked; `rss` and `settled`, which is what is in use, collect garbage first, `watch`
 * starts to note the peak of RSS, `leak` keeps so many bytes for ever.
 */
export type Request =
  | { readonly kind: 'serve' | 'cpu' | 'collections' | 'rss' | 'settled' | 'watch' | 'peak' }
  | { readonly kind: 'leak'; readonly bytes: number }
  | { readonly kind: 'connect'; readonly port: number; readonly heldStreams: number }
  | { readonly kind: 'run'; readonly amount: number };

/** How workers are started. */
export interface WorkerOptions {
  readonly pinning: Pinning | undefined;
  /** Where all processes leave their CPU profiles; undefined for none. */
  readonly profileFolder: string | undefined;
  /** Idle streams that a workload about them opens beside a busy one. Default: none. */
  readonly heldStreams?: number;
  /** The path of the program that the processes run, which may be that of another build. Default: this one's. */
  readonly worker?: string;
}

/** One process of a pair. It is asked one thing at a time. */
class Worker {
  readonly #name: string;
  readonly #process: ChildProcess;

  constructor(command: readonly [string, ...string[]], name: string) {
    const [program, ...args] = command;
    this.#name = name;
    this.#process = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  }

  /** Resolves with the worker's answer; rejects when it dies, which is how a failed check shows. */
  ask(request: Request): Promise<unknown> {
    const child = this.#process;
    return new Promise((resolve, reject) => {
      const fail = (problem: string): void => {
        stop();
        reject(new Error(`${this.#name} ${problem} when asked to ${request.kind}`));
      };
      const onMessage = (answer: { readonly value: unknown }): void => {
        stop();
        resolve(answer.value);
      };
      const onExit = (): void => fail('died');
      const timer = setTimeout(() => fail('did not answer'), ANSWER_TIMEOUT_MS);
      const stop = (): void => {
        clearTimeout(timer);
        child.off('message', onMessage).off('exit', onExit).off('error', reject);
      };
      child.on('message', onMessage).on('exit', onExit).on('error', reject);
      if (child.exitCode === null) child.send(request);
      else onExit();
    });
  }

  /** The other process's answer; rejects when this one dies meanwhile, which the other may not notice. */
  beside(answer: Promise<unknown>): Promise<unknown> {
    const child = this.#process;
    return new Promise((resolve, reject) => {
      const onExit = (): void => reject(new Error(`${this.#name} died`));
      child.once('exit', onExit);
      void answer.then(resolve, reject).finally(() => child.off('exit', onExit));
      if (child.exitCode !== null) onExit();
    });
  }

  /** Lets it write its profile and exit; one that hangs is killed. */
  async stop(): Promise<void> {
    const child = this.#process;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    const timer = setTimeout(() => child.kill('SIGKILL'), 30_000);
    if (child.connected) child.disconnect();
    await exited;
    clearTimeout(timer);
  }
}

/** Server and client of one subject, connected. */
export class Pair implements AsyncDisposable {
  readonly #server: Worker;
  readonly #client: Worker;

  private constructor(server: Worker, client: Worker) {
    this.#server = server;
    this.#client = client;
  }

  static async start(
    workload: Workload,
    subject: SubjectName,
    options: WorkerOptions,
  ): Promise<Pair> {
    const start = (role: 'server' | 'client'): Worker =>
      new Worker(
        commandFor(role, workload, subject, options),
        `${workload.name} (${subject} ${role})`,
      );
    const pair = new Pair(start('server'), start('client'));
    try {
      const port = (await pair.#server.ask({ kind: 'serve' })) as number;
      await pair.#client.ask({ kind: 'connect', port, heldStreams: options.heldStreams ?? 0 });
      return pair;
    } catch (error) {
      await pair.stop();
      throw error;
    }
  }

  /** Has the client do the work. Rejects when either process dies. */
  async run(amount: number): Promise<Outcome> {
    const outcome = this.#client.ask({ kind: 'run', amount });
    return (await this.#server.beside(outcome)) as Outcome;
  }

  /** Asks both sides for bytes of memory, or for microseconds of CPU time. */
  async ask(
    kind: 'cpu' | 'rss' | 'settled' | 'watch' | 'peak',
  ): Promise<{ server: number; client: number }> {
    const [server, client] = (await this.#askBoth(kind)) as [number, number];
    return { server, client };
  }

  /** What both sides have collected so far. */
  async collections(): Promise<CollectionsOfBoth> {
    const answers = await this.#askBoth('collections');
    const [server, client] = answers as [Collections, Collections];
    return { server, client };
  }

  /** Has both sides keep so many bytes for ever. */
  async leak(bytes: number): Promise<void> {
    const request = { kind: 'leak', bytes } as const;
    await Promise.all([this.#server.ask(request), this.#client.ask(request)]);
  }

  #askBoth(kind: 'cpu' | 'collections' | 'rss' | 'settled' | 'watch' | 'peak'): Promise<unknown[]> {
    return Promise.all([this.#server.ask({ kind }), this.#client.ask({ kind })]);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#client.stop(), this.#server.stop()]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

function commandFor(
  role: 'server' | 'client',
  workload: Workload,
  subject: SubjectName,
  { pinning, profileFolder, worker = WORKER }: WorkerOptions,
): [string, ...string[]] {
  const flags = ['--expose-gc'];
  if (profileFolder !== undefined) {
    const profile = `${workload.name}.${subject}.${role}.cpuprofile`;
    flags.push('--cpu-prof', `--cpu-prof-dir=${profileFolder}`, `--cpu-prof-name=${profile}`);
  }
  const node: [string, ...string[]] = [process.execPath, ...flags, worker, workload.name, subject];
  return pinning === undefined ? node : ['taskset', '-c', String(pinning[role]), ...node];
}
