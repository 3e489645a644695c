import { expect } from 'chai';

import { Deferred } from '../../lib/base/deferred.ts';
import {
  ClosedError,
  connect,
  RefusedError,
  RemoteError,
  type Server,
  StreamClosedError,
  verb,
} from '../../lib/index.ts';
import { ManualClock, advance, createTestPair, runUntil, settle } from '../../lib/testing.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { ECHO } from '../support/session.ts';
import { drain, Streams } from '../support/streams.ts';
import { turns, until } from '../support/turns.ts';
import { WatchedTransport } from '../support/watched-transport.ts';
import { memoryPair, withServer } from '../support/with-server.ts';

const HOUR_MS = 3_600_000;
const LATENCY_MS = 50;
const WAIT = verb<(text?: string) => string>(50);

interface Store {
  load(entries: AsyncIterable<number>): Promise<number>;
  table(): Promise<{ rows: AsyncIterable<number> }>;
}

async function* numbers(): AsyncGenerator<number> {
  yield* [1, 2, 3];
}

async function collect(items: AsyncIterable<number>): Promise<number[]> {
  const collected: number[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

/** The client ends with its connection. */
const ENDING = { client: { reconnect: false } } as const;

/** Serves a verb whose calls end when the test says so. */
function serveWaiting(server: Server): ((text: string) => void)[] {
  const finish: ((text: string) => void)[] = [];
  server.handle(WAIT, () => new Promise((resolve) => void finish.push(resolve)));
  return finish;
}

describe('a server that closes in order', () => {
  describe('what is under way', () => {
    it('B2-5 ends in order, however long it takes, with pings and all', async () => {
      await using pair = await createTestPair({ ...ENDING, latencyMs: LATENCY_MS });
      const { server, client, clock } = pair;
      const finish = serveWaiting(server);
      const call = client.call(WAIT);
      const streams = new Streams(server, client);
      const { sink, source } = await runUntil(clock, streams.oneWay<[number]>());
      const closing = follow(server.close({ graceMs: Infinity }));
      for (let hour = 1; hour <= 3; hour++) {
        await advance(clock, HOUR_MS);
        await sink.send(hour);
        expect(await runUntil(clock, source.read())).to.deep.equal([hour]);
      }
      expect([client.state, closing.outcome]).to.deep.equal(['closing', undefined]);
      finish[0]?.('done');
      expect(await runUntil(clock, call)).to.equal('done');
      await advance(clock, HOUR_MS);
      expect(client.state, 'a stream is left').to.equal('closing');
      await sink.close();
      expect(await runUntil(clock, source.read())).to.equal(undefined);
      await advance(clock, 1_000);
      expect([client.state, closing.outcome]).to.deep.equal(['closed', { value: undefined }]);
    });

    it('B2-5 ends the client with the last of it, though the server still waits for others', async () => {
      await withServer(async ({ server, client, connect: connectMore }) => {
        const finish = serveWaiting(server);
        const other = await connectMore();
        const calls = [client.call(WAIT), other.call(WAIT)];
        await until(() => finish.length === 2);
        const causes: Error[] = [];
        client.once('closed', ({ cause }) => void causes.push(cause));
        const closing = follow(server.close());
        await until(() => client.state === 'closing');
        finish[0]?.('first');
        expect(await calls[0]).to.equal('first');
        await until(() => client.state === 'closed');
        expect(closing.outcome).to.equal(undefined);
        expect(causes[0]?.message).to.equal(
          'the server went away, after all that was under way had ended',
        );
        const error = await rejectionOf(client.call(ECHO, 'more'), ClosedError);
        expect(error.retryable).to.equal(true);
        finish[1]?.('second');
        expect(await calls[1]).to.equal('second');
        await until(() => closing.outcome !== undefined);
      });
    });

    it('B2-5 may open its first streams only then, in values both ways', async () => {
      await using pair = await createTestPair({ ...ENDING, latencyMs: LATENCY_MS });
      const { server, client, clock } = pair;
      const go = new Deferred();
      server.expose('store', {
        async load(entries: AsyncIterable<number>) {
          await go.promise;
          let count = 0;
          for await (const entry of entries) count += entry;
          return count;
        },
        async table() {
          return { rows: numbers() };
        },
      });
      const store = client.api<Store>('store');
      const table = await runUntil(clock, store.table());
      const loaded = follow(store.load(numbers()));
      await advance(clock, LATENCY_MS);
      const closing = follow(server.close());
      await advance(clock, 20_000);
      expect([client.state, closing.outcome]).to.deep.equal(['closing', undefined]);
      go.resolve();
      await advance(clock, 10 * LATENCY_MS);
      expect(loaded.outcome).to.deep.equal({ value: 6 });
      expect(await runUntil(clock, collect(table.rows))).to.deep.equal([1, 2, 3]);
      await advance(clock, 10 * LATENCY_MS);
      expect([client.state, closing.outcome]).to.deep.equal(['closed', { value: undefined }]);
    });

    it('may still open streams, and nobody new comes in', async () => {
      await withServer({ client: { extension: false } }, async ({ server, client, start }) => {
        const finish = serveWaiting(server);
        const call = client.call(WAIT);
        await until(() => finish.length === 1);
        const closing = follow(server.close());
        await rejectionOf(start().whenReady(), ClosedError);
        const sink = await client.makeStreamSink();
        finish[0]?.('done');
        expect(await call).to.equal('done');
        await turns(20);
        expect(closing.outcome, 'the stream is open').to.equal(undefined);
        await client.abort();
        await rejectionOf(sink.ended);
        await until(() => closing.outcome !== undefined);
        const { address: host, port } = server.address;
        const refused = await rejectionOf(connect({ host, port }), ClosedError);
        expect(refused.message).to.contain('ECONNREFUSED');
      });
    });

    it('ends when a client closes, with what that waits for', async () => {
      await withServer(async ({ server, client }) => {
        const { sink, source } = await new Streams(server, client).oneWay<[number]>();
        const closing = follow(server.close());
        await until(() => client.state === 'closing');
        void sink.send(1);
        await sink.close();
        const clientClosing = follow(client.close());
        await turns(20);
        expect(clientClosing.outcome, 'nobody has read yet').to.equal(undefined);
        expect(await drain(source)).to.deep.equal([[1]]);
        await until(() => closing.outcome !== undefined && clientClosing.outcome !== undefined);
      });
    });
  });

  describe('what is new', () => {
    it('B2-5 is refused at the client, is not sent, and may be tried again elsewhere', async () => {
      const network = new WatchedTransport();
      await withServer({ client: { network } }, async ({ server, client }) => {
        const finish = serveWaiting(server);
        const call = client.call(WAIT);
        await until(() => finish.length === 1);
        const closing = server.close();
        await until(() => client.state === 'closing');
        const written = network.sockets[0]?.writtenBytes;
        const refusals = [
          await rejectionOf(client.call(ECHO, 'new'), RefusedError),
          await rejectionOf(client.makeStreamSink(), RefusedError),
        ];
        for (const [index, scope] of (['call', 'stream'] as const).entries()) {
          expect(refusals[index]).to.include({ scope, retryable: true, initiator: 'remote' });
          expect(refusals[index]?.message).to.equal(
            `the server is going away and takes no new ${scope}s`,
          );
        }
        await turns(20);
        expect(network.sockets.map((socket) => socket.writtenBytes)).to.deep.equal([written]);
        finish[0]?.('done');
        await Promise.all([call, closing]);
      });
    });

    it('B2-5 is refused likewise by a server whose client does not know yet', async () => {
      await using pair = await createTestPair({ ...ENDING, latencyMs: LATENCY_MS });
      const { server, client, clock } = pair;
      const finish = serveWaiting(server);
      const call = client.call(WAIT);
      await advance(clock, LATENCY_MS);
      const closing = server.close();
      const late = rejectionOf(client.call(ECHO, 'on its way'), RefusedError);
      await advance(clock, 2 * LATENCY_MS);
      expect(await late).to.include({ retryable: true, initiator: 'remote' });
      expect((await late).message).to.equal('the server is closing');
      finish[0]?.('done');
      expect(await runUntil(clock, call)).to.equal('done');
      await runUntil(clock, closing);
    });

    it('is refused in words where the client speaks no extension', async () => {
      await withServer({ client: { extension: false } }, async ({ server, client }) => {
        const finish = serveWaiting(server);
        const call = client.call(WAIT);
        await until(() => finish.length === 1);
        const closing = server.close();
        const error = await rejectionOf(client.call(ECHO, 'new'), RemoteError);
        expect(error.message).to.equal('the server is closing');
        expect(client.state).to.equal('connected');
        finish[0]?.('done');
        expect(await call).to.equal('done');
        await closing;
      });
    });

    it('B2-5 is refused though it was made before, where it still waits to be sent', async () => {
      const memory = memoryPair({ bufferBytes: 1_000 });
      const options = {
        ...memory,
        server: { resources: { maxInFlight: 1, memoryWaitMs: Infinity } },
        client: { limits: { mainBudgetBytes: 1_000 } },
      };
      await withServer(options, async ({ server, client }) => {
        const finish = serveWaiting(server);
        const first = client.call(WAIT);
        await until(() => finish.length === 1);
        // The server reads no further, so that the second call is on its way for a while.
        const second = rejectionOf(client.call(WAIT, 'x'.repeat(10_000)));
        const third = rejectionOf(client.call(WAIT), RefusedError);
        expect(client.stats.pending).to.equal(1);
        const closing = server.close();
        expect((await third).message).to.equal('the server is going away and takes no new calls');
        expect(client.stats).to.include({ pending: 0, waitReply: 2 });
        finish[0]?.('done');
        expect(await first).to.equal('done');
        expect((await second).retryable).to.equal(true);
        await closing;
      });
    });

    it('waits for nothing with a server that a client has never been connected to in full', async () => {
      await using pair = await createTestPair({ ...ENDING, latencyMs: LATENCY_MS });
      const { clock, server } = pair;
      const connecting = rejectionOf(pair.connect(), ClosedError);
      const closing = server.close();
      await connecting;
      await runUntil(clock, closing);
    });
  });

  describe('out of grace', () => {
    it('B2-7 fails what is left, and says that it was a drain and for how long', async () => {
      await using pair = await createTestPair(ENDING);
      const { server, client, clock } = pair;
      let reason: unknown;
      server.handle(WAIT, ({ signal }) => {
        signal.addEventListener('abort', () => void (reason = signal.reason));
        return new Promise(() => {});
      });
      const { up } = await new Streams(server, client).twoWay();
      const call = rejectionOf(client.call(WAIT), ClosedError);
      const ends = [rejectionOf(up.sink.ended), rejectionOf(up.source.read(), StreamClosedError)];
      await settle(clock);
      const closing = server.close({ graceMs: 5_000 });
      await advance(clock, 4_999);
      expect([client.state, reason]).to.deep.equal(['closing', undefined]);
      await advance(clock, 1);
      const patience =
        'the server was closed: what was under way did not end within 5000 ms (graceMs)';
      expect(reason).to.be.instanceOf(ClosedError).and.include({ message: patience });
      expect((await call).message).to.match(
        /^the server went away; what was under way had 5000 ms \(graceMs\): /,
      );
      const [, atServer] = await Promise.all(ends);
      expect(atServer?.cause).to.equal(reason);
      await runUntil(clock, closing);
    });

    it('says nothing of it where all had ended', async () => {
      await withServer(async ({ server, client }) => {
        server.handle(ECHO, (_context, text) => text);
        await client.call(ECHO, 'done');
        const causes: Error[] = [];
        client.once('closed', ({ cause }) => void causes.push(cause));
        await server.close();
        await until(() => causes.length > 0);
        expect(causes[0]?.message).to.equal(
          'the server went away, after all that was under way had ended',
        );
      });
    });
  });

  it('may begin in the middle of a reply', async () => {
    await withServer(async ({ server, client }) => {
      let closing: Promise<void> | undefined;
      server.handle(verb<() => unknown>(52), () => ({
        get field() {
          closing = server.close();
          return 'done';
        },
      }));
      expect(await client.call(verb<() => unknown>(52))).to.deep.equal({ field: 'done' });
      await closing;
      await until(() => client.state === 'closed');
    });
  });

  it('refuses no call ahead of its word: one that comes with the word runs', async () => {
    await withServer({ ...memoryPair(), ...ENDING }, async ({ server, client }) => {
      let closed: Promise<void> | undefined;
      server.handle(ECHO, (_context, text) => {
        closed ??= server.close({ graceMs: HOUR_MS });
        return text;
      });
      // Both calls come in one piece.
      const replies = await Promise.all([client.call(ECHO, 'first'), client.call(ECHO, 'second')]);
      expect(replies).to.deep.equal(['first', 'second']);
      await closed;
    });
  });

  it('tells clients as much as a limit without end says', async () => {
    const clock = new ManualClock();
    await withServer({ both: { clock } }, async ({ server, client, connect: connectMore }) => {
      const graces: (number | undefined)[] = [];
      for (const each of [client, await connectMore()]) {
        each.once('goingAway', ({ graceMs }) => void graces.push(graceMs));
      }
      const finish = serveWaiting(server);
      const call = client.call(WAIT);
      await until(() => finish.length === 1);
      const closing = server.close({ graceMs: Infinity });
      await until(() => graces.length === 2);
      expect(graces).to.deep.equal([undefined, undefined]);
      finish[0]?.('done');
      await Promise.all([call, closing]);
    });
  });
});
