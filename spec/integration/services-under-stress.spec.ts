import { expect } from 'chai';
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';

import {
  callContext,
  CanceledError,
  type LocalStream,
  type RemoteStream,
  stream,
  TimeoutError,
} from '../../lib/index.ts';
import { lz4Fragmented } from '../../lib/compression.ts';
import { advance, createTestPair, runUntil, settle } from '../../lib/testing.ts';
import { collect, Counter } from '../support/passing.ts';
import { rejectionOf } from '../support/rejection.ts';
import { turns, until } from '../support/turns.ts';
import { withServer } from '../support/with-server.ts';

/** A stream that nobody reads to its end, and which says whether it was let go of. */
class Held {
  reason: unknown;
  isReleased = false;

  readonly stream: ReadableStream<number> = new ReadableStream<number>({
    cancel: (reason) => {
      this.reason = reason;
      this.isReleased = true;
    },
  });
}

/** A row whose items stream. */
interface Row {
  readonly number: number;
  readonly items: RemoteStream<number>;
}

describe('services under stress', () => {
  describe('a Readable that fails before it is read', () => {
    const missing = (): Readable => createReadStream('/there/is/no/such/file');

    it('K4 fails its reader, and not the process', () =>
      withServer(async ({ server, client }) => {
        server.expose('files', { read: missing, later: async () => ({ file: missing() }) });
        const files = client.api<{
          read(): AsyncIterable<Uint8Array>;
          later(): Promise<{ file: AsyncIterable<Uint8Array> }>;
        }>('files');
        expect(await rejectionOf(collect(files.read()), Error)).to.include({ code: 'ENOENT' });
        const { file } = await files.later();
        await turns(20);
        expect(await rejectionOf(collect(file), Error)).to.include({ code: 'ENOENT' });
      }));

    for (const [what, options] of [
      ['for the connection', {}],
      ['for its metadata', { metadata: () => turns(20).then(() => ({})) }],
    ] as const) {
      it(`K4 does so while the call waits ${what}`, () =>
        withServer(async ({ server, start }) => {
          server.expose('files', { write: (file: AsyncIterable<unknown>) => collect(file) });
          const files = start().api<{ write(file: AsyncIterable<Uint8Array>): Promise<unknown> }>(
            'files',
            options,
          );
          expect(await rejectionOf(files.write(missing()), Error)).to.include({ code: 'ENOENT' });
        }));
    }
  });

  describe('the arguments of a call that is not sent', () => {
    const ways: readonly [what: string, call: (sent: LocalStream<number>) => Promise<unknown>][] = [
      [
        'as its signal has fired',
        (sent) => callOf(sent, { signal: AbortSignal.abort(new Error('no')) }),
      ],
      ['as its metadata fails', (sent) => callOf(sent, { metadata: () => fail('no metadata') })],
      ['as it is over while its metadata is waited for', (sent) => lateCall(sent)],
      ['as the client is closed', (sent) => callOfClosed(sent)],
    ];
    for (const [what, call] of ways) {
      it(`L15 are let go of, ${what}`, async () => {
        const held = new Held();
        const sent = stream(held.stream);
        await rejectionOf(call(sent), Error);
        expect((await rejectionOf(sent.whenSent)).message).to.contain('was not sent');
        expect(held.isReleased).to.equal(true);
      });
    }
  });

  it('L3 a loop that is left releases the streams in items that it has not come to', () =>
    withServer({ both: { limits: { maxPromised: 64 } } }, async ({ server, client }) => {
      const ends = { outer: 0 };
      async function* rows(): AsyncGenerator<{ number: number; items: AsyncIterable<number> }> {
        try {
          for (let number = 0; ; number++) yield { number, items: new Counter(2).items() };
        } finally {
          ends.outer++;
        }
      }
      server.expose('table', { rows, count: () => new Counter(3).items() });
      const table = client.api<{ rows(): AsyncIterable<Row>; count(): AsyncIterable<number> }>(
        'table',
      );
      const kept: RemoteStream<number>[] = [];
      for (let times = 1; times <= 3; times++) {
        for await (const { number, items } of table.rows()) {
          if (number === 0) kept.push(items);
          else if (number === 1) expect(await collect(items)).to.deep.equal([0, 1]);
          else break;
        }
        await until(() => ends.outer === times);
        expect(await collect(table.count())).to.deep.equal([0, 1, 2]);
      }
      expect(kept).to.have.length(3);
      for (const items of kept) expect(await collect(items)).to.deep.equal([0, 1]);
      await server.close({ graceMs: 1_000 });
    }));

  it('L3 an item that its producer gives too late takes its streams along', () =>
    withServer(async ({ server, client }) => {
      const held = new Held();
      let give: (() => void) | undefined;
      server.expose('rows', {
        async *all() {
          yield 1;
          await new Promise<void>((resolve) => (give = resolve));
          yield { late: held.stream };
        },
      });
      for await (const _row of client.api<{ all(): AsyncIterable<unknown> }>('rows').all()) break;
      await until(() => give !== undefined);
      await turns(5);
      give?.();
      await until(() => held.isReleased);
    }));

  describe('the signal of a call whose result streams', () => {
    it('B2-18 does not fire because the producer has thrown', () =>
      withServer(async ({ server, client }) => {
        let fired = 0;
        server.expose('rows', {
          async *upTo(end: number) {
            callContext().signal.addEventListener('abort', () => fired++);
            for (let number = 0; number < end; number++) yield number;
            throw new RangeError('no more');
          },
        });
        const { upTo } = client.api<{ upTo(end: number): AsyncIterable<number> }>('rows');
        await rejectionOf(collect(upTo(3)), RangeError);
        await turns(5);
        expect(fired).to.equal(0);
        for await (const _row of upTo(Infinity)) break;
        await until(() => fired === 1);
      }));

    it('B2-18 and its context are there in the streams of its items', () =>
      withServer(async ({ server, client }) => {
        async function* inner(depth: number): AsyncGenerator<unknown> {
          yield callContext().method;
          await turns(1);
          yield depth === 0 ? callContext().method : inner(depth - 1);
        }
        server.expose('rows', { all: () => inner(2) });
        let items: AsyncIterable<unknown>;
        items = client.api<{ all(): AsyncIterable<unknown> }>('rows').all();
        const seen: unknown[] = [];
        for (let depth = 2; depth >= 0; depth--) {
          const [method, next] = await collect(items);
          seen.push(method);
          if (depth > 0) items = next as AsyncIterable<unknown>;
          else seen.push(next);
        }
        expect(seen).to.deep.equal(Array(4).fill('all'));
      }));
  });

  describe('a reply that comes too late', () => {
    it('X9 ends the stream that it brings', async () => {
      await using pair = await createTestPair({ latencyMs: 50 });
      const held = new Held();
      pair.server.expose('rows', { all: () => held.stream });
      const rows = pair.client.api<{ all(): Promise<ReadableStream> }>('rows', { timeoutMs: 90 });
      await rejectionOf(runUntil(pair.clock, rows.all()), TimeoutError);
      await advance(pair.clock, 100);
      expect(held.isReleased).to.equal(true);
    });

    it('X9 ends that of an interceptor which comes after the call was given up', async () => {
      await using pair = await createTestPair();
      const held = new Held();
      let goOn: (() => void) | undefined;
      pair.server.expose('rows', { all: () => held.stream });
      const rows = pair.client.api<{ all(): Promise<ReadableStream> }>('rows', {
        timeoutMs: 90,
        interceptors: [
          async (_call, next) => {
            const result = await next();
            await new Promise<void>((resolve) => (goOn = resolve));
            return result;
          },
        ],
      });
      await rejectionOf(runUntil(pair.clock, rows.all()), TimeoutError);
      expect(held.isReleased).to.equal(false);
      goOn?.();
      await settle(pair.clock);
      expect(held.isReleased).to.equal(true);
    });
  });

  describe('a cancel', () => {
    const forever = {
      /** Waits until its caller gives up. */
      wait: async (told: unknown[]) => {
        const { signal } = callContext();
        await new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        }).catch((error: unknown) => told.push(error));
      },
    };

    it('F24 reaches a server that has no place for another call', async () => {
      const told: unknown[] = [];
      const options = { server: { resources: { maxInFlight: 2, memoryWaitMs: Infinity } } };
      await withServer(options, async ({ server, client }) => {
        const counter = new Counter();
        server.expose('s', { wait: () => forever.wait(told), count: () => counter.items() });
        const numbers = client.api<{ count(): AsyncIterable<number> }>('s').count();
        const iterator = numbers[Symbol.asyncIterator]();
        await iterator.next();
        const abort = new AbortController();
        const { wait } = client.api<{ wait(): Promise<void> }>('s', { signal: abort.signal });
        const waiting = [rejectionOf(wait()), rejectionOf(wait())];
        await turns(5);
        await iterator.return?.();
        await until(() => counter.released === 1);
        abort.abort();
        await Promise.all(waiting);
        await until(() => told.length === 2);
      });
    });

    for (const [what, compression] of [
      ['', undefined],
      [', compressed', lz4Fragmented()],
    ] as const) {
      it(`E2 reaches a server that takes small requests only, whatever its reason${what}`, async () => {
        const told: unknown[] = [];
        const options = { both: { compression, limits: { maxRequestBytes: 200 } } };
        await withServer(options, async ({ server, client }) => {
          server.expose('s', { wait: () => forever.wait(told) });
          const abort = new AbortController();
          const { wait } = client.api<{ wait(): Promise<void> }>('s', { signal: abort.signal });
          const waiting = rejectionOf(wait(), CanceledError);
          await turns(5);
          abort.abort(new Error(Array.from({ length: 800 }, (_, i) => i * 7919).join()));
          await waiting;
          await until(() => told.length === 1);
        });
      });
    }

    it('K3 can come from code in the arguments of another call', () =>
      withServer(async ({ server, client }) => {
        const counters = [new Counter(), new Counter()];
        server.expose('s', {
          echo: (value: unknown) => value,
          count: (which: number) => counters[which]?.items(),
        });
        interface Service {
          echo(value: { n: number }): Promise<{ n: number }>;
          count(which: number): AsyncIterable<number>;
        }
        const abort = new AbortController();
        const api = client.api<Service>('s');
        const canceled = await api.count(0);
        const aborted = await client.api<Service>('s', { signal: abort.signal }).count(1);
        await Promise.all([canceled.read(), aborted.read()]);
        const inner: Promise<unknown>[] = [];
        const value = {
          get n() {
            canceled.cancel();
            abort.abort();
            inner.push(api.echo({ n: 2 }));
            return 1;
          },
        };
        expect(await api.echo(value)).to.deep.equal({ n: 1 });
        expect(await inner[0]).to.deep.equal({ n: 2 });
        await until(() => counters.every(({ released }) => released === 1));
      }));
  });
});

async function callOf(sent: LocalStream<number>, options: object): Promise<void> {
  await using pair = await createTestPair();
  await pair.client
    .api<{ take(items: AsyncIterable<number>): Promise<void> }>('s', options)
    .take(sent);
}

async function lateCall(sent: LocalStream<number>): Promise<void> {
  await using pair = await createTestPair();
  const options = { timeoutMs: 10, metadata: () => new Promise<never>(() => {}) };
  const view = pair.client.api<{ take(items: AsyncIterable<number>): Promise<void> }>('s', options);
  await runUntil(pair.clock, view.take(sent));
}

async function callOfClosed(sent: LocalStream<number>): Promise<void> {
  await using pair = await createTestPair();
  await pair.client.abort();
  await pair.client.api<{ take(items: AsyncIterable<number>): Promise<void> }>('s').take(sent);
}

function fail(text: string): never {
  throw new Error(text);
}
