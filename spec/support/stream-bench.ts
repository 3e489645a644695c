import type { Client, Server, SinkOptions } from '../../lib/index.ts';
import { ManualClock } from '../../lib/testing.ts';
import { FaultProxy } from './fault-proxy.ts';
import { Streams } from './streams.ts';
import { WatchedTransport } from './watched-transport.ts';
import { type PairOptions, withListening, withServer } from './with-server.ts';

/** A message with a number and some weight. */
export type Message = [number, Uint8Array?];

/** What a test of streams and their connections gets. */
export interface Bench {
  readonly server: Server;
  readonly client: Client;
  readonly streams: Streams;
  readonly clock: ManualClock;
  /** The client's network and the server's. */
  readonly networks: readonly [WatchedTransport, WatchedTransport];
}

/**
 * Runs a test on real sockets and a clock that stands still.
 *
 * @param sinkOptions - for the sinks of its streams.
 */
export async function withBench(
  run: (bench: Bench) => Promise<void>,
  pair: PairOptions = {},
  sinkOptions?: SinkOptions<unknown[]>,
): Promise<void> {
  const clock = new ManualClock();
  const networks = [new WatchedTransport(), new WatchedTransport()] as const;
  const options = {
    both: { clock, ...pair.both },
    client: { network: networks[0], ...pair.client },
    server: { network: networks[1], ...pair.server },
  };
  await withServer(options, async ({ server, client }) => {
    const streams = new Streams(server, client, sinkOptions);
    await run({ server, client, streams, clock, networks });
  });
}

/** As `withBench`, through a proxy; connection 0 is the main connection. */
export async function withProxy(
  run: (bench: Bench, proxy: FaultProxy) => Promise<void>,
): Promise<void> {
  const clock = new ManualClock();
  const networks = [new WatchedTransport(), new WatchedTransport()] as const;
  const options = { both: { clock }, server: { network: networks[1] } };
  await withListening(options, async (server, start) => {
    await using proxy = await FaultProxy.start(server.address.port);
    const client = start({ port: proxy.port, network: networks[0] });
    await client.whenReady();
    await run({ server, client, streams: new Streams(server, client), clock, networks }, proxy);
    await client.abort();
  });
}

/** As many messages of so many bytes. */
export function* messages(count: number, bytes = 1_000): Generator<Message> {
  for (let index = 0; index < count; index++) yield [index, Buffer.alloc(bytes, index)];
}
