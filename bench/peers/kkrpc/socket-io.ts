import type { IoInterface } from 'kkrpc';
import type { Socket } from 'node:net';

/** The socket has as much as this to send when it is full. */
const FULL_BYTES = 262_144;

/**
 * The transport of a kkrpc channel over TCP. kkrpc's own write each message by a call of the system;
 * this one joins what is written in a turn of the loop.
 */
export class SocketIo implements IoInterface {
  readonly name = 'socket-io';
  readonly #socket: Socket;
  readonly #queue: string[] = [];
  #resolveRead: ((text: string) => void) | undefined;
  #pending = '';

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text) => this.#onText(text.toString()));
  }

  read(): Promise<string> {
    const text = this.#queue.shift();
    if (text !== undefined) return Promise.resolve(text);
    return new Promise((resolve) => (this.#resolveRead = resolve));
  }

  /** kkrpc waits for none of its writes; see `drained`. */
  write(text: string): Promise<void> {
    if (this.#pending === '') process.nextTick(this.#flush);
    this.#pending += text;
    return WRITTEN;
  }

  /** What a producer has to wait for, or undefined if the socket has room. */
  drained(): Promise<void> | undefined {
    if (this.#pending.length < FULL_BYTES) return undefined;
    this.#flush();
    return new Promise((resolve) => {
      if (this.#socket.writableNeedDrain) this.#socket.once('drain', resolve);
      else setImmediate(resolve);
    });
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  #onText(text: string): void {
    const resolve = this.#resolveRead;
    if (resolve === undefined) this.#queue.push(text);
    else {
      this.#resolveRead = undefined;
      resolve(text);
    }
  }

  readonly #flush = (): void => {
    if (this.#pending === '') return;
    this.#socket.write(this.#pending);
    this.#pending = '';
  };
}

const WRITTEN = Promise.resolve();
