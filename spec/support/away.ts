import { once } from 'node:events';

import type { ClientEvents } from '../../lib/index.ts';
import type { ManualClock } from '../../lib/testing.ts';
import { Passing, type ProxiedPair } from './passing.ts';
import { FaultProxy } from './fault-proxy.ts';
import type { ConnectionToxics } from './toxics.ts';
import { turns, until } from './turns.ts';
import { type PairOptions, withListening } from './with-server.ts';

/** A client that comes back as soon as it may. */
const QUICK = { minDelayMs: 1, maxDelayMs: 5 };

/** A client, its server, and the network between, on which the client can be away. */
export interface AwayPair extends ProxiedPair {
  /** Cuts all connections, and lets none through from now on. Both ends know when it resolves. */
  leave(): Promise<void>;
  /** Lets connections through again, and resolves when there is one: whether its session was resumed. */
  comeBack(clock?: ManualClock): Promise<boolean>;
  /** Says what happens to the next connection, and to no other. */
  cutNext(toxics: ConnectionToxics): void;
}

/**
 * Runs a test on real sockets with a client that reconnects. Lanes are not kept: each connection
 * carries one stream. Connection 0 is the first main connection.
 */
export async function withAway(
  run: (pair: AwayPair) => Promise<void>,
  options: PairOptions = {},
): Promise<void> {
  const limits = { maxParked: 0, ...options.both?.limits };
  const both = { ...options.both, limits };
  const reconnecting = { ...options, both, client: { reconnect: QUICK, ...options.client } };
  await withListening(reconnecting, async (server, start) => {
    let isAway = false;
    let next: ConnectionToxics | undefined;
    await using proxy = await FaultProxy.start(server.address.port, () => {
      const toxics = isAway ? { down: true } : next;
      next = undefined;
      return toxics;
    });
    const client = start({ port: proxy.port });
    await client.whenReady();
    await run({
      server,
      client,
      proxy,
      passing: new Passing(server, client),
      cutNext: (toxics) => void (next = toxics),
      async leave() {
        isAway = true;
        for (const connection of proxy.connections) connection.reset();
        await until(() => client.state === 'reconnecting');
        await until(() => server.snapshot().connections.length === 0);
      },
      async comeBack(clock) {
        const connected = once(client, 'connected') as Promise<ClientEvents['connected']>;
        isAway = false;
        while (clock !== undefined && client.state === 'reconnecting') {
          clock.advance(1);
          await turns(1);
        }
        const [{ resumed }] = await connected;
        return resumed;
      },
    });
    await client.abort();
  });
}
