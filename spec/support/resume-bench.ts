import { MAIN_MESSAGE_VERB } from '../../lib/call/common/main-messages.ts';
import {
  decodeExtension,
  encodeExtension,
  type Extension,
} from '../../lib/connection/handshake/extension.ts';
import {
  makeSessionKey,
  ProofChecker,
  type SessionKey,
} from '../../lib/connection/handshake/proof.ts';
import type { Features } from '../../lib/wire/feature.ts';
import { decodeMainMessage, type MainMessage } from '../../lib/wire/main-message.ts';
import { CoreBench } from './core-bench.ts';
import type { PlayedPeer } from './played-network.ts';

const VERSION = 3;

/** How long a played server says that it keeps sessions. */
export const KEEP_MS = 180_000;
/** Longer than the first delay before an attempt. */
export const SOON_MS = 200;

/** A call, as its text, or a main message, with its id. */
export type Said = readonly [messageId: number, what: string | MainMessage | undefined];

/** The next connection of a client, which the test has to answer. */
export interface Attempt {
  readonly peer: PlayedPeer;
  readonly offer: Extension;
}

/** What a test changes in the answer of a server that goes on. */
interface ResumedParts {
  readonly mac?: Uint8Array;
  readonly received: number;
}

/** A client core whose server the test plays: one of version 3, which keeps its sessions. */
export class ResumeBench {
  readonly client: CoreBench;
  #key: SessionKey | undefined;
  #checker: ProofChecker | undefined;

  private constructor(client: CoreBench) {
    this.client = client;
  }

  static async start(
    options: Parameters<typeof CoreBench.reconnecting>[0] = {},
  ): Promise<ResumeBench> {
    return new ResumeBench(await CoreBench.reconnecting(options));
  }

  /** A client that has connected. */
  static async connected(
    ...args: Parameters<typeof ResumeBench.start>
  ): Promise<{ readonly bench: ResumeBench; readonly peer: PlayedPeer }> {
    const bench = await ResumeBench.start(...args);
    return { bench, peer: await bench.connect(5n) };
  }

  /** The session that the server has given last. */
  get key(): SessionKey {
    if (this.#key === undefined) throw new Error('there is no session');
    return this.#key;
  }

  /** Judges and answers the proofs of that session. */
  get checker(): ProofChecker {
    if (this.#checker === undefined) throw new Error('there is no session');
    return this.#checker;
  }

  /** The first connection. */
  async connect(connectionId: bigint, parts: Partial<Extension> = {}): Promise<PlayedPeer> {
    return await this.client.connect(connectionId, this.begun(connectionId, parts));
  }

  /** The answer of a server that begins a session. */
  begun(connectionId: bigint, parts: Partial<Extension> = {}): Partial<Features> {
    const session = makeSessionKey(this.client.network.environment.random);
    this.#key = session;
    this.#checker = new ProofChecker(session, connectionId);
    const extension = encodeExtension({ version: VERSION, session, keepMs: KEEP_MS, ...parts });
    return { connectionId, extension };
  }

  /** The answer of a server that begins a session, which is to be lost: the session stays the one before. */
  another(connectionId: bigint): Partial<Features> {
    const [key, checker] = [this.#key, this.#checker];
    const answer = this.begun(connectionId);
    [this.#key, this.#checker] = [key, checker];
    return answer;
  }

  /** Lets the client dial, and reads what it offers. */
  async attempt(afterMs: number = SOON_MS): Promise<Attempt> {
    const { client } = this;
    const before = client.network.peers.length;
    await client.pass(afterMs);
    if (client.network.peers.length !== before + 1) throw new Error('it did not dial once');
    const { peer } = client.network;
    return { peer, offer: decodeExtension(peer.takeOffer().extension!, VERSION) };
  }

  /** The answer of a server that goes on with the session. */
  resumed(
    { proof }: Extension,
    connectionId: bigint,
    parts: ResumedParts,
    version: number = VERSION,
  ): Partial<Features> {
    if (proof === undefined) throw new Error('there is no proof');
    const resumed = { mac: this.checker.answer(connectionId, proof), ...parts };
    return { connectionId, extension: encodeExtension({ version, resumed }) };
  }

  /**
   * The client dials, and the server goes on with the session.
   *
   * @param received - the highest message id that the server has received.
   */
  async resume(connectionId: bigint, received: number): Promise<PlayedPeer> {
    const { peer, offer } = await this.attempt();
    peer.answer(this.resumed(offer, connectionId, { received }));
    await this.client.network.settle();
    return peer;
  }

  /** The client dials, and the server begins another session. */
  async renew(connectionId: bigint): Promise<PlayedPeer> {
    const { peer } = await this.attempt();
    peer.answer(this.begun(connectionId));
    await this.client.network.settle();
    return peer;
  }

  /** The server, or the network, ends the connection. */
  lose(peer: PlayedPeer): Promise<void> {
    return this.client.lose(peer);
  }

  call(...args: Parameters<CoreBench['call']>): Promise<unknown> {
    return this.client.call(...args);
  }

  close(): Promise<void> {
    return this.client.close();
  }
}

/** The calls and main messages that have come since the last time, in order. */
export function said(peer: PlayedPeer): Said[] {
  return peer.takeRequests().map(({ verb, messageId, payload }) => {
    const isMessage = verb === MAIN_MESSAGE_VERB;
    const what = isMessage ? decodeMainMessage(payload, 'client', true) : payload.toString();
    return [Number(messageId), what];
  });
}

/** The list of calls whose replies are to come. */
export function pending(...messageIds: number[]): MainMessage {
  return { kind: 'calls-pending', messageIds };
}
