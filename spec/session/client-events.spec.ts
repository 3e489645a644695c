import { expect } from 'chai';
import { once } from 'node:events';

import {
  type Client,
  type ClientEvents,
  ClosedError,
  createClient,
  RefusedError,
} from '../../lib/index.ts';
import { rejectionOf } from '../support/rejection.ts';
import { ECHO } from '../support/session.ts';
import { until } from '../support/turns.ts';
import { withListening, withServer } from '../support/with-server.ts';

const NAMES: readonly (keyof ClientEvents)[] = [
  'connecting',
  'connected',
  'goingAway',
  'disconnected',
  'reconnecting',
  'closed',
];

/** Its clients end with their connection. */
const LOST_FOR_GOOD = { client: { reconnect: false } } as const;

/** What a client tells from now on: each event's name, with the state at that moment. */
function listenTo(client: Client): string[] {
  const seen: string[] = [];
  for (const name of NAMES) client.on(name, () => void seen.push(`${name} ${client.state}`));
  return seen;
}

describe('the events of a client', () => {
  it('come once and in order, when the state has changed', async () => {
    await withListening({}, async (_server, start) => {
      const client = start();
      const seen = listenTo(client);
      await client.whenReady();
      expect(seen).to.deep.equal(['connecting connecting', 'connected connected']);
      await Promise.all([client.close(), client.close()]);
      await client.abort();
      expect(seen.slice(2)).to.deep.equal(['disconnected closed', 'closed closed']);
    });
  });

  it('say who is at the other end, and whether it speaks our extension', async () => {
    await withListening({}, async (server, start) => {
      for (const extension of [true, false]) {
        const client = start({ extension });
        const [event] = (await once(client, 'connected')) as ClientEvents['connected'];
        expect(event.peer).to.include({ address: '127.0.0.1', port: server.address.port });
        expect(event).to.include({ connectionId: client.connectionId, hasExtension: extension });
      }
    });
  });

  it('have the cause of a client that is closed or aborted', async () => {
    await withServer(async ({ client, connect }) => {
      const closed = once(client, 'closed') as Promise<ClientEvents['closed']>;
      await client.close();
      const [{ cause }] = await closed;
      expect(cause).to.be.instanceOf(ClosedError).and.include({ initiator: 'local' });

      const other = await connect();
      const disconnected = once(other, 'disconnected') as Promise<ClientEvents['disconnected']>;
      await other.abort('enough');
      const [event] = await disconnected;
      expect(event.willReconnect).to.equal(false);
      expect(event.cause.cause).to.equal('enough');
    });
  });

  it('have the cause of a connection that is lost', async () => {
    await withServer(LOST_FOR_GOOD, async ({ server, client }) => {
      const seen = listenTo(client);
      const closed = once(client, 'closed') as Promise<ClientEvents['closed']>;
      server.abortConnection(client.connectionId ?? 0n);
      const [{ cause }] = await closed;
      expect(cause).to.be.instanceOf(ClosedError).and.include({ retryable: true });
      expect(seen).to.deep.equal(['disconnected closed', 'closed closed']);
    });
  });

  it('repeat with each connection, while the client reconnects', async () => {
    await withListening({ client: { reconnect: { minDelayMs: 1 } } }, async (server, start) => {
      const client = start();
      const seen = listenTo(client);
      await client.whenReady();
      const reconnecting = once(client, 'reconnecting') as Promise<ClientEvents['reconnecting']>;
      server.abortConnection(client.connectionId ?? 0n);
      const [event] = await reconnecting;
      expect(event).to.include({ attempt: 1 });
      expect(event.cause).to.be.instanceOf(ClosedError);
      await client.whenReady();
      await client.close();
      expect(seen).to.deep.equal([
        'connecting connecting',
        'connected connected',
        'disconnected reconnecting',
        'reconnecting reconnecting',
        'connecting reconnecting',
        'connected connected',
        'disconnected closed',
        'closed closed',
      ]);
    });
  });

  it('of one that never connected are not those of a connection', async () => {
    const network = {
      dial: () => Promise.reject(new Error('no route')),
      listen: () => Promise.reject(new Error('no route')),
    };
    const client = createClient({ port: 1, network, reconnect: false });
    const seen = listenTo(client);
    const error = await rejectionOf(client.whenReady(), ClosedError);
    expect(error.message).to.contain('no route');
    expect(seen).to.deep.equal(['connecting connecting', 'closed closed']);
  });

  it('of one that is given up at once are only its end', async () => {
    await withListening({}, async (_server, start) => {
      const client = start();
      const seen = listenTo(client);
      await client.abort();
      expect(seen).to.deep.equal(['closed closed']);
    });
  });

  it('come before the promises that tell the same', async () => {
    await withListening({}, async (server, start) => {
      server.handle(ECHO, (_context, text) => text);
      const client = start();
      const seen: string[] = [];
      client.once('connected', () => {
        seen.push('event');
        void client.call(ECHO, 'called by a listener').then((text) => seen.push(text));
      });
      await client.whenReady();
      seen.push('promise');
      await until(() => seen.length === 3);
      expect(seen).to.deep.equal(['event', 'promise', 'called by a listener']);
    });
  });

  it('let a listener close the client: its events follow', async () => {
    await withListening({}, async (_server, start) => {
      const client = start();
      client.once('connected', () => void client.abort());
      const seen = listenTo(client);
      await rejectionOf(client.whenReady(), ClosedError);
      expect(seen).to.deep.equal([
        'connecting connecting',
        'connected closed',
        'disconnected closed',
        'closed closed',
      ]);
    });
  });

  it('tell of a server that goes away, and what is under way', async () => {
    await withServer(LOST_FOR_GOOD, async ({ server, client }) => {
      let finish: (text: string) => void = () => {};
      server.handle(ECHO, () => new Promise((resolve) => void (finish = resolve)));
      const call = client.call(ECHO, 'slow');
      await client.makeStreamSink();
      const seen = listenTo(client);
      const goingAway = once(client, 'goingAway') as Promise<ClientEvents['goingAway']>;
      const closing = server.close({ graceMs: 20_000 });
      const [event] = await goingAway;
      expect(event).to.deep.equal({ graceMs: 20_000, calls: 1, streams: 1 });
      await rejectionOf(client.call(ECHO, 'too late'), RefusedError);
      finish('done');
      expect(await call).to.equal('done');
      await client.abort();
      await closing;
      expect(seen).to.deep.equal(['goingAway closing', 'disconnected closed', 'closed closed']);
    });
  });
});
