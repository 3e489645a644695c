import { type Client, type ClientOptions, createClient } from '../../lib/index.ts';
import type { Features } from '../../lib/wire/feature.ts';
import { NO_FEATURES, type RawPeer } from './raw-peer.ts';
import { RawServer } from './raw-server.ts';
import { decodeNegotiation } from './scripted-peer.ts';

/** Runs a test with a client of ours whose server the test plays. */
export async function withPlayedServer(
  run: (client: Client, server: RawServer) => Promise<void>,
  options: Partial<ClientOptions> = {},
): Promise<void> {
  await using server = await RawServer.start();
  const client = createClient({
    reconnect: false,
    ...options,
    host: '127.0.0.1',
    port: server.port,
  });
  try {
    await run(client, server);
  } finally {
    await client.abort();
  }
}

/** Takes what the client offers on its next connection, and answers it. */
export async function answer(
  server: RawServer,
  features: Partial<Features>,
): Promise<{ peer: RawPeer; offer: Features }> {
  const peer = await server.accept();
  const offer = decodeNegotiation(await peer.takeNegotiation());
  peer.negotiate({ ...NO_FEATURES, ...features });
  return { peer, offer };
}
