import { type Client, createClient, listen, type Server } from '../../lib/index.ts';
import type { CompressorFactory } from '../../lib/compression.ts';
import { ManualClock, MemoryTransport } from '../../lib/testing.ts';
import type { Transport } from '../../lib/transport.ts';
import type { MemoryFaults } from '../../lib/transport/memory/faults.ts';
import { runSession, serveSession, type SessionResult, type StreamEnds } from './session.ts';
import { settleWithin } from './settle.ts';
import { turns } from './turns.ts';

const PLACE = Object.freeze({ host: '127.0.0.1', port: 7070 });
/** After so long whoever still waits gives up. */
const PATIENCE_MS = 5_000;

/** A client's first connection is the main one, its second the stream's. */
export const CONNECTIONS: readonly string[] = ['main', 'child'];

/** A server in memory that serves sessions, on a clock that only moves when nothing else does. */
export class SessionWorld {
  readonly clock: ManualClock = new ManualClock();
  readonly network: MemoryTransport;
  readonly compression: CompressorFactory | undefined;
  /** What goes wrong with the connections that are dialed next. */
  faults: MemoryFaults[] = [];
  /** How the server's handlers saw streams end, since somebody emptied it. */
  ends: StreamEnds = [];
  #server: Server | undefined;

  private constructor(compression: CompressorFactory | undefined) {
    this.compression = compression;
    const { clock } = this;
    this.network = new MemoryTransport({ clock, faults: () => this.faults.shift() });
  }

  static async create(compression?: CompressorFactory): Promise<SessionWorld> {
    const world = new SessionWorld(compression);
    const { clock, network } = world;
    world.#server = await listen({ ...PLACE, network, clock, compression });
    world.ends = serveSession(world.#server);
    return world;
  }

  get server(): Server {
    if (this.#server === undefined) throw new Error('not listening');
    return this.#server;
  }

  /** A client that connects through `network`. */
  connect(network: Transport = this.network): Client {
    const { clock, compression } = this;
    return createClient({ ...PLACE, network, clock, compression, reconnect: false });
  }

  /**
   * A session of a client of its own. What waits for ever, as somebody may whose message was damaged,
   * waits until the client is closed; nothing of it may be left then, at either end.
   */
  async session(network?: Transport): Promise<SessionResult> {
    const { clock, server } = this;
    const others = server.stats.connections;
    const client = this.connect(network);
    const running = runSession(client);
    await settleWithin(running, clock, PATIENCE_MS).catch(() => undefined);
    await settleWithin(client.close({ graceMs: 1_000 }), clock, 2 * PATIENCE_MS);
    await settleWithin(this.#whenGone(others), clock, 70_000);
    return settleWithin(running, clock, PATIENCE_MS);
  }

  /** Closes the server. */
  async close(): Promise<void> {
    await this.server.abort();
  }

  async #whenGone(others: number): Promise<void> {
    while (this.server.stats.connections > others) await turns(1);
  }
}
