import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** What the replica tells the process that started it, beside what goes over the network. */
export type ReplicaMessage = { readonly port: number } | { readonly failure: string };

/** How long a replica that was let go may take to close its store. */
const STOP_MS = 30_000;

/** The replica, as the process that started it sees it. Stopped when it is disposed of. */
export class ReplicaProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #failed = new AbortController();
  #port: number | undefined;
  /** Whether it may end by itself now. */
  #isReleased = false;
  #isKilled = false;

  /** Starts a replica that keeps its store in the folder `path`. */
  constructor(path: string) {
    const script = new URL('replica.js', import.meta.url);
    this.#child = fork(script, [path], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.#child.on('message', (message: ReplicaMessage) => this.#onMessage(message));
    this.#exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.#onExit(signal ?? `exit code ${code}`, code === 0);
        resolve();
      });
      this.#child.once('error', (error) => {
        this.#failed.abort(new Error('the replica could not be started', { cause: error }));
        resolve();
      });
    });
  }

  /** The process id. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Fires when the replica fails, or ends without being told to. */
  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  /** The TCP port where the replica listens, as soon as it does. @throws the signal's reason when it fires. */
  async listening(signal: AbortSignal): Promise<number> {
    while (this.#port === undefined) {
      signal.throwIfAborted();
      await once(this.#child, 'message', { signal });
    }
    return this.#port;
  }

  /** Lets the replica close its store and waits until it is gone; one that doesn't go is killed. */
  async stop(): Promise<void> {
    this.#isReleased = true;
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.kill(), STOP_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  /** Ends the replica at once. */
  kill(): void {
    this.#isKilled = true;
    this.#child.kill('SIGKILL');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #onMessage(message: ReplicaMessage): void {
    if ('port' in message) this.#port = message.port;
    else this.#failed.abort(new Error(`the replica failed: ${message.failure}`));
  }

  #onExit(how: string, isClean: boolean): void {
    const isExpected = this.#isKilled || (this.#isReleased && isClean);
    if (!isExpected) this.#failed.abort(new Error(`the replica died (${how})`));
  }
}
