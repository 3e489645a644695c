import type { NodeProcess, World } from '../../lib/simulation.ts';
import type {
  Endpoint,
  ListenerHandlers,
  TransportListener,
  TransportSocket,
} from '../../lib/transport.ts';

/** One end of a connection, with all that has arrived there. */
export class RecordingEnd {
  readonly socket: TransportSocket;
  readonly chunks: Buffer[] = [];
  /** Resolves when the socket is closed. */
  readonly closed: Promise<void>;
  /** Called when bytes have arrived. */
  onText: () => void = () => {};
  /** The code of the error that has closed it; `none` for no error, or while it is open. */
  error = 'none';
  drains = 0;
  hasEnded = false;

  constructor(socket: TransportSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => {
      socket.attach({
        onData: (chunk) => {
          this.chunks.push(chunk);
          this.onText();
        },
        onEnd: () => void (this.hasEnded = true),
        onDrain: () => void this.drains++,
        onProgress: () => {},
        onClose: (error) => {
          this.error = error === undefined ? 'none' : codeIn(error);
          resolve();
        },
      });
    });
  }

  /** All text that has arrived. */
  get received(): string {
    return Buffer.concat(this.chunks).toString();
  }

  send(text: string): boolean {
    return this.socket.write([Buffer.from(text)]);
  }

  /** Resolves when as many bytes have arrived as the text has, with all that has arrived. */
  text(expected: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (this.received === expected) resolve(expected);
        else if (!expected.startsWith(this.received)) reject(new Error(`got ${this.received}`));
      };
      this.onText = look;
      look();
    });
  }
}

/** A port of the node that listens there. */
export const HERE: Endpoint = { port: 1, noDelay: true, keepAliveDelayMs: 0 };

/** Two nodes and a connection between them. */
export interface Pair {
  readonly dialed: RecordingEnd;
  readonly accepted: RecordingEnd;
  readonly listener: TransportListener;
  /** Opens another connection. */
  again(): Promise<{ readonly dialed: RecordingEnd; readonly accepted: RecordingEnd }>;
  /** Dials once more. */
  dial(): Promise<TransportSocket>;
}

/** Starts the nodes `listener` and `dialer`, and connects them, unless connecting may fail. `greeting` is sent at once. */
export async function openPair(
  world: World,
  {
    isTolerant = false,
    greeting = '',
  }: { readonly isTolerant?: boolean; readonly greeting?: string } = {},
): Promise<Pair> {
  const waiting: ((end: RecordingEnd) => void)[] = [];
  const onSocket = (socket: TransportSocket): void => {
    const end = new RecordingEnd(socket);
    waiting.shift()?.(end);
  };
  const opening = { listener: undefined as TransportListener | undefined };
  await world.node('listener', async ({ surroundings: { network } }) => {
    opening.listener = await network.listen(HERE, reading(onSocket));
  }).finished;
  const dialer: NodeProcess = world.node('dialer', () => {});
  const dial = () => dialer.dial('listener', 1);
  const again = async () => {
    const arriving = new Promise<RecordingEnd>((resolve) => waiting.push(resolve));
    const dialed = new RecordingEnd(await dial());
    dialed.send(greeting);
    return { dialed, accepted: await arriving };
  };
  const { listener } = opening;
  if (listener === undefined) throw new Error('nobody listens');
  const none = undefined as unknown as RecordingEnd;
  const pair = isTolerant ? { dialed: none, accepted: none } : await again();
  return { ...pair, listener, again, dial };
}

/** Handlers of a listener that takes all sockets. */
export function reading(onSocket: (socket: TransportSocket) => void): ListenerHandlers {
  return { onSocket, onError: () => {} };
}

/** The code of the error with which the promise rejects; `none` if it resolves. */
export function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(() => 'none', codeIn);
}

function codeIn(error: unknown): string {
  return (error as { code?: string }).code ?? String(error);
}
