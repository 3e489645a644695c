/**
 * What every runtime must do: calls, streams in both directions, and sends that wait for a reader.
 * Prints one line of JSON and ends by itself.
 */

import { type Client, connect, listen, type Source, stream, verb } from '../../lib/index.ts';
import { i32, packed, raw, sourceOf } from '../../lib/layout.ts';
import { Deferred } from '../../lib/base/deferred.ts';
import { systemClock } from '../../lib/transport.ts';

/** The facts that the program prints. */
export interface Findings {
  readonly called: number;
  readonly items: readonly number[];
  readonly summed: number;
  /** Bytes that were sent until a send waited for the reader. */
  readonly sentBytes: number;
  /** Bytes that the sink told of at that time. */
  readonly bufferedBytes: number;
  /** Bytes that it told of when the kernel had taken all of them. */
  readonly flushedBytes: number;
  readonly receivedBytes: number;
}

const CHUNK = new Uint8Array(65_536);
/** More than any kernel holds of a connection. */
const ENOUGH_BYTES = 268_435_456;
const POLL_MS = 20;
/** A send waits for its reader when nothing has moved for so many looks. */
const LOOKS = 50;

const SWALLOW = verb(1, { args: packed(sourceOf(raw)), result: packed(i32) });

const service = {
  twice: (n: number) => 2 * n,
  async *count(n: number) {
    for (let i = 0; i < n; i++) yield i;
  },
  async sum(numbers: AsyncIterable<number>) {
    let total = 0;
    for await (const number of numbers) total += number;
    return total;
  },
};

const server = await listen({ host: '127.0.0.1', port: 0 });
server.expose('service', service);
const isWanted = new Deferred();
server.handle(SWALLOW, async (_context, source) => {
  await isWanted.promise;
  return await bytesOf(source);
});
const client = await connect({ host: '127.0.0.1', port: server.address.port });
const findings: Findings = { ...(await passValues(client)), ...(await fill(client)) };
await client.close();
await server.close();
console.log(JSON.stringify(findings));

type Values = Pick<Findings, 'called' | 'items' | 'summed'>;

async function passValues(caller: Client): Promise<Values> {
  const api = caller.api<typeof service>('service');
  const items: number[] = [];
  for await (const item of api.count(3)) items.push(item);
  return { called: await api.twice(21), items, summed: await api.sum(stream([1, 2, 3])) };
}

/** Sends to a reader that does not read, until a send waits for it, and lets it read then. */
async function fill(caller: Client): Promise<Omit<Findings, keyof Values>> {
  const sink = await caller.makeStreamSink({ serializer: raw });
  const received = caller.call(SWALLOW, sink);
  let sentBytes = 0;
  let room: Promise<void> | undefined;
  while (sentBytes < ENOUGH_BYTES) {
    room = sink.send(CHUNK);
    sentBytes += CHUNK.length;
    if (room !== undefined && (await isStuck(room, () => sink.bufferedBytes))) break;
  }
  const { bufferedBytes } = sink;
  isWanted.resolve();
  await room;
  await sink.flush();
  const flushedBytes = sink.bufferedBytes;
  await sink.closeAndConfirm();
  return { sentBytes, bufferedBytes, flushedBytes, receivedBytes: await received };
}

/** Whether the promise stays open while nothing moves. */
async function isStuck(room: Promise<void>, buffered: () => number): Promise<boolean> {
  let isOpen = true;
  void room.then(() => (isOpen = false));
  let before = buffered();
  for (let look = 0; look < LOOKS; look++) {
    await new Promise<void>((resolve) => systemClock.setTimeout(resolve, POLL_MS));
    if (!isOpen) return false;
    const now = buffered();
    if (now !== before) look = 0;
    before = now;
  }
  return true;
}

async function bytesOf(source: Source<[Uint8Array]>): Promise<number> {
  let bytes = 0;
  for await (const [chunk] of source) bytes += chunk.length;
  return bytes;
}
