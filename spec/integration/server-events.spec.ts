import { expect } from 'chai';
import { once } from 'node:events';

import { callContext, ClosedError, type Server, type ServerEvents, verb } from '../../lib/index.ts';
import { rejectionOf } from '../support/rejection.ts';
import { until } from '../support/turns.ts';
import { withServer } from '../support/with-server.ts';

const NAMES = ['connected', 'draining', 'disconnected', 'closed'] as const;
const ECHO = verb<(x: number) => number>(3);
const WAIT = verb<() => void>(4);

type Told = { [N in keyof ServerEvents]: [name: N, event: ServerEvents[N][0]] }[keyof ServerEvents];

/** What the server tells from now on, in order. */
function toldBy(server: Server): Told[] {
  const told: Told[] = [];
  for (const name of NAMES) {
    server.on(name, (event: ServerEvents[typeof name][0]) => void told.push([name, event] as Told));
  }
  return told;
}

describe('the events of a server', () => {
  it('tell of each client before its first call is served, and once more when it is gone', async () => {
    await withServer(
      { server: { authenticate: () => 'somebody' } },
      async ({ server, connect }) => {
        const told = toldBy(server);
        server.handle(ECHO, () => told.length);
        const client = await connect();
        const { connectionId } = client;
        expect(await client.call(ECHO, 1), 'told before the call').to.equal(1);
        const gone = once(server, 'disconnected');
        await client.close();
        await gone;
        expect(told.map(([name]) => name)).to.deep.equal(['connected', 'disconnected']);
        const [connected, disconnected] = told.map(([, event]) => event);
        const facts = { connectionId, principal: 'somebody', hasExtension: true };
        expect(connected).to.include(facts);
        expect(connected).to.have.nested.property('peer.address', '127.0.0.1');
        expect(disconnected).to.include({ connectionId });
        expect(disconnected).to.have.property('cause').that.is.instanceOf(ClosedError);
        expect(disconnected).to.have.nested.property('cause.initiator', 'remote');
      },
    );
  });

  it('B2-5 tell of a drain with its time while calls go on, then of each client, then of the end', async () => {
    await withServer(async ({ server, client }) => {
      const told = toldBy(server);
      let finish: () => void = () => {};
      server.handle(WAIT, () => new Promise((resolve) => void (finish = resolve)));
      const call = client.call(WAIT);
      await until(() => server.snapshot().connections[0]?.runningCalls === 1);
      const closing = server.close({ graceMs: 20_000 });
      await until(() => told.length > 0);
      expect(told).to.deep.equal([['draining', { graceMs: 20_000, connections: 1 }]]);
      finish();
      await call;
      await closing;
      await server.close();
      expect(told.map(([name]) => name)).to.deep.equal(['draining', 'disconnected', 'closed']);
      expect(told[2]?.[1]).to.have.nested.property('cause.message', 'the server was closed');
    });
  });

  it('B2-5 tell of an abort by its reason, and of no drain', async () => {
    await withServer(async ({ server, client }) => {
      const told = toldBy(server);
      await server.abort(new Error('no power'));
      await server.close();
      expect(told.map(([name]) => name)).to.deep.equal(['disconnected', 'closed']);
      for (const [, event] of told) {
        expect(event).to.have.nested.property('cause.message', 'the server was aborted');
        expect(event).to.have.nested.property('cause.cause.message', 'no power');
      }
      expect(await rejectionOf(client.call(ECHO, 1))).to.be.instanceOf(ClosedError);
    });
  });

  it('let a listener turn a client away before it is served', async () => {
    await withServer(async ({ server, start }) => {
      server.handle(ECHO, (_context, x) => x);
      server.on('connected', ({ connectionId }) => server.abortConnection(connectionId));
      const gone = once(server, 'disconnected');
      const client = start();
      expect(await rejectionOf(client.call(ECHO, 1))).to.be.instanceOf(ClosedError);
      await gone;
      expect(server.snapshot().connections).to.have.length(1);
    });
  });
});

describe('the draining signal of a call', () => {
  interface News {
    news(): AsyncIterable<number>;
    slow(): Promise<string>;
  }

  it('B2-5 lets a stream that would never end close in order, in the context of its call', async () => {
    await withServer(async ({ server, client, connect }) => {
      const contexts: string[] = [];
      server.expose('press', {
        async *news() {
          const { draining, signal } = callContext();
          const ended = new Promise((resolve) => {
            draining.addEventListener('abort', () => {
              contexts.push(callContext().method);
              resolve(undefined);
            });
          });
          yield 1;
          await ended;
          expect(draining.reason).to.be.instanceOf(ClosedError);
          expect(draining.reason).to.have.property('message').that.includes('30000 ms (graceMs)');
          expect(signal.aborted).to.equal(false);
          yield 2;
        },
      });
      const other = await connect();
      const readers = [client, other].map(async (each) => {
        const items: number[] = [];
        for await (const item of each.api<News>('press').news()) {
          items.push(item);
        }
        return items;
      });
      await until(() => server.snapshot().connections.every(({ streams }) => streams.length === 1));
      await server.close();
      expect(await Promise.all(readers)).to.deep.equal([
        [1, 2],
        [1, 2],
      ]);
      expect(contexts).to.deep.equal(['news', 'news']);
    });
  });

  it('B2-5 has fired for code that asks for it during the drain, and fires for verbs’ handlers', async () => {
    await withServer(async ({ server, client }) => {
      const order: string[] = [];
      server.handle(WAIT, async (context) => {
        await once(context.draining, 'abort');
        order.push('fired');
        context.background(async () => {
          order.push(`late ${context.draining.aborted}`);
        });
      });
      server.expose('press', {
        async slow() {
          const context = callContext();
          await until(() => order.length > 0);
          return `asked ${context.draining.aborted}`;
        },
      });
      const calls = [client.call(WAIT), client.api<News>('press').slow()];
      await until(() => server.snapshot().connections[0]?.runningCalls === 2);
      await server.close();
      expect(await Promise.all(calls)).to.deep.equal([undefined, 'asked true']);
      expect(order).to.deep.equal(['fired', 'late true']);
    });
  });

  it('does not fire for an abort or a lost caller', async () => {
    await withServer(async ({ server, client }) => {
      let draining: AbortSignal | undefined;
      let signal: AbortSignal | undefined;
      server.handle(WAIT, (context) => {
        ({ draining, signal } = context);
        return once(context.signal, 'abort').then(() => {});
      });
      const call = rejectionOf(client.call(WAIT));
      await until(() => draining !== undefined);
      await client.abort();
      await call;
      await until(() => signal?.aborted === true);
      expect(draining?.aborted).to.equal(false);
    });
  });
});
