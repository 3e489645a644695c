import { setTimeout as sleep } from 'node:timers/promises';

import {
  type Client,
  connect,
  type Limits,
  listen,
  type Server,
  type Sink,
  type Source,
  type Verb,
  verb,
} from '../../lib/index.ts';
import { shaped, sinkOf, sourceOf } from '../../lib/layout.ts';
import { makeCredentials } from '../support/credentials.ts';
import type { Driving, Subject } from '../support/workload.ts';
import type { StreamPlan } from './plans.ts';
import { HOST, serving } from './serving.ts';

/**
 * How a reader reads: one by one with `for await` or `read`, or what has arrived; or one by one in memory
 * that is used again, the library's or its own. A slow one takes its time behind each.
 */
export type Reading = 'each' | 'read' | 'batch' | 'slow' | 'slow-borrowed' | 'borrowed' | 'into';

/** The largest message that is read into the reader's own memory. */
const MAX_READ_BYTES = 1_048_576;

/** What a slow reader does between two messages. */
const SLOW_MS = 1;

const PRODUCE = verb<(count: number) => void>(2);
/** The next messages are counted; to be answered before they are sent, on another connection. */
const EXPECT = verb<(count: number) => void>(3);
/** Answered when the last one has come. */
const RECEIVED = verb<() => void>(4);

/** Opens the stream. Declares its serializer, without which the reader of any BSON would use the plain one. */
function openVerb(plan: StreamPlan): Verb<(input: Source<[unknown]>) => Sink<[unknown]>> {
  const { serializer } = plan;
  if (plan.isReadPlainly === true) return verb(1);
  return verb(1, { args: shaped(sourceOf(serializer)), result: shaped(sinkOf(serializer)) });
}

/**
 * Messages over one stream that stays open for all runs, in the one direction or the other.
 *
 * @param limits - of both ends, where they are not to be the defaults.
 */
export function sluiceStreams(
  direction: 'down' | 'up',
  reading: Reading,
  plan: StreamPlan,
  {
    limits,
    isSecure = false,
  }: { readonly limits?: Partial<Limits>; readonly isSecure?: boolean } = {},
): Subject {
  const { compression } = plan;
  return {
    serve: async () => {
      const tls = isSecure ? await makeCredentials() : undefined;
      const server = await listen({ host: HOST, port: 0, limits, compression, tls });
      handleStreams(server, reading, plan);
      return serving(server);
    },
    connect: async (port) => {
      const tls = isSecure ? { rejectUnauthorized: false } : undefined;
      const client = await connect({ host: HOST, port, limits, compression, tls });
      return driveStream(await openStream(client, direction, reading, plan), plan);
    },
  };
}

/** Has a stream carry so many messages. Resolves when all have come and were checked. */
export type Carry = (amount: number) => Promise<void>;

/** Opens a stream. */
export async function openStream(
  client: Client,
  direction: 'down' | 'up',
  reading: Reading,
  plan: StreamPlan,
): Promise<Carry> {
  const sink = await client.makeStreamSink({ serializer: plan.serializer });
  const source = await client.call(openVerb(plan), sink);
  void consume(source, reading, plan.check);
  if (direction === 'up') {
    return async (amount) => {
      await client.call(EXPECT, amount);
      await produce(sink, plan, amount);
      await client.call(RECEIVED);
    };
  }
  return async (amount) => {
    const received = plan.tally.expect(amount);
    await client.call(PRODUCE, amount);
    await received;
  };
}

/** Measures what a stream of {@link openStream} carries. */
export function driveStream(carry: Carry, plan: StreamPlan): Driving {
  return {
    run: async (amount) => {
      const start = performance.now();
      await carry(amount);
      return plan.outcome(amount, (performance.now() - start) / 1e3);
    },
  };
}

/** Has the server do its part in a stream of {@link openStream}. */
export function handleStreams(server: Server, reading: Reading, plan: StreamPlan): void {
  let output: Sink<[unknown]> | undefined;
  server.handle(openVerb(plan), (_context, input) => {
    output = input.makeSink({ serializer: plan.serializer });
    void consume(input, reading, plan.check);
    return output;
  });
  server.handle(PRODUCE, async (_context, count) => {
    if (output === undefined) throw new Error('no stream is open');
    await produce(output, plan, count);
  });
  let received: Promise<void> | undefined;
  server.handle(EXPECT, (_context, count) => {
    received = plan.tally.expect(count);
  });
  server.handle(RECEIVED, () => received);
}

/** Sends as fast as the sink takes it. */
async function produce(sink: Sink<[unknown]>, plan: StreamPlan, count: number): Promise<void> {
  if (plan.feeding === 'generator') {
    for await (const message of generate(plan.messages, count)) {
      const room = sink.send(message);
      if (room !== undefined) await room;
    }
  } else {
    const mask = plan.messages.length - 1;
    const fill = fillerOf(sink, plan.feeding);
    for (let i = 0; i < count; i++) {
      const message = plan.messages[i & mask];
      const room = sink.send(fill === undefined ? message : fill(message as Buffer));
      if (room !== undefined) await room;
    }
  }
  await sink.flush();
}

/** Fills a message with the bytes of another; undefined where messages are sent as they lie. */
function fillerOf(
  sink: Sink<[unknown]>,
  feeding: StreamPlan['feeding'],
): ((bytes: Buffer) => Uint8Array) | undefined {
  if (feeding !== 'anew' && feeding !== 'taken') return undefined;
  return (bytes) => {
    const memory =
      feeding === 'anew' ? Buffer.allocUnsafeSlow(bytes.length) : sink.take(bytes.length);
    memory.set(bytes);
    return memory;
  };
}

/** So many messages of a ring, as whoever writes a stream of his own would yield them. */
export async function* generate<T>(messages: readonly T[], count: number): AsyncGenerator<T> {
  const mask = messages.length - 1;
  // The mask keeps the index within the ring.
  for (let i = 0; i < count; i++) yield messages[i & mask]!;
}

/** Reads to the end. A message that fails its check is an unhandled rejection and ends the process. */
async function consume(
  source: Source<[unknown]>,
  reading: Reading,
  check: (message: unknown) => void,
): Promise<void> {
  switch (reading) {
    case 'each':
      for await (const [message] of source) check(message);
      return;
    case 'read':
      for (let tuple; (tuple = await source.read()) !== undefined;) check(tuple[0]);
      return;
    case 'batch':
      for (let batch; (batch = await source.readBatch()) !== undefined;) {
        for (const [message] of batch) check(message);
      }
      return;
    case 'borrowed':
      for await (const message of source.borrowed()) check(message);
      return;
    case 'into': {
      const buffer = Buffer.allocUnsafeSlow(MAX_READ_BYTES);
      for (let bytes; (bytes = await source.readInto(buffer)) !== undefined;) {
        check(buffer.subarray(0, bytes));
      }
      return;
    }
    case 'slow':
      for await (const [message] of source) {
        check(message);
        await sleep(SLOW_MS);
      }
      return;
    case 'slow-borrowed':
      for await (const message of source.borrowed()) {
        check(message);
        await sleep(SLOW_MS);
      }
  }
}
