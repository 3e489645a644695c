/**
 * A server whose clients vanish: `vanished-server.js OPTIONS`, in JSON. It tells its parent its port, and
 * then its state whenever it is asked; it ends with its parent. Needs `--expose-gc`.
 */

import { listen, type ServerOptions } from '../../lib/index.ts';
import { settledBytes } from '../support/memory.ts';
import { AWAY_SERVICE, AwayService } from './away-service.ts';

/** What the server has now, when garbage is collected. */
export interface ServerState {
  readonly connections: number;
  /** With a connection, and without. */
  readonly sessions: number;
  readonly inUseBytes: number;
  readonly rssBytes: number;
}

// The parent writes it.
const options = JSON.parse(process.argv[2] ?? '{}') as Partial<ServerOptions>;
const server = await listen({ host: '127.0.0.1', port: 0, ...options });
server.expose(AWAY_SERVICE, new AwayService());

process.on('disconnect', () => process.exit());
process.on('message', () => void tellState());
process.send?.(server.address.port);

async function tellState(): Promise<void> {
  const inUseBytes = await settledBytes();
  const { connections, sessions } = server.snapshot();
  const state: ServerState = {
    connections: connections.length,
    sessions: sessions.length,
    inUseBytes,
    rssBytes: process.memoryUsage.rss(),
  };
  process.send?.(state);
}
