import {
  type Client,
  type ClientOptions,
  type Server,
  type Sink,
  type Source,
  verb,
  type Verb,
} from '../../lib/index.ts';
import { FaultProxy } from './fault-proxy.ts';
import { until } from './turns.ts';
import { withListening } from './with-server.ts';

/** Takes a stream, and reads nothing of it by itself. */
export const TAKE: Verb<(texts: Source<[string]>) => void> = verb(0x57_0021);

/** Comes back at once. */
const QUICK: Partial<ClientOptions> = { reconnect: { minDelayMs: 1, maxDelayMs: 10 } };

export interface ResumedPair {
  readonly server: Server;
  readonly client: Client;
  readonly proxy: FaultProxy;
  /** The server's end of the stream that was passed last. */
  readonly taken: () => Promise<Source<[string]>>;
  /** Cuts all connections, and lets no other through until the result is called. */
  cutAll(): () => void;
}

/** Runs a test with a client that comes back, through a proxy that can be shut. */
export async function withResumed(
  run: (pair: ResumedPair) => Promise<void>,
  options: Partial<ClientOptions> = {},
): Promise<void> {
  await withListening({}, async (server, start) => {
    const sources: Source<[string]>[] = [];
    server.handle(TAKE, (_context, texts) => void sources.push(texts));
    let isShut = false;
    await using proxy = await FaultProxy.start(server.address.port, () =>
      isShut ? { down: true } : undefined,
    );
    const client = start({ ...QUICK, ...options, port: proxy.port });
    await client.whenReady();
    const cutAll = (): (() => void) => {
      isShut = true;
      for (const connection of proxy.connections) connection.reset();
      return () => void (isShut = false);
    };
    const taken = async (): Promise<Source<[string]>> => {
      await until(() => sources.length > 0);
      return sources.pop()!;
    };
    await run({ server, client, proxy, taken, cutAll });
    await client.abort();
  });
}

/** A sink that a call has passed, and the source that the handler got. */
export async function passed(
  { client, taken }: ResumedPair,
  resumable: Parameters<Client['makeStreamSink']>[0] = { resumable: true },
): Promise<{ sink: Sink<[string]>; source: Source<[string]> }> {
  const sink = await client.makeStreamSink<[string]>(resumable as object);
  await client.call(TAKE, sink);
  return { sink, source: await taken() };
}

/** Nothing of any stream is left at either end. */
export async function expectNothingLeft({
  client,
  server,
}: Pick<ResumedPair, 'client' | 'server'>): Promise<void> {
  const streams = (end: Client | Server): number =>
    end
      .snapshot()
      .connections.reduce((sum, { streams, children }) => sum + streams.length + children, 0);
  await until(() => streams(client) === 0 && streams(server) === 0);
}
