import { createHash } from 'node:crypto';

import { factsOf, outcomeOf } from './library.ts';
import type { Step } from './step.ts';

const MESSAGES = 64;
const MESSAGE_BYTES = 65_536;

/** Calls and streams of verbs, which all versions have. */
export const VERB_STEPS: readonly Step[] = [
  {
    title: 'calls a packed verb',
    run: ({ client, verbs }) => client.call(verbs.echo, 'Zoë'),
    expected: 'Zoë',
  },
  {
    title: 'sends and gets values of BSON',
    run: async ({ client, verbs }) => {
      const items = [{ name: 'tea', bytes: Uint8Array.of(1, 2, 255) }];
      const order = await client.call(verbs.order, { id: 2n ** 60n, placed: new Date(7), items });
      const [item] = order.items;
      const bytes = Buffer.from(item?.bytes ?? []).toString('hex');
      return [String(order.id), order.placed.toISOString(), item?.name, bytes];
    },
    expected: [String(2n ** 60n), '1970-01-01T00:00:00.007Z', 'tea', '0102ff'],
  },
  {
    title: 'gets the text of an error and of its cause',
    run: async ({ client, verbs }) => {
      const error: unknown = await client.call(verbs.fail).catch((reason: unknown) => reason);
      return { ...factsOf(error), message: (error as Error).message };
    },
    expected: { name: 'RemoteError', code: 'ERR_REMOTE', message: 'disk full: no inodes' },
  },
  {
    title: 'is told that a verb is not served',
    run: ({ client, verbs }) => outcomeOf(client.call(verbs.missing)),
    expected: { name: 'UnknownVerbError', code: 'ERR_UNKNOWN_VERB' },
  },
  {
    title: 'makes a call that has no reply',
    run: async ({ client, verbs }) => {
      await client.call(verbs.note, 'noted');
      return client.call(verbs.notes);
    },
    expected: ['noted'],
  },
  {
    title: 'is known by its token',
    run: ({ client, verbs }) => client.call(verbs.whoAmI),
    expected: 'friend of let me in',
  },
  {
    title: 'tells the time that it waits',
    run: ({ client, verbs }) => client.with({ timeoutMs: 60_000 }).call(verbs.timeLeft),
    expected: true,
  },
  {
    title: 'sends compressed frames',
    run: async ({ library, connect, verbs }) => {
      const text = 'tea and cake '.repeat(10_000);
      const client = await connect({ compression: library.lz4() });
      const isSame = (await client.call(verbs.echo, text)) === text;
      await client.close();
      return isSame;
    },
    expected: true,
  },
  {
    title: 'streams to a handler, and learns that it has read the end',
    run: async ({ client, library, verbs }) => {
      const sink = await client.makeStreamSink({ serializer: library.packed(library.i32) });
      const sum = client.call(verbs.sum, sink);
      for (let number = 1; number <= 1_000; number++) await sink.send(number);
      await sink.closeAndConfirm();
      return sum;
    },
    expected: 500_500,
  },
  {
    title: 'streams 4 MiB there and back',
    run: async ({ client, library, verbs }) => {
      const sink = await client.makeStreamSink({ serializer: library.raw });
      const source = await client.call(verbs.mirror, sink);
      const [sent, received] = [createHash('sha256'), createHash('sha256')];
      const sending = (async () => {
        for (let at = 0; at < MESSAGES; at++) {
          const message = Buffer.alloc(MESSAGE_BYTES, at);
          sent.update(message);
          await sink.send(message);
        }
        await sink.closeAndConfirm();
      })();
      for await (const [message] of source) received.update(message);
      await sending;
      return sent.digest('hex') === received.digest('hex');
    },
    expected: true,
  },
  {
    title: 'learns that a reader wants no more',
    run: async ({ client, library, verbs }) => {
      const sink = await client.makeStreamSink({ serializer: library.packed(library.i32) });
      const ended = outcomeOf(sink.ended);
      const first = client.call(verbs.first, sink);
      await sink.send(3);
      return [await first, await ended];
    },
    expected: [3, { name: 'StreamClosedError', code: 'ERR_STREAM_CLOSED' }],
  },
  {
    title: 'breaks a stream off, which is no end to its reader',
    run: async ({ client, library, verbs }) => {
      const sink = await client.makeStreamSink({ serializer: library.packed(library.i32) });
      const failing = client.call(verbs.failing, sink);
      await sink.send(3);
      await sink.flush();
      sink.abort('enough');
      return failing;
    },
    expected: '3, then ERR_STREAM_CLOSED',
  },
];
