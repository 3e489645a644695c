import { once } from 'node:events';

import {
  callContext,
  type Metadata,
  type RemoteStream,
  type Server,
  type Sink,
  type Source,
  stream,
  type Verb,
  verb,
} from '../../lib/index.ts';
import { packed, raw, sinkOf, sourceOf } from '../../lib/layout.ts';
import { outcomeOf, type Scenario } from './scenario.ts';

/** A service of the server. */
interface Store {
  get(key: string): Promise<string>;
  scan(to: number): AsyncIterable<number>;
  missing(): Promise<void>;
  readonly admin: { compact(): Promise<void> };
}

/** Types of streams in values say nothing here: what comes is taken as such. */
const WAIT: Verb<() => void> = verb(1);
const MISSING: Verb<() => void> = verb(2);
const COUNT: Verb<(to: number) => unknown> = verb(3);
const ENDLESS: Verb<() => unknown> = verb(4);
const SUM: Verb<(numbers: unknown) => number> = verb(5);
const FIRST: Verb<(numbers: unknown) => number> = verb(6);
const BROKEN: Verb<() => unknown> = verb(7);
const TABLE: Verb<() => unknown> = verb(8);
const MIRROR: Verb<(input: Source<[Uint8Array]>) => Sink<[Uint8Array]>> = verb(9, {
  args: packed(sourceOf(raw)),
  result: packed(sinkOf(raw)),
});
const LEAVE: Verb<() => string> = verb(10);

/** What version 2 of our extension has. */
export const SCENARIOS_V2: readonly Scenario[] = [
  {
    name: 'negotiate',
    description: 'A client with a token connects, gets a session, and closes.',
    rows: ['F35', 'S-W1'],
    client: { token: 'let me in' },
    serve: () => {},
    run: async (client) => client.state,
  },
  {
    name: 'call-canceled',
    description: 'A caller gives up, with a reason; the handler sees that, and its answer is late.',
    rows: ['F35', 'X9'],
    serve: serveAll,
    run: async (client) => {
      const abort = new AbortController();
      const waiting = outcomeOf(client.with({ signal: abort.signal }).call(WAIT));
      const before = await client.call(SUM, stream([1]));
      abort.abort('found elsewhere');
      return [before, await waiting, await client.call(SUM, stream([2]))];
    },
  },
  {
    name: 'service-calls',
    description:
      'Results of methods, with metadata both ways and without; an error; no such method.',
    rows: ['F35', 'N5', 'X5'],
    serve: serveAll,
    run: async (client) => {
      const seen: unknown[] = [];
      const view = client.api<Store>('store', {
        metadata: { tenant: 'a' },
        onHeaders: (headers) => void seen.push(textsOf(headers)),
        onTrailers: (trailers) => void seen.push(textsOf(trailers)),
      });
      const store = client.api<Store>('store');
      seen.push(await view.get('k'), await store.get('k'));
      seen.push(await outcomeOf(store.admin.compact()), await outcomeOf(store.missing()));
      return seen;
    },
  },
  {
    name: 'service-streams',
    description:
      'A method’s stream with metadata, twice: then its lane is offered along with the call.',
    rows: ['F35', 'K9', 'X5', 'X12'],
    serve: serveAll,
    run: async (client) => {
      const store = client.api<Store>('store');
      return [await itemsOf(store.scan(2)), await itemsOf(store.scan(1))];
    },
  },
  {
    name: 'stream-of-a-verb',
    description: 'A child that proves itself, named by a call, with messages both ways.',
    rows: ['F35', 'S-W15'],
    serve: serveAll,
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
    name: 'promised-by-the-server',
    description: 'Two streams of the server, one after the other on the same lane.',
    rows: ['F35', 'K2', 'X12'],
    serve: serveAll,
    run: async (client) => [
      await itemsOf(await client.call(COUNT, 3)),
      await itemsOf(await client.call(COUNT, 0)),
    ],
  },
  {
    name: 'promised-by-the-server-and-canceled',
    description: 'The client leaves its loop after the second item of a stream that does not end.',
    rows: ['F35', 'K3', 'X12'],
    serve: serveAll,
    run: async (client) => {
      const seen: number[] = [];
      for await (const item of asStream(await client.call(ENDLESS))) {
        seen.push(item);
        if (seen.length === 2) break;
      }
      return [seen, await itemsOf(await client.call(COUNT, 1))];
    },
  },
  {
    name: 'promised-by-the-server-and-broken',
    description: 'A producer fails after its second item; its lane serves the next stream.',
    rows: ['F35', 'K4', 'N2'],
    serve: serveAll,
    run: async (client) => [
      await outcomeOf(itemsOf(await client.call(BROKEN))),
      await itemsOf(await client.call(COUNT, 1)),
    ],
  },
  {
    name: 'promised-by-the-server-and-never-read',
    description: 'The client releases a stream that it has not read.',
    rows: ['F35', 'L3'],
    serve: serveAll,
    run: async (client) => {
      asStream(await client.call(COUNT, 3)).cancel();
      return outcomeOf(client.call(MISSING));
    },
  },
  {
    name: 'promised-by-the-client',
    description: 'Two streams of the client, one after the other on the same lane.',
    rows: ['F35', 'K9', 'X12'],
    serve: serveAll,
    run: async (client) => [
      await client.call(SUM, stream([1, 2, 3])),
      await client.call(SUM, stream([])),
    ],
  },
  {
    name: 'promised-by-the-client-and-canceled',
    description: 'The server leaves its loop after the first item of a stream that does not end.',
    rows: ['F35', 'K3', 'K9'],
    serve: serveAll,
    run: async (client) => [
      await client.call(FIRST, stream(endless)),
      await client.call(SUM, stream([1])),
    ],
  },
  {
    name: 'promised-by-the-client-and-refused',
    description: 'The client may open no child, and says so to the server that wants to read.',
    rows: ['F35', 'K9'],
    client: { limits: { maxChildren: 0 } },
    serve: serveAll,
    run: (client) => outcomeOf(client.call(SUM, stream([1]))),
  },
  {
    name: 'streams-in-streams',
    description: 'A table with a stream of rows, each of which has a stream.',
    rows: ['F35', 'L2'],
    serve: serveAll,
    run: async (client) => {
      const table = (await client.call(TABLE)) as { title: string; rows: RemoteStream<Row> };
      const seen: unknown[] = [table.title];
      for await (const { name, items } of table.rows) seen.push([name, await itemsOf(items)]);
      return seen;
    },
  },
  {
    name: 'going-away',
    description: 'A server says that it closes, after the answer that is under way.',
    rows: ['F35', 'B2-5'],
    serve: serveAll,
    run: async (client) => {
      const announced = once(client, 'goingAway');
      const answer = await client.call(LEAVE);
      await announced;
      return [answer, await outcomeOf(client.call(LEAVE))];
    },
  },
];

/** A row of the table, as it arrives. */
interface Row {
  readonly name: string;
  readonly items: RemoteStream<number>;
}

const STORE = {
  get: async (key: string) => {
    const context = callContext();
    const { tenant } = context.metadata;
    if (tenant !== undefined) {
      context.setHeader('shard', 'east');
      context.setTrailer('cost', Buffer.from('7'));
    }
    return `${key} of ${String(tenant)}`;
  },
  scan: (to: number) => {
    const context = callContext();
    context.setHeader('from', '1');
    context.setTrailer('to', String(to));
    return count(to);
  },
  admin: {
    compact: async () => {
      const cause = new RangeError('no inodes');
      throw Object.assign(new TypeError('disk full', { cause }), { code: 'ENOSPC', free: 0 });
    },
  },
};

function serveAll(server: Server): void {
  server.expose('store', STORE);
  server.handle(WAIT, async ({ signal }) => {
    if (!signal.aborted) await once(signal, 'abort');
  });
  server.handle(COUNT, (_context, to) => count(to));
  server.handle(ENDLESS, () => stream(endless));
  server.handle(SUM, async (_context, numbers) => {
    let sum = 0;
    for await (const number of asStream(numbers)) sum += number;
    return sum;
  });
  server.handle(FIRST, async (_context, numbers) => {
    for await (const number of asStream(numbers)) return number;
    return 0;
  });
  server.handle(BROKEN, () => broken());
  server.handle(TABLE, () => ({ title: 'numbers', rows: rows() }));
  server.handle(MIRROR, (context, input) => {
    const output = input.makeSink<[Uint8Array]>({ serializer: raw });
    context.background(async () => {
      for await (const message of input) await output.send(...message);
      await output.close();
    });
    return output;
  });
  server.handle(LEAVE, () => {
    void server.close({ graceMs: 1_000 });
    return 'bye';
  });
}

async function* count(to: number): AsyncGenerator<number> {
  for (let number = 1; number <= to; number++) yield number;
}

/** Two items, and nothing more until nobody wants it. */
async function* endless(signal: AbortSignal): AsyncGenerator<number> {
  yield 1;
  yield 2;
  await once(signal, 'abort');
}

async function* broken(): AsyncGenerator<number> {
  yield 1;
  yield 2;
  throw Object.assign(new Error('no more of it'), { code: 'E_BROKEN' });
}

async function* rows(): AsyncGenerator<{ name: string; items: AsyncIterable<number> }> {
  yield { name: 'none', items: count(0) };
  yield { name: 'two', items: count(2) };
}

function asStream(value: unknown): RemoteStream<number> {
  return value as RemoteStream<number>;
}

function textsOf(metadata: Metadata): string[] {
  return Object.entries(metadata).map(([name, value]) => {
    const text = typeof value === 'string' ? value : Buffer.from(value).toString();
    return `${name}: ${text}`;
  });
}

async function itemsOf(value: unknown): Promise<number[]> {
  const items: number[] = [];
  for await (const item of asStream(value)) items.push(item);
  return items;
}
