import { MemorySocket } from '../../transport/memory/socket.ts';
import type { SocketHandlers } from '../../transport/transport.ts';
import type { Trace, TraceEntry } from './trace.ts';

/** The place of a socket in a trace. */
interface TracedPlace {
  readonly trace: Trace;
  readonly place: Pick<TraceEntry, 'node' | 'peer' | 'connection'>;
  /** Called when the socket is closed, at least once. */
  readonly onClose: () => void;
}

/**
 * A socket that tells the trace of all that arrives. It reads as a socket of the network does: into the
 * memory that its owner has named for the next bytes, and otherwise into memory of their own.
 */
export class TracedSocket extends MemorySocket {
  readonly #traced: TracedPlace;
  #isAttached = false;
  #isGone = false;
  /** For the next bytes. It is named when the last ones have come. */
  #place: Buffer | undefined;

  constructor(parts: ConstructorParameters<typeof MemorySocket>, traced: TracedPlace) {
    super(...parts);
    this.#traced = traced;
  }

  override attach(handlers: SocketHandlers): void {
    super.attach({
      onData: (chunk) => {
        this.#tell('data', '', chunk);
        this.#read(chunk, handlers);
      },
      onEnd: () => {
        this.#tell('end', '');
        handlers.onEnd();
      },
      onDrain: () => handlers.onDrain(),
      onProgress: () => handlers.onProgress(),
      onClose: (error) => {
        this.#tell('close', error?.message ?? '');
        handlers.onClose(error);
        this.#traced.onClose();
      },
    });
    this.#isAttached = true;
  }

  override destroy(error?: Error): void {
    this.#isGone = true;
    super.destroy(error);
    if (!this.#isAttached) this.#traced.onClose();
  }

  override reset(): void {
    this.#isGone = true;
    super.reset();
    if (!this.#isAttached) this.#traced.onClose();
  }

  override lose(): void {
    this.#isGone = true;
    super.lose();
  }

  /** Copies the bytes, which belong to the trace. */
  #read(chunk: Buffer, handlers: SocketHandlers): void {
    for (let at = 0; at < chunk.length && !this.#isGone;) {
      const place = this.#place ?? Buffer.allocUnsafeSlow(chunk.length - at);
      const bytes = chunk.copy(place, 0, at);
      handlers.onData(place.subarray(0, bytes));
      this.#place = handlers.readInto?.();
      at += bytes;
    }
  }

  #tell(kind: string, text: string, bytes?: Buffer): void {
    const { trace, place } = this.#traced;
    trace.add({ kind, ...place, text, bytes });
  }
}
