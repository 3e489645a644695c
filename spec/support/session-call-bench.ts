import type { ServerOptions } from '../../lib/index.ts';
import { verb } from '../../lib/index.ts';
import { raw } from '../../lib/serializer/raw.ts';
import type { RawMain, ResumeParts } from './raw-session.ts';
import { SessionServer } from './session-server.ts';

/** A verb with a handler that answers when the test says so. */
export const WAIT = 7;
/** A verb that answers at once with its argument. */
export const ECHO = 8;
/** A verb without a reply. */
export const NOTE = 9;

const RAW = { args: raw, result: raw };

/** The reply of {@link WAIT}. */
export const DONE: Buffer = Buffer.from('done');

/** A server of version 3 with verbs of raw bytes, whose handlers the test has in hand. */
export class SessionCallBench {
  readonly net: SessionServer;
  /** The signals of the calls of {@link WAIT} and {@link NOTE}, in the order in which they began. */
  readonly signals: AbortSignal[] = [];
  readonly #answers: ((value: Buffer) => void)[] = [];

  private constructor(net: SessionServer) {
    this.net = net;
    const wait = ({ signal }: { readonly signal: AbortSignal }): Promise<Buffer> => {
      this.signals.push(signal);
      return new Promise((resolve) => void this.#answers.push(resolve));
    };
    net.server.handle(verb(WAIT, RAW), wait);
    net.server.handle(verb(ECHO, RAW), (_context, value) => value);
    net.server.handle(verb(NOTE, { ...RAW, noWait: true }), wait);
  }

  static async start(options: Partial<ServerOptions> = {}): Promise<SessionCallBench> {
    return new SessionCallBench(await SessionServer.start({ serializer: raw, ...options }));
  }

  /** The oldest call that waits is done. */
  answer(value: Buffer = DONE): void {
    this.#answers.shift()?.(value);
  }

  /** A client with a call that runs. */
  async busy(parts: ResumeParts = {}): Promise<RawMain> {
    const main = await this.net.connect(parts);
    main.call(WAIT);
    await main.settle();
    return main;
  }

  /** Whether a client may go on, after its connection was cut. */
  async comesBack(main: RawMain, parts: ResumeParts): Promise<boolean> {
    return (await this.net.resume(main, parts)).isResumed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.net[Symbol.asyncDispose]();
  }
}
