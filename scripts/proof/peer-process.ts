import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Credentials } from '../../bench/support/credentials.ts';

/** What the other process is told before it listens. */
export interface Setup {
  /** Undefined for plain text. */
  readonly credentials: Credentials | undefined;
  readonly isCompressed: boolean;
}

/** The other process. Stopped when it is disposed of. */
export class PeerProcess implements AsyncDisposable {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;

  private constructor(child: ChildProcess, exited: Promise<unknown>, port: number) {
    this.#child = child;
    this.#exited = exited;
    this.port = port;
  }

  /** Starts it, and waits until it listens. */
  static async start(setup: Setup): Promise<PeerProcess> {
    const child = fork(new URL('peer.js', import.meta.url));
    const exited = once(child, 'exit');
    const died = exited.then(([code]) => {
      throw new Error(`the other process died (exit code ${String(code)})`);
    });
    died.catch(() => {});
    child.send(setup);
    const [port] = await Promise.race([once(child, 'message'), died]);
    return new PeerProcess(child, exited, Number(port));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#exited;
  }
}
