import { Link } from '../../lib/connection/link/link.ts';
import { MemoryTransport } from '../../lib/transport/memory/transport.ts';
import type { TransportSocket } from '../../lib/transport/transport.ts';
import { SocketRecorder } from './socket-recorder.ts';
import type { TestEnvironment } from './test-environment.ts';
import { turns } from './turns.ts';

/** Turns within which bytes without latency have arrived, and what they cause has happened. */
const SETTLE_TURNS = 10;
const REPLY_HEADER_BYTES = 12;
const DURATION_BYTES = 4;

/** A reply as a test sees it; exceptions have negative ids. */
export interface PlayedReply {
  readonly messageId: number;
  readonly payload: Buffer;
  /** Microseconds; undefined where durations were not agreed. */
  readonly durationUs?: number;
}

/** The client's end of a connection in memory, played by a test byte by byte. */
export class MemoryPeer {
  readonly recorder: SocketRecorder;
  readonly #socket: TransportSocket;
  #takenBytes = 0;

  constructor(socket: TransportSocket) {
    this.#socket = socket;
    this.recorder = new SocketRecorder(socket);
  }

  /** Sends bytes, and lets them arrive. */
  async send(...parts: readonly Uint8Array[]): Promise<void> {
    this.#socket.write([Buffer.concat(parts)]);
    await turns(SETTLE_TURNS);
  }

  /** The bytes that came since the last time. */
  async take(): Promise<Buffer> {
    await turns(SETTLE_TURNS);
    const bytes = this.recorder.bytes.subarray(this.#takenBytes);
    this.#takenBytes = this.recorder.receivedBytes;
    return bytes;
  }

  /** The replies that came since the last time, all of them whole. */
  async takeReplies(hasDuration = false): Promise<PlayedReply[]> {
    const bytes = await this.take();
    const replies: PlayedReply[] = [];
    let at = 0;
    while (at < bytes.length) {
      const messageId = Number(bytes.readBigInt64LE(at));
      const payloadBytes = bytes.readUInt32LE(at + 8);
      at += REPLY_HEADER_BYTES;
      const duration = hasDuration ? { durationUs: bytes.readUInt32LE(at) } : {};
      if (hasDuration) at += DURATION_BYTES;
      replies.push({ messageId, payload: bytes.subarray(at, at + payloadBytes), ...duration });
      at += payloadBytes;
    }
    return replies;
  }

  /** Stops reading, as a client that is busy. */
  pause(): void {
    this.#socket.pause();
  }

  /** Reads on. */
  resume(): void {
    this.#socket.resume();
  }

  /** Ends our direction, and lets the end arrive. */
  async end(): Promise<void> {
    this.#socket.end();
    await turns(SETTLE_TURNS);
  }

  /** Closes at once, and lets that arrive. */
  async destroy(): Promise<void> {
    this.#socket.destroy();
    await turns(SETTLE_TURNS);
  }
}

/** Both ends of a connection in memory. */
export interface MemoryConnection {
  /** The accepted end. */
  readonly socket: TransportSocket;
  readonly peer: MemoryPeer;
}

/** Connects in memory; the buffers of each direction hold `bufferBytes`. */
export async function connectInMemory(
  environment: TestEnvironment,
  bufferBytes = 65_536,
): Promise<MemoryConnection> {
  const network = new MemoryTransport({ clock: environment.clock, bufferBytes });
  const place = { host: '127.0.0.1', port: 7070, noDelay: true, keepAliveDelayMs: 0 };
  const accepted: TransportSocket[] = [];
  const listener = await network.listen(place, {
    onSocket: (socket) => void accepted.push(socket),
    onError: (error) => {
      throw error;
    },
  });
  const dialed = await network.dial(place, {});
  await listener.close();
  const [socket] = accepted;
  if (socket === undefined) throw new Error('nothing was accepted');
  return { socket, peer: new MemoryPeer(dialed) };
}

/** The same, with a link at the accepted end. */
export async function linkInMemory(
  environment: TestEnvironment,
  bufferBytes?: number,
): Promise<{ readonly link: Link; readonly peer: MemoryPeer }> {
  const { socket, peer } = await connectInMemory(environment, bufferBytes);
  return { link: new Link(socket, environment, environment.limits.mainBudgetBytes), peer };
}
