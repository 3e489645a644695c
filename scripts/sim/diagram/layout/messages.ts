/** The frames of a trace with the times at which they were sent and have arrived. */

import type { TraceEntry } from '../../../../lib/simulation/world/trace.ts';
import { readConversation, type SentBytes } from '../decode/conversation.ts';
import type { SeenFrame, WireNames } from '../decode/frame.ts';
import type { ConnectionKind } from '../decode/negotiation.ts';
import type { Moment } from './moment.ts';

/** Frames that were sent together, and have arrived together. */
export interface Message {
  readonly connection: number;
  readonly from: string;
  readonly to: string;
  readonly frames: readonly SeenFrame[];
  /** The first byte. */
  readonly sent: Moment;
  /** The last byte; undefined if it never arrived. */
  readonly arrived: Moment | undefined;
}

/** All messages of a trace, and the use of each connection. */
export interface SeenMessages {
  readonly messages: readonly Message[];
  readonly kinds: ReadonlyMap<number, ConnectionKind>;
}

/** A part of the bytes of a direction, up to `end`. */
interface Part extends Moment {
  readonly end: number;
}

/** One direction of a connection. */
class Direction {
  readonly from: string;
  readonly to: string;
  readonly #chunks: Buffer[] = [];
  readonly #sent: Part[] = [];
  readonly #arrived: Part[] = [];

  constructor(from: string, to: string) {
    this.from = from;
    this.to = to;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  addSent(bytes: Buffer, moment: Moment): void {
    this.#chunks.push(bytes);
    this.#sent.push({ ...moment, end: endOf(this.#sent) + bytes.length });
  }

  addArrived(bytes: Buffer, moment: Moment): void {
    this.#arrived.push({ ...moment, end: endOf(this.#arrived) + bytes.length });
  }

  /** Frames in groups, each with its times. */
  messagesOf(frames: readonly SeenFrame[], connection: number): Message[] {
    const messages: (Message & { readonly frames: SeenFrame[] })[] = [];
    for (const frame of frames) {
      const sent = partAt(this.#sent, frame.start);
      const arrived = partAt(this.#arrived, frame.end - 1);
      const last = messages.at(-1);
      if (sent === undefined) throw new Error('a frame that was not sent');
      if (last?.sent === sent && last.arrived === arrived) last.frames.push(frame);
      else
        messages.push({ connection, from: this.from, to: this.to, frames: [frame], sent, arrived });
    }
    return messages;
  }
}

/** Reads all bytes of a trace. */
export function readMessages(entries: readonly TraceEntry[], names: WireNames): SeenMessages {
  const connections = new Map<number, Record<keyof SentBytes, Direction>>();
  for (const [order, entry] of entries.entries()) {
    const { kind, node, peer = '', connection = 0, bytes, atMs } = entry;
    if (kind === 'dial') {
      const directions = {
        toListener: new Direction(peer, node),
        toDialer: new Direction(node, peer),
      };
      connections.set(connection, directions);
    }
    const found = connections.get(connection);
    if (found === undefined || bytes === undefined) continue;
    const { toListener, toDialer } = found;
    const moment = { atMs, order };
    if (kind === 'sent') (node === toListener.from ? toListener : toDialer).addSent(bytes, moment);
    else (node === toListener.to ? toListener : toDialer).addArrived(bytes, moment);
  }
  return readAll(connections, names);
}

function readAll(
  connections: ReadonlyMap<number, Record<keyof SentBytes, Direction>>,
  names: WireNames,
): SeenMessages {
  const messages: Message[] = [];
  const kinds = new Map<number, ConnectionKind>();
  for (const [number, { toListener, toDialer }] of connections) {
    const bytes = { toListener: toListener.bytes, toDialer: toDialer.bytes };
    const seen = readConversation(bytes, names);
    kinds.set(number, seen.kind);
    messages.push(...toListener.messagesOf(seen.toListener, number));
    messages.push(...toDialer.messagesOf(seen.toDialer, number));
  }
  return { messages, kinds };
}

function endOf(parts: readonly Part[]): number {
  return parts.at(-1)?.end ?? 0;
}

/** The part with that byte; undefined if the parts end before it. */
function partAt(parts: readonly Part[], offset: number): Part | undefined {
  let low = 0;
  let high = parts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (offset < (parts[middle]?.end ?? Infinity)) high = middle;
    else low = middle + 1;
  }
  return parts[low];
}
