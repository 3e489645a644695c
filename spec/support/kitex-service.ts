import { type Api, type Client, type LocalStream, StatusError, stream } from '../../lib/index.ts';
import { gather } from './blobs.ts';
import { Numbers } from './numbers.ts';
import { withServer } from './with-server.ts';

/** The service of the original's guide: its four modes, in one service with a plain call. */
export class TestService {
  readonly numbers: Numbers = new Numbers();
  /** Generators of `echo` that have ended. */
  echoesEnded = 0;

  echoPingPong(message: string): string {
    return message;
  }

  /** Both stream. */
  async *echo(messages: AsyncIterable<string>): AsyncGenerator<string> {
    try {
      for await (const message of messages) yield message;
      yield 'all was said';
    } finally {
      this.echoesEnded++;
    }
  }

  /** The client streams. */
  async echoClient(messages: AsyncIterable<string>): Promise<string> {
    return (await gather(messages)).join(' ');
  }

  /** The server streams. */
  async *echoServer(message: string): AsyncGenerator<string> {
    for await (const number of this.numbers.upTo(3)) yield `${message} ${number}`;
  }

  endless(): AsyncIterable<number> {
    return this.numbers.upTo(Infinity);
  }

  /** Gives an item, and then nothing more until its consumer has left. */
  silent(): LocalStream<number> {
    const { numbers } = this;
    return stream(async function* (signal: AbortSignal) {
      yield* numbers.upTo(1);
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    });
  }

  fail(): never {
    throw outOfStock();
  }

  failAfter(count: number): AsyncIterable<number> {
    return this.numbers.failingAfter(count, outOfStock());
  }
}

/** Its client's side. */
export type ServiceApi = Api<TestService>;

/** What its failing methods fail with. */
export function outOfStock(): StatusError {
  return new StatusError('failed-precondition', 'out of stock', {
    code: 12_001,
    details: { sku: 'a-7', left: 0 },
  });
}

/** Runs a test with the service, on real sockets. */
export function withTestService(
  run: (api: ServiceApi, service: TestService, client: Client) => Promise<void>,
): Promise<void> {
  return withServer(async ({ server, client }) => {
    const service = new TestService();
    server.expose('test', service);
    await run(client.api<TestService>('test'), service, client);
  });
}
