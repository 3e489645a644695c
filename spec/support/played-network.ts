import { Dialer } from '../../lib/connection/handshake/dialer.ts';
import { encodeExtension } from '../../lib/connection/handshake/extension.ts';
import { makeSessionKey } from '../../lib/connection/handshake/proof.ts';
import { MAIN_MESSAGE_VERB } from '../../lib/call/common/main-messages.ts';
import type { Limits } from '../../lib/settings/limits.ts';
import { settle } from '../../lib/testing.ts';
import { MemoryTransport } from '../../lib/transport/memory/transport.ts';
import type {
  Endpoint,
  Peer,
  TransportListener,
  TransportSocket,
} from '../../lib/transport/transport.ts';
import type { Features } from '../../lib/wire/feature.ts';
import {
  decodeMainMessage,
  encodeMainMessage,
  type MainMessage,
} from '../../lib/wire/main-message.ts';
import { encodeNegotiation } from '../../lib/wire/negotiation-frame.ts';
import { NO_FEATURES } from './raw-peer.ts';
import { decodeNegotiation } from './scripted-peer.ts';
import { SocketRecorder } from './socket-recorder.ts';
import { type TestEnvironment, testEnvironment } from './test-environment.ts';
import { replyBytes } from './wire-bytes.ts';

const PLACE: Endpoint = { host: '127.0.0.1', port: 1, noDelay: true, keepAliveDelayMs: 0 };
const NEGOTIATION_HEADER_BYTES = 12;
const REQUEST_HEADER_BYTES = 20;

/** A request as a server reads it. */
export interface PlayedRequest {
  readonly verb: bigint;
  readonly messageId: bigint;
  readonly payload: Buffer;
}

/** The server's end of one connection, as a test plays it. */
export class PlayedPeer {
  readonly recorder: SocketRecorder;
  #takenBytes = 0;

  constructor(socket: TransportSocket) {
    this.recorder = new SocketRecorder(socket);
  }

  /** Whether the client has ended its direction, or all of the connection. */
  get isEnded(): boolean {
    return this.recorder.events.includes('end') || this.recorder.events.includes('close');
  }

  /** The client's negotiation frame. */
  takeOffer(): Features {
    const length = this.recorder.bytes.readUInt32LE(8);
    return decodeNegotiation(this.#take(NEGOTIATION_HEADER_BYTES + length));
  }

  /** Answers the negotiation, with main messages right behind it. */
  answer(features: Partial<Features> = {}, ...messages: readonly MainMessage[]): void {
    const behind = messages.map((message) => replyBytes(0n, encodeMainMessage(message)));
    this.recorder.write(encodeNegotiation({ ...NO_FEATURES, ...features }), ...behind);
  }

  /** The requests without a timeout that have come since the last time. */
  takeRequests(): PlayedRequest[] {
    const requests: PlayedRequest[] = [];
    while (this.recorder.receivedBytes - this.#takenBytes >= REQUEST_HEADER_BYTES) {
      const header = this.#take(REQUEST_HEADER_BYTES);
      requests.push({
        verb: header.readBigUInt64LE(0),
        messageId: header.readBigInt64LE(8),
        payload: this.#take(header.readUInt32LE(16)),
      });
    }
    return requests;
  }

  /** The main messages among the requests that have come since the last time. */
  takeMessages(): (MainMessage | undefined)[] {
    return this.takeRequests()
      .filter(({ verb }) => verb === MAIN_MESSAGE_VERB)
      .map(({ payload }) => decodeMainMessage(payload));
  }

  /** Replies; a negative id makes it an exception. */
  reply(messageId: bigint, payload: Uint8Array): void {
    this.recorder.write(replyBytes(messageId, payload));
  }

  /** Sends a main message. */
  tell(message: MainMessage): void {
    this.reply(0n, encodeMainMessage(message));
  }

  #take(count: number): Buffer {
    const start = this.#takenBytes;
    this.#takenBytes += count;
    return this.recorder.bytes.subarray(start, this.#takenBytes);
  }
}

/** A network in memory with one server, each of whose connections a test plays. */
export class PlayedNetwork {
  readonly environment: TestEnvironment;
  readonly transport: MemoryTransport;
  readonly dialer: Dialer;
  /** In the order in which they connected. */
  readonly peers: PlayedPeer[] = [];
  /** For each attempt to connect: the address that was known; undefined if the name is looked up. */
  readonly reached: (Peer | undefined)[] = [];
  #listener: TransportListener | undefined;

  private constructor(environment: TestEnvironment) {
    const { clock } = environment;
    this.environment = environment;
    this.transport = new MemoryTransport({ clock });
    this.dialer = new Dialer(
      environment,
      {
        address: '127.0.0.1',
        port: 1,
        connect: (signal, reached) => {
          this.reached.push(reached);
          return this.transport.dial(PLACE, { signal });
        },
      },
      // Our extension alone: requests have no timeout, and replies no duration.
      { ...NO_FEATURES, extension: encodeExtension() },
      10_000,
    );
  }

  static async start(
    limits: Partial<Limits> = {},
    own: Partial<Pick<TestEnvironment, 'clock' | 'random'>> = {},
  ): Promise<PlayedNetwork> {
    const network = new PlayedNetwork(testEnvironment({ pingIntervalMs: 0, ...limits }, own));
    await network.listen();
    return network;
  }

  /** The server takes connections; a server of a test that starts does. */
  async listen(): Promise<void> {
    this.#listener = await this.transport.listen(PLACE, {
      onSocket: (socket) => void this.peers.push(new PlayedPeer(socket)),
      onError: () => {},
    });
  }

  /** The server takes no connections. Those that are there stay. */
  async refuse(): Promise<void> {
    await this.#listener?.close();
  }

  /** The peer that connected last. */
  get peer(): PlayedPeer {
    const peer = this.peers.at(-1);
    if (peer === undefined) throw new Error('nobody has connected');
    return peer;
  }

  /** Lets everything happen that needs no time. */
  settle(): Promise<void> {
    return settle(this.environment.clock);
  }

  /** What a server answers that keeps no sessions: an id, and a session. */
  ours(connectionId: bigint): Partial<Features> {
    const session = makeSessionKey(this.environment.random);
    return { connectionId, extension: encodeExtension({ session }) };
  }

  /** What a server of ours answers to a child. */
  ourChild(connectionId: bigint): Partial<Features> {
    return { connectionId, extension: encodeExtension() };
  }
}
