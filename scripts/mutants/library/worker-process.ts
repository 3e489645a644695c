import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { RunReply, RunRequest, Survey } from './protocol.ts';

const WORKER = 'dist/scripts/mutants/library/worker.js';
/** Loading may take this long on a busy machine. */
const START_TIMEOUT_MS = 120_000;

/** A worker's process: it ends when it doesn't answer. */
export class WorkerProcess {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /**
   * Starts a worker in a copy of the project.
   *
   * @param specs - their built files.
   * @param mutant - active from the beginning, also while files are loaded.
   * @returns the worker, and what it said first; undefined if it ended or said nothing.
   */
  static async start(
    root: string,
    specs: readonly string[],
    mutant?: string,
  ): Promise<{ worker: WorkerProcess; survey: Survey | undefined }> {
    const { __STRYKER_ACTIVE_MUTANT__: _, ...env } = process.env;
    const child = fork(join(root, WORKER), specs, {
      cwd: root,
      env: mutant === undefined ? env : { ...env, __STRYKER_ACTIVE_MUTANT__: mutant },
      execArgv: ['--max-old-space-size=1024'],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const worker = new WorkerProcess(child);
    return { worker, survey: await worker.#answer<Survey>(START_TIMEOUT_MS) };
  }

  /** Runs tests. @returns undefined if the worker ended, or was ended because it took too long. */
  run(request: RunRequest, timeoutMs: number): Promise<RunReply | undefined> {
    if (!this.isAlive) return Promise.resolve(undefined);
    this.#child.send(request, () => {});
    return this.#answer<RunReply>(timeoutMs);
  }

  get isAlive(): boolean {
    return this.#child.connected;
  }

  /** Ends the process. */
  close(): void {
    this.#child.kill('SIGKILL');
  }

  #answer<T extends RunReply>(timeoutMs: number): Promise<T | undefined> {
    const child = this.#child;
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle(undefined), timeoutMs);
      const onMessage = (reply: T): void => settle(reply);
      const onExit = (): void => settle(undefined);
      child.on('message', onMessage).on('exit', onExit).on('error', onExit);
      function settle(reply: T | undefined): void {
        clearTimeout(timer);
        child.off('message', onMessage).off('exit', onExit).off('error', onExit);
        if (reply === undefined) child.kill('SIGKILL');
        resolve(reply);
      }
    });
  }
}
