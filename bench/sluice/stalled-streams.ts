import { setTimeout as sleep } from 'node:timers/promises';

import { connect, type LocalStream, type RemoteStream, stream } from '../../lib/index.ts';
import { raw } from '../../lib/layout.ts';
import type { Subject } from '../support/workload.ts';
import { HOST, servingService } from './serving.ts';

const SERVICE = 'bench';

/** How long nothing may happen until a stream counts as stalled. */
const STILL_MS = 1_000;
const LOOK_MS = 50;

/** Of each item. */
export const STALLED_ITEM_BYTES = 65_536;

/**
 * The reader stops to read; or it reads on and never acknowledges, which leaves it with no memory but
 * its producer with a full window.
 */
export type Stall = 'reading' | 'acknowledging';

/** A stream whose reader stalls. */
export interface StalledCase {
  readonly direction: 'down' | 'up';
  readonly stall: Stall;
  readonly isResumable: boolean;
}

interface StallService {
  /** Offers so many items. */
  produce(count: number): LocalStream<Uint8Array>;
  /** Items of `produce` that were made so far. */
  made(): number;
  /** Stalls on a stream. Never ends. */
  consume(items: AsyncIterable<Uint8Array>): Promise<void>;
}

/**
 * Streams with items that are made one by one, whose reader stalls for ever. A run offers `amount` of
 * them, and ends when no more are made; its figure is how many were.
 */
export function stalledStreams({ direction, stall, isResumable }: StalledCase): Subject {
  const maker = new ItemMaker();
  const offer = (count: number): LocalStream<Uint8Array> =>
    stream(maker.items(count), { serializer: raw, resumable: isResumable });
  const service: StallService = {
    produce: offer,
    made: () => maker.made,
    // The method's argument is a stream of the peer's.
    consume: (items) => stallOn(items as RemoteStream<Uint8Array>, stall),
  };
  return {
    serve: () => servingService(SERVICE, service, { context: false }),
    connect: async (port) => {
      const client = await connect({ host: HOST, port });
      const api = client.api<StallService>(SERVICE);
      const begin = async (count: number): Promise<void> => {
        if (direction === 'up') void api.consume(offer(count));
        else void stallOn(await api.produce(count), stall);
      };
      const made = direction === 'up' ? async () => maker.made : () => api.made();
      return {
        run: async (amount) => {
          const start = performance.now();
          await begin(amount);
          const items = await untilStill(made);
          return { seconds: (performance.now() - start) / 1e3, figures: { '': items } };
        },
      };
    },
  };
}

/** Makes each item when it is asked for, in memory of its own. */
class ItemMaker {
  /** Of the last stream. */
  made = 0;

  *items(count: number): Generator<Uint8Array, void, undefined> {
    this.made = 0;
    while (this.made < count) yield Buffer.alloc(STALLED_ITEM_BYTES, this.made++ & 0xff);
  }
}

/** Streams that are kept: one that nobody holds any more is collected and ended. */
const held: unknown[] = [];

async function stallOn(items: RemoteStream<Uint8Array>, stall: Stall): Promise<void> {
  held.push(items);
  if (stall === 'acknowledging') {
    items.ack = 'manual';
    while ((await items.readBatch()) !== undefined);
  } else await items.read();
  await new Promise(() => {});
}

/** Resolves with the value once it has not changed for a while. */
async function untilStill(read: () => Promise<number>): Promise<number> {
  let value = await read();
  for (let since = performance.now(); performance.now() - since < STILL_MS;) {
    await sleep(LOOK_MS);
    const next = await read();
    if (next === 0 || next !== value) since = performance.now();
    value = next;
  }
  return value;
}
