import type { Clock, Transport } from '../../lib/transport.ts';
import type {
  DialOptions,
  Endpoint,
  ListenerHandlers,
  TransportListener,
  TransportSocket,
} from '../../lib/transport/transport.ts';
import type { CapturedConnection, CapturedEvent, Direction } from './conversation.ts';
import { recordsOf } from './steps.ts';

const STREAM_PARENT = 3;

/** A connection as it is being recorded. */
interface Recording {
  readonly id: number;
  readonly events: CapturedEvent[];
}

/**
 * Another transport, whose dialing side is written down as captured conversations are: in the order
 * in which that side sends and receives, so that nothing stands before what it answers.
 */
export class Recorder implements Transport {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #recordings: Recording[] = [];
  #events = 0;

  constructor(transport: Transport, clock: Clock) {
    this.#transport = transport;
    this.#clock = clock;
  }

  /** What has passed so far. */
  get connections(): CapturedConnection[] {
    return this.#recordings.map(({ id, events }) => ({ id, role: roleOf(events), events }));
  }

  async dial(endpoint: Endpoint, options: DialOptions): Promise<TransportSocket> {
    const recording: Recording = { id: this.#recordings.length + 1, events: [] };
    this.#recordings.push(recording);
    const socket = await this.#transport.dial(endpoint, options);
    let hasEnded = false;
    const end = (): void => {
      if (!hasEnded) this.#note(recording, 'c2s', undefined);
      hasEnded = true;
    };
    return {
      peer: socket.peer,
      attach: (handlers) =>
        socket.attach({
          onData: (chunk) => {
            this.#note(recording, 's2c', chunk);
            handlers.onData(chunk);
          },
          onEnd: () => {
            this.#note(recording, 's2c', undefined);
            handlers.onEnd();
          },
          onDrain: () => handlers.onDrain(),
          onProgress: () => handlers.onProgress(),
          onClose: (error) => handlers.onClose(error),
        }),
      write: (segments) => {
        this.#note(recording, 'c2s', Buffer.concat(segments));
        return socket.write(segments);
      },
      pause: () => socket.pause(),
      resume: () => socket.resume(),
      end: () => {
        end();
        socket.end();
      },
      destroy: (error) => {
        end();
        socket.destroy(error);
      },
      reset: () => socket.reset(),
    };
  }

  listen(endpoint: Endpoint, handlers: ListenerHandlers): Promise<TransportListener> {
    return this.#transport.listen(endpoint, handlers);
  }

  /** @param bytes - undefined for a FIN. What follows itself in one direction becomes one event. */
  #note({ events }: Recording, dir: Direction, bytes: Buffer | undefined): void {
    const hex = bytes?.toString('hex') ?? '';
    const last = events.at(-1);
    if (
      bytes !== undefined &&
      last?.dir === dir &&
      last.fin !== true &&
      last.seq === this.#events
    ) {
      events[events.length - 1] = { ...last, hex: last.hex + hex };
      return;
    }
    const seq = ++this.#events;
    const event = { seq, t_ms: this.#clock.now(), dir, hex };
    events.push(bytes === undefined ? { ...event, fin: true } : event);
  }
}

function roleOf([first]: readonly CapturedEvent[]): CapturedConnection['role'] {
  const records = recordsOf(Buffer.from(first?.hex ?? '', 'hex'));
  return records.has(STREAM_PARENT) ? 'stream' : 'main';
}
