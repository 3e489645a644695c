import { i32, packed, raw, sinkOf, sourceOf, string } from '../../lib/layout.ts';
import { type Server, type Sink, type Source, type Verb, verb } from '../../lib/index.ts';
import { outcomeOf, type Scenario } from './scenario.ts';

const ECHO: Verb<(text: string) => string> = verb(1, {
  args: packed(string),
  result: packed(string),
});
const FAIL: Verb<() => void> = verb(2, { args: packed() });
const NOTE: Verb<(text: string) => void> = verb(3, { args: packed(string), noWait: true });
const MISSING: Verb<() => void> = verb(4, { args: packed() });
const SUM: Verb<(numbers: Source<[number]>) => number> = verb(5, {
  args: packed(sourceOf(i32)),
  result: packed(i32),
});
const MIRROR: Verb<(input: Source<[Uint8Array]>) => Sink<[Uint8Array]>> = verb(6, {
  args: packed(sourceOf(raw)),
  result: packed(sinkOf(raw)),
});
const FIRST: Verb<(numbers: Source<[number]>) => number> = verb(7, {
  args: packed(sourceOf(i32)),
  result: packed(i32),
});
const LEAVE: Verb<() => string> = verb(8, { args: packed(), result: packed(string) });
const LOOKUP: Verb<(key: string) => { key: string; size: bigint }> = verb(9);

/** What version 1 of our extension has, and all that works with it. */
export const SCENARIOS_V1: readonly Scenario[] = [
  {
    name: 'negotiate',
    description: 'A client with a token connects and closes.',
    rows: ['F35', 'S-W1'],
    client: { token: 'let me in' },
    serve: () => {},
    run: async (client) => client.state,
  },
  {
    name: 'calls',
    description:
      'A result, a failing handler, a verb without reply, a verb that nobody serves, BSON.',
    rows: ['F35', 'S-W10', 'S-W13'],
    serve: serveCalls,
    run: async (client) => [
      await client.call(ECHO, 'Ada'),
      await outcomeOf(client.call(FAIL)),
      (await client.call(NOTE, 'noted')) ?? null,
      await outcomeOf(client.call(MISSING)),
      String((await client.call(LOOKUP, 'k')).size),
    ],
  },
  {
    name: 'stream-confirmed',
    description: 'A stream to the server, whose end its reader has taken, and says so (kind 1).',
    rows: ['F35', 'S-S1'],
    serve: serveStreams,
    run: async (client) => {
      const sink = await client.makeStreamSink({ serializer: packed(i32) });
      const sum = client.call(SUM, sink);
      await sink.send(3);
      await sink.send(4);
      await sink.closeAndConfirm();
      return sum;
    },
  },
  {
    name: 'stream-both-ways',
    description: 'A stream whose messages come back on its other direction.',
    rows: ['F35', 'S-W15'],
    serve: serveStreams,
    run: async (client) => {
      const sink = await client.makeStreamSink({ serializer: raw });
      const source = await client.call(MIRROR, sink);
      await sink.send(Buffer.from('there'));
      const [back] = (await source.read()) ?? [];
      await sink.closeAndConfirm();
      const end = (await source.read()) ?? 'end';
      return [Buffer.from(back ?? []).toString(), end];
    },
  },
  {
    name: 'stream-canceled',
    description: 'A reader at the server wants no more after the first message (kind 2).',
    rows: ['F35'],
    serve: serveStreams,
    run: async (client) => {
      const sink = await client.makeStreamSink({ serializer: packed(i32) });
      const ended = outcomeOf(sink.ended);
      const first = client.call(FIRST, sink);
      await sink.send(3);
      return [await first, await ended];
    },
  },
  {
    name: 'server-closes',
    description: 'A server closes while its client is there.',
    rows: ['F35', 'S-C9'],
    serve: (server) => {
      server.handle(LEAVE, () => {
        void server.close({ graceMs: 0 });
        return 'bye';
      });
    },
    run: async (client) => {
      const answer = await outcomeOf(client.call(LEAVE));
      return [answer, await outcomeOf(client.call(LEAVE))];
    },
  },
];

function serveCalls(server: Server): void {
  server.handle(ECHO, (_context, text) => text);
  server.handle(FAIL, () => {
    throw new Error('disk full', { cause: new RangeError('no inodes') });
  });
  server.handle(NOTE, () => {});
  server.handle(LOOKUP, (_context, key) => ({ key, size: 5n }));
}

function serveStreams(server: Server): void {
  server.handle(SUM, async (_context, numbers) => {
    let sum = 0;
    for await (const [number] of numbers) sum += number;
    return sum;
  });
  server.handle(MIRROR, (context, input) => {
    const output = input.makeSink<[Uint8Array]>({ serializer: raw });
    context.background(async () => {
      for await (const message of input) await output.send(...message);
      await output.close();
    });
    return output;
  });
  server.handle(FIRST, async (_context, numbers) => {
    for await (const [number] of numbers) return number;
    return 0;
  });
}
