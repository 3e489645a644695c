import {
  type Client,
  type ClientOptions,
  ClosedError,
  createClient,
  RemoteError,
  type Sink,
  type Source,
  StreamClosedError,
  TimeoutError,
  UnknownVerbError,
} from '../../lib/index.ts';
import type { Clock } from '../../lib/transport.ts';
import { compressionOf, pause, valueOf } from './seapeer.ts';
import { SCRIPTS } from './seapeer-scripts.ts';

/** What a client shows where the server gave it no id. */
const NO_ID = 0xffffn;
/** How long the program lets its connection rest before it stops its client. */
const STOP_DELAY_MS = 50;

/** The captured `seapeer` as a client: runs one of its scripts and keeps what it prints. */
export class SeapeerClient {
  readonly client: Client;
  readonly clock: Clock;
  /** The lines that were printed. */
  readonly output: string[] = [];
  #isDone = false;

  /**
   * @param flags - those that it was started with: `--no-timeout`, `--no-handler-duration`,
   *   `--isolation-cookie NAME`, `--compress NAME`.
   * @param options - beside what the flags say; scripts wait by the same `clock`.
   */
  constructor(
    flags: readonly string[],
    options: Partial<ClientOptions> & { readonly port: number; readonly clock: Clock },
  ) {
    this.clock = options.clock;
    this.client = createClient({
      reconnect: false,
      host: '127.0.0.1',
      sendTimeout: !flags.includes('--no-timeout'),
      sendHandlerDuration: !flags.includes('--no-handler-duration'),
      isolationCookie: valueOf(flags, '--isolation-cookie'),
      compression: compressionOf(flags),
      ...options,
    });
  }

  /** Whether the script has ended and the client is stopped. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Runs a script, then stops the client. */
  async run(script: string): Promise<void> {
    const play = SCRIPTS[script];
    if (play === undefined) throw new Error(`there is no script ${script}`);
    await this.client.whenReady();
    this.say(`connection id 0x${(this.client.connectionId ?? NO_ID).toString(16)}`);
    await play(this);
    await this.client.close();
    this.#isDone = true;
  }

  /** Prints a line. */
  say(line: string): void {
    this.output.push(line);
  }

  /** Prints what a call gives, 0 for nothing, or the error. */
  async tell<T>(
    label: string,
    call: Promise<T>,
    show: (value: T) => unknown = show0,
  ): Promise<void> {
    try {
      this.say(`${label}: ${String(show(await call))}`);
    } catch (error) {
      this.say(`${label}: ${seastarName(error)}`);
    }
  }

  /** Prints what one read gives; false when it was the last. */
  async tellRead<T extends unknown[]>(
    source: Source<T>,
    { end = 'read', show = () => 'read: message' }: TellRead<T> = {},
  ): Promise<boolean> {
    try {
      const message = await source.read();
      this.say(message === undefined ? `${end}: EOS` : show(...message));
      return message !== undefined;
    } catch (error) {
      this.say(`read: ${seastarName(error)}`);
      return false;
    }
  }

  /** Ends the sink, and prints how that failed. */
  async close(sink: Sink): Promise<void> {
    try {
      await sink.close();
    } catch (error) {
      // We say of which stream it was; Seastar names the connection below.
      const isClosed = error instanceof StreamClosedError || error instanceof ClosedError;
      this.say(`close: ${isClosed ? CLOSED : seastarName(error)}`);
    }
  }

  /** Waits as the program does before it stops. */
  rest(): Promise<void> {
    return pause(this.clock, STOP_DELAY_MS);
  }
}

/** How a read is told. */
interface TellRead<T extends unknown[]> {
  /** What the end of stream is called. */
  readonly end?: string;
  readonly show?: (...message: T) => string;
}

const CLOSED = 'closed_error(connection is closed)';

function show0(value: unknown): unknown {
  return value ?? 0;
}

/** Our error under the name that Seastar's client prints. */
function seastarName(error: unknown): string {
  if (error instanceof RemoteError) return `remote_verb_error(${error.message})`;
  if (error instanceof UnknownVerbError) return `unknown_verb_error(${error.verb})`;
  if (error instanceof TimeoutError) return 'timeout_error';
  if (error instanceof StreamClosedError) return 'stream_closed';
  return error instanceof ClosedError ? CLOSED : String(error);
}
