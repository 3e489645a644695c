import type { Conversation, Direction } from './conversation.ts';

/** One thing that happens in a conversation. */
export interface Step {
  /** Its number in the capture, or one between two of them for what we do in addition. */
  readonly seq: number;
  readonly connection: number;
  readonly direction: Direction;
  readonly atMs: number;
  /** None for a FIN. */
  readonly bytes: Buffer;
  /** The sizes of the pieces in which they travel. */
  readonly chunks: readonly number[];
  readonly isFin: boolean;
  /** Whether the time is right to the event: it comes because of the step before, and never earlier. */
  readonly isCaused: boolean;
}

/** A conversation's steps in their order across all connections. */
export function stepsOf(conversation: Pick<Conversation, 'connections'>): Step[] {
  const steps = conversation.connections.flatMap(({ id, events }) =>
    events.map((event): Step => {
      const bytes = Buffer.from(event.hex, 'hex');
      return {
        seq: event.seq,
        connection: id,
        direction: event.dir,
        atMs: event.t_ms,
        bytes,
        chunks: event.chunks ?? [bytes.length],
        isFin: event.fin === true,
        isCaused: false,
      };
    }),
  );
  return steps.toSorted((a, b) => a.seq - b.seq);
}

/** All bytes of one direction of a connection. */
export function bytesOf(steps: readonly Step[], connection: number, direction: Direction): Buffer {
  const own = steps.filter(
    (step) => step.connection === connection && step.direction === direction,
  );
  return Buffer.concat(own.map((step) => step.bytes));
}

/** The ids that the server gave, in the order in which it gave them. */
export function idsOf(steps: readonly Step[]): bigint[] {
  const seen = new Set<number>();
  const ids: bigint[] = [];
  for (const { connection, direction, bytes, isFin } of steps) {
    if (direction !== 's2c' || isFin || seen.has(connection)) continue;
    seen.add(connection);
    const id = recordsOf(bytes).get(CONNECTION_ID);
    if (id !== undefined) ids.push(id.readBigUInt64LE(0));
  }
  return ids;
}

const CONNECTION_ID = 2;
const HEADER_BYTES = 12;

/** The records of a negotiation frame that stands whole at the beginning of the bytes. */
export function recordsOf(bytes: Buffer): Map<number, Buffer> {
  const records = new Map<number, Buffer>();
  const end = HEADER_BYTES + bytes.readUInt32LE(8);
  for (let at = HEADER_BYTES; at < end;) {
    const data = at + 8;
    const next = data + bytes.readUInt32LE(at + 4);
    records.set(bytes.readUInt32LE(at), bytes.subarray(data, next));
    at = next;
  }
  return records;
}
