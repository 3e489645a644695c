import { expect } from 'chai';

import { listen, type Server, type ServerOptions } from '../../lib/index.ts';
import { ManualClock, MemoryTransport } from '../../lib/testing.ts';
import type { Features } from '../../lib/wire/feature.ts';
import { encodeNegotiation } from '../../lib/wire/negotiation-frame.ts';
import { CollectedLog } from './collected-log.ts';
import { PlayedSession } from './played-session.ts';
import { NO_FEATURES } from './raw-peer.ts';
import { RelocatedTransport } from './relocated-transport.ts';
import { decodeNegotiation } from './scripted-peer.ts';
import { SocketRecorder } from './socket-recorder.ts';
import { turns } from './turns.ts';

/** Where the server listens, in memory. */
export const BENCH_PORT = 7070;
/** Where peers come from that the test does not place elsewhere. */
const HOME = '192.0.2.1';

/** A server in memory whose peers come from addresses of the test's choice, and ask for parents. */
export class ParentBench {
  readonly clock: ManualClock = new ManualClock();
  readonly log: CollectedLog = new CollectedLog();
  readonly network: MemoryTransport = new MemoryTransport({ clock: this.clock });
  readonly outside: RelocatedTransport = new RelocatedTransport(this.network, HOME);
  #server: Server | undefined;

  static async start(options: Partial<ServerOptions> = {}): Promise<ParentBench> {
    const bench = new ParentBench();
    const { clock, outside, log } = bench;
    const place = { host: '127.0.0.1', port: BENCH_PORT };
    bench.#server = await listen({ ...place, clock, network: outside, logger: log, ...options });
    return bench;
  }

  get server(): Server {
    if (this.#server === undefined) throw new Error('not started');
    return this.#server;
  }

  /** A socket from an address, which has said `features`. */
  async say(features: Partial<Features>, address: string = HOME): Promise<SocketRecorder> {
    this.outside.address = address;
    const endpoint = { host: '127.0.0.1', port: BENCH_PORT, noDelay: true, keepAliveDelayMs: 0 };
    const socket = await this.network.dial(endpoint, {});
    socket.write([encodeNegotiation({ ...NO_FEATURES, ...features })]);
    const recorder = new SocketRecorder(socket);
    await turns(10);
    return recorder;
  }

  /** The id of a new main connection from an address, of a client without our extension. */
  async parent(address?: string): Promise<bigint> {
    const { bytes } = await this.say({}, address);
    const id = decodeNegotiation(bytes).connectionId;
    if (id === undefined) throw new Error('the server gave no id');
    return id;
  }

  /** The session of a new main connection from an address. */
  async session(address?: string): Promise<PlayedSession> {
    const { bytes } = await this.say({ extension: PlayedSession.OFFER }, address);
    return new PlayedSession(decodeNegotiation(bytes));
  }

  /** Sees to it that a socket gets not a byte, and its end after the delay and not before. */
  async expectRefusal(recorder: SocketRecorder, delayMs: number): Promise<void> {
    if (delayMs > 0) {
      this.clock.advance(delayMs - 1);
      await turns(10);
      expect(recorder.events).not.to.include('end');
      this.clock.advance(1);
    }
    await turns(10);
    expect(recorder.events).to.include('end');
    expect(recorder.receivedBytes).to.equal(0);
  }

  async close(): Promise<void> {
    await this.server.abort();
    await turns(5);
    expect(this.clock.pendingTimers).to.equal(0);
  }
}
