import { deserialize, serialize } from 'bson';

import { MAIN_MESSAGE_VERB } from '../../lib/call/common/main-messages.ts';
import { encodeExtension } from '../../lib/connection/handshake/extension.ts';
import { type RemoteStream, type Server, verb, type Verb } from '../../lib/index.ts';
import type { LaneFrame } from '../../lib/wire/lane-frame.ts';
import { decodeLaneFrame } from '../../lib/wire/lane-frame.ts';
import { encodeMainMessage, type MainMessage } from '../../lib/wire/main-message.ts';
import { AckBatch } from '../../lib/wire/acks.ts';
import { laneFrame } from './lane-bench.ts';
import { PlayedSession } from './played-session.ts';
import type { RawPeer } from './raw-peer.ts';
import { withPeers } from './scripted-peer.ts';
import { offered, takeMainMessage, tupleOf } from './value-stream-bytes.ts';
import { requestBytes } from './wire-bytes.ts';
import { withServer } from './with-server.ts';

/** The method that gives the server's stream. */
export const GIVE: Verb<() => unknown> = verb(1);
const TAKE: Verb<(items: unknown) => void> = verb(2);

/** What comes on a lane: a lane frame, an item, or the end of stream. */
export type LanePart = LaneFrame | { readonly item: unknown } | 'eos';

/** A client that a test plays, at a server of ours, for streams that can be resumed. */
export class PlayedResumer {
  readonly main: RawPeer;
  /** The server's end of the stream that the client has offered. */
  remote!: RemoteStream<number>;
  readonly #openLane: () => Promise<RawPeer>;
  #messageId = 0n;

  constructor(main: RawPeer, openLane: () => Promise<RawPeer>) {
    this.main = main;
    this.#openLane = openLane;
  }

  lane(): Promise<RawPeer> {
    return this.#openLane();
  }

  /** Has the server promise its next stream: 2, 4, and so on. */
  async give(): Promise<void> {
    this.main.write(requestBytes(GIVE.number, ++this.#messageId, Buffer.from(serialize({}))));
    await this.#answered();
  }

  /** Offers stream `number`; the server has it as `remote` then. */
  async offer(number: number): Promise<void> {
    this.main.write(requestBytes(TAKE.number, ++this.#messageId, tupleOf(offered(number))));
    await this.#answered();
  }

  /** Sends main messages. */
  tell(...messages: readonly (MainMessage | Buffer)[]): void {
    for (const one of messages) {
      const bytes = Buffer.isBuffer(one) ? one : encodeMainMessage(one);
      this.main.write(requestBytes(MAIN_MESSAGE_VERB, ++this.#messageId, bytes));
    }
  }

  /** Acknowledges items of a stream. */
  ack(number: number, acknowledged: number, taken: number): void {
    const batch = new AckBatch('stream-ack');
    batch.add(number, acknowledged, taken);
    this.tell(batch.take());
  }

  /** The call is answered. Main messages that come before are passed over. */
  async #answered(): Promise<void> {
    while ((await this.main.takeReply()).messageId === 0n);
  }

  /** The next main message of a kind; others are passed over. */
  async told<K extends MainMessage['kind']>(kind: K): Promise<Extract<MainMessage, { kind: K }>> {
    for (;;) {
      const message = await takeMainMessage(this.main);
      if (message?.kind === 'ping') this.tell({ kind: 'pong', number: message.number });
      if (message?.kind === kind) return message as Extract<MainMessage, { kind: K }>;
    }
  }
}

/**
 * Runs a test with a client that it plays.
 *
 * @param give - makes the server's streams.
 * @param version - of the extension, as the client says. @default ours
 */
export async function withPlayedResumer(
  give: () => unknown,
  run: (client: PlayedResumer, server: Server) => Promise<void>,
  version?: number,
): Promise<void> {
  const spoken = version === undefined ? {} : { version };
  await withServer(async ({ server }) => {
    let arrived: unknown;
    server.handle(GIVE, give);
    server.handle(TAKE, (_context, items) => void (arrived = items));
    await withPeers(server.address.port, async (join) => {
      const main = await join({ extension: encodeExtension(spoken) });
      const session = new PlayedSession(main.answer);
      const client = new PlayedResumer(main.peer, async () => {
        return (await join(session.child({ isLane: true, ...spoken }))).peer;
      });
      Object.defineProperty(client, 'remote', { get: () => arrived });
      await run(client, server);
    });
  });
}

/** The next part on a lane, as its reader sees it. */
export async function takePart(lane: RawPeer): Promise<LanePart> {
  const length = (await lane.take(4)).readUInt32LE(0);
  if (length === 0xffff_ffff) return 'eos';
  if (length !== 0xffff_fffe) return { item: deserialize(await lane.take(length))[0] };
  const content = await lane.take((await lane.take(4)).readUInt32LE(0));
  return decodeLaneFrame(content, true)!;
}

/** Items from a lane, behind its terms. */
export async function takeItems(lane: RawPeer, count: number): Promise<unknown[]> {
  const items: unknown[] = [];
  while (items.length < count) {
    const part = await takePart(lane);
    if (typeof part === 'object' && 'item' in part) items.push(part.item);
  }
  return items;
}

/** Everything up to the end of stream. */
export async function takeStream(lane: RawPeer): Promise<LanePart[]> {
  const parts: LanePart[] = [];
  for (let part; (part = await takePart(lane)) !== 'eos';) parts.push(part);
  return parts;
}

/** The terms on the wire, with a window of 4 items. */
export function terms(firstIndex: number, windowItems = 4): Buffer {
  const window = { windowBytes: 1_000_000, windowItems, ackPeriod: 0 };
  const flags = { isManual: false, isRealTime: false, canResume: true };
  return laneFrame({ type: 'retained', firstIndex, ...window, ...flags });
}
