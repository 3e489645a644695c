import { EventEmitter, once } from 'node:events';

import type { SocketHandlers, TransportSocket } from '../../lib/transport/transport.ts';

/** Attaches to a socket, writes down what it tells, and lets a spec wait for it. */
export class SocketRecorder implements SocketHandlers {
  /** The names of the handlers as they were called; data and progress only once in a row. */
  readonly events: string[] = [];
  error: Error | undefined;
  closeCount = 0;
  drainCount = 0;
  receivedBytes = 0;
  /** Runs on each chunk, after it was written down. */
  onChunk: (chunk: Buffer) => void = () => {};
  readonly #chunks: Buffer[] = [];
  readonly #emitter = new EventEmitter();

  readonly #socket: TransportSocket;

  constructor(socket: TransportSocket) {
    this.#socket = socket;
    socket.attach(this);
  }

  /** Everything received so far. */
  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get text(): string {
    return this.bytes.toString('latin1');
  }

  /** Answers. */
  write(...parts: readonly Uint8Array[]): void {
    this.#socket.write(parts);
  }

  /** Ends our direction. */
  end(): void {
    this.#socket.end();
  }

  /** Reads no more. */
  pause(): void {
    this.#socket.pause();
  }

  /** Closes at once, with a reset. */
  reset(): void {
    this.#socket.reset();
  }

  onData(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.receivedBytes += chunk.length;
    this.#note('data');
    this.onChunk(chunk);
  }

  onEnd(): void {
    this.#note('end');
  }

  onDrain(): void {
    this.drainCount++;
    this.#note('drain');
  }

  onProgress(): void {
    this.#note('progress');
  }

  onClose(error: Error | undefined): void {
    this.error = error;
    this.closeCount++;
    this.#note('close');
  }

  /** Resolves when the event has happened, now or before. */
  async seen(event: 'end' | 'drain' | 'close' | 'progress'): Promise<void> {
    while (!this.events.includes(event)) await once(this.#emitter, 'note');
  }

  /** Resolves when at least `count` bytes have arrived. */
  async received(count: number): Promise<void> {
    while (this.receivedBytes < count) await once(this.#emitter, 'note');
  }

  /** Resolves at the next drain. */
  async drained(): Promise<void> {
    await once(this.#emitter, 'drain');
  }

  #note(event: string): void {
    const isRepeated = event === 'data' || event === 'progress';
    if (!isRepeated || this.events.at(-1) !== event) this.events.push(event);
    this.#emitter.emit('note');
    this.#emitter.emit(event);
  }
}
