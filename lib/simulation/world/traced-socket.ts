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

/** A socket that tells the trace of all that arrives. */
export class TracedSocket extends MemorySocket {
  readonly #traced: TracedPlace;
  #isAttached = false;

  constructor(parts: ConstructorParameters<typeof MemorySocket>, traced: TracedPlace) {
    super(...parts);
    this.#traced = traced;
  }

  override attach(handlers: SocketHandlers): void {
    super.attach({
      onData: (chunk) => {
        this.#tell('data', '', chunk);
        handlers.onData(chunk);
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
    super.destroy(error);
    if (!this.#isAttached) this.#traced.onClose();
  }

  override reset(): void {
    super.reset();
    if (!this.#isAttached) this.#traced.onClose();
  }

  #tell(kind: string, text: string, bytes?: Buffer): void {
    const { trace, place } = this.#traced;
    trace.add({ kind, ...place, text, bytes });
  }
}
