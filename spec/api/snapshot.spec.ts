import { expect } from 'chai';

import type { Snapshot, StreamSnapshot } from '../../lib/diagnostics.ts';
import { type Client, type Server, verb } from '../../lib/index.ts';
import { raw } from '../../lib/layout.ts';
import { follow } from '../support/rejection.ts';
import { drain, Streams } from '../support/streams.ts';
import { stuff, TIGHT, tight } from '../support/tight-stream.ts';
import { turns, until } from '../support/turns.ts';
import { memoryPair, withListening, withServer } from '../support/with-server.ts';

const WAIT = verb<() => void>(1);
const ECHO = verb<(text: string) => string>(2);
const ROUND_TRIP_TURNS = 20;

/** Whatever is in it can't be changed, and comes through JSON as it is. */
function expectPlain(snapshot: Snapshot): void {
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) {
      expect(['string', 'number', 'boolean', 'undefined']).to.include(typeof value);
      return;
    }
    expect(Object.isFrozen(value), JSON.stringify(value)).to.equal(true);
    Object.values(value).forEach(walk);
  };
  walk(snapshot);
  const copy: unknown = JSON.parse(JSON.stringify(snapshot));
  expect(copy).to.deep.equal(withoutUndefined(snapshot));
}

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== 'object' || value === null) return value;
  const known = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(known.map(([key, member]) => [key, withoutUndefined(member)]));
}

function onlyStream(side: Client | Server): StreamSnapshot {
  const streams = side.snapshot().connections.flatMap((connection) => connection.streams);
  expect(streams).to.have.length(1);
  return streams[0]!;
}

describe('snapshot', () => {
  it('shows the two ends of a connection, plain and frozen', async () => {
    const memory = memoryPair();
    await withServer(memory, async ({ server, client }) => {
      server.handle(ECHO, (_context, text) => text);
      await client.call(ECHO, 'x'.repeat(100));
      memory.clock.advance(7);
      const [near, far] = [client.snapshot(), server.snapshot()];
      [near, far].forEach(expectPlain);
      expect(near).to.include({ side: 'client', state: 'connected', opening: 0, background: 0 });
      expect(far).to.include({ side: 'server', state: 'listening', opening: 0, background: 0 });
      const [one] = near.connections;
      const [other] = far.connections;
      expect(one).to.include({ isOpen: true, isPaused: false, ageMs: 7, runningCalls: 0 });
      expect(one?.peer).to.equal(`127.0.0.1:${server.address.port}`);
      expect(other?.id)
        .to.equal(one?.id)
        .and.to.match(/^…[0-9a-f]{6}$/);
      expect(other?.receivedBytes).to.equal(one?.sentBytes).and.to.be.greaterThan(100);
      expect(one?.receivedBytes).to.equal(other?.sentBytes).and.to.be.greaterThan(100);
      for (const { sessions, connections } of [near, far]) {
        expect(connections).to.have.length(1);
        const counts = { queuedCalls: 0, promisedStreams: 0, unopenedStreams: 0 };
        expect(sessions).to.deep.equal([{ id: one?.id, ...counts }]);
        expect(connections[0]).to.include({ children: 0, lanes: 0, idleLanes: 0 });
        expect(connections[0]?.streams).to.deep.equal([]);
      }
    });
  });

  it('shows calls that wait to be sent, and those that run', async () => {
    const memory = memoryPair();
    await withListening(memory, async (server, start) => {
      const release: (() => void)[] = [];
      server.handle(WAIT, () => new Promise((resolve) => void release.push(resolve)));
      const client = start();
      const calls = [client.call(WAIT), client.call(WAIT)];
      await Promise.resolve();
      const before = client.snapshot();
      expect(before).to.include({ state: 'connecting', opening: 1 });
      expect(before.connections).to.deep.equal([]);
      expect(before.sessions[0]).to.include({ id: undefined, queuedCalls: 2 });
      await until(() => release.length === 2);
      for (const side of [client, server]) {
        expect(side.snapshot().connections[0]?.runningCalls).to.equal(2);
        expect(side.snapshot().sessions[0]?.queuedCalls).to.equal(0);
      }
      for (const each of release) each();
      await Promise.all(calls);
      await turns(ROUND_TRIP_TURNS);
      expect(client.snapshot().connections[0]?.runningCalls).to.equal(0);
      expect(server.snapshot().connections[0]?.runningCalls).to.equal(0);
    });
  });

  it('shows what waits for what in a stream whose producer is slow', async () => {
    const pair = tight();
    await withServer(pair, async ({ server, client }) => {
      const { sink, source } = await new Streams(server, client).oneWay<[number]>();
      const reading = follow(source.read());
      pair.clock.advance(5);
      expectPlain(client.snapshot());
      expect(onlyStream(client)).to.deep.include({
        side: 'producer',
        kind: 'verb',
        number: undefined,
        state: 'open',
        items: 0,
        ageMs: 5,
        waitsFor: 'producer',
        waitedMs: { producer: 5, budget: 0, network: 0, reader: 0 },
      });
      expect(onlyStream(server)).to.deep.include({
        side: 'consumer',
        kind: 'verb',
        state: 'open',
        items: 0,
        waitsFor: 'producer',
        waitedMs: { producer: 5, budget: 0, network: 0, reader: 0 },
      });
      expect(onlyStream(server).id).to.equal(onlyStream(client).id);
      await sink.send(1);
      await until(() => reading.outcome !== undefined);
      pair.clock.advance(3);
      expect(onlyStream(client)).to.include({ items: 1, bytes: onlyStream(server).bytes });
      expect(onlyStream(client).waitedMs.producer).to.equal(8);
      expect(onlyStream(server)).to.include({ items: 1, waitsFor: undefined });
      expect(onlyStream(server).waitedMs.producer).to.equal(5);
      expect(client.snapshot().connections[0]).to.include({ children: 1, lanes: 0 });
    });
  });

  it('shows what waits for what in a stream whose reader is slow', async () => {
    const pair = tight();
    await withServer(pair, async ({ server, client }) => {
      const streams = new Streams(server, client, { serializer: raw });
      const stream = await streams.oneWay<[Uint8Array]>();
      await stuff(stream);
      const waiting = follow(stream.sink.send(Buffer.alloc(100))!);
      pair.clock.advance(9);
      const near = onlyStream(client);
      const far = onlyStream(server);
      expect(near).to.include({ waitsFor: 'network', budgetBytes: TIGHT.sinkBudgetBytes });
      expect(near.waitedMs).to.include({ network: 9, reader: 0 });
      expect(near.bufferedBytes).to.be.greaterThan(TIGHT.sinkBudgetBytes);
      expect(far).to.include({ waitsFor: 'reader', items: 0 });
      // The header of the first message has been looked at.
      expect(far.bufferedBytes).to.be.within(far.bytes - 4, far.bytes);
      expect(far.waitedMs).to.include({ producer: 0, reader: 9 });
      expect(far.bufferedBytes).to.be.greaterThan(TIGHT.sourceBudgetBytes);
      const reading = drain(stream.source);
      await until(() => waiting.outcome !== undefined);
      pair.clock.advance(2);
      expect(onlyStream(client).waitsFor).to.equal('producer');
      expect(onlyStream(client).waitedMs.network).to.equal(9);
      await stream.sink.close();
      await reading;
    });
  });

  it('shows a stream whose end the reader has not taken', async () => {
    const pair = tight();
    await withServer(pair, async ({ server, client }) => {
      const { sink, source } = await new Streams(server, client).oneWay<[number]>();
      await sink.send(1);
      await sink.close();
      pair.clock.advance(4);
      const ending = onlyStream(client);
      expect(ending).to.include({ state: 'ending', waitsFor: 'reader', bufferedBytes: 0 });
      expect(ending.waitedMs).to.include({ producer: 0, reader: 4 });
      expect(await drain(source)).to.have.length(1);
      await turns(ROUND_TRIP_TURNS);
      for (const side of [client, server])
        expect(side.snapshot().connections[0]?.streams).to.deep.equal([]);
    });
  });

  it('shows streams in values with their numbers, and lanes that wait for the next', async () => {
    const pair = memoryPair();
    await withServer(pair, async ({ server, client }) => {
      const release: (() => void)[] = [];
      const service = {
        async *count(to: number): AsyncGenerator<number> {
          for (let n = 1; n <= to; n++) {
            yield n;
            await new Promise<void>((resolve) => void release.push(resolve));
          }
        },
        numbers: (): { list: AsyncGenerator<number> } => ({ list: service.count(1) }),
      };
      server.expose('service', service);
      const api = client.api<typeof service>('service');
      const { list } = await api.numbers();
      expect(server.snapshot().sessions[0]).to.include({ promisedStreams: 1 });
      expect(client.snapshot().sessions[0]).to.include({ unopenedStreams: 1 });
      list.cancel(undefined);
      const items = await api.count(2);
      expect(await items.read()).to.include({ value: 1 });
      const second = items.read();
      await turns(ROUND_TRIP_TURNS);
      pair.clock.advance(6);
      for (const side of [client, server]) expectPlain(side.snapshot());
      const [near, far] = [onlyStream(client), onlyStream(server)];
      expect(near).to.include({ side: 'consumer', kind: 'value', items: 1, waitsFor: 'producer' });
      expect(far).to.include({ side: 'producer', kind: 'value', items: 1, waitsFor: 'producer' });
      expect(far).to.include({ number: near.number, id: near.id });
      expect(near.waitedMs.producer).to.equal(6);
      expect(far.waitedMs.producer).to.equal(6);
      expect(client.snapshot().connections[0]).to.include({ lanes: 1, idleLanes: 0 });
      release.shift()?.();
      await second;
      const end = items.read();
      await until(() => release.length > 0);
      release.shift()?.();
      await end;
      await turns(ROUND_TRIP_TURNS);
      for (const side of [client, server]) {
        const [connection] = side.snapshot().connections;
        expect(connection).to.include({ children: 0, lanes: 1, idleLanes: 1 });
        expect(connection?.streams).to.deep.equal([]);
      }
    });
  });

  it('shows the bytes of each stream of a lane for itself', async () => {
    await withServer(memoryPair(), async ({ server, client }) => {
      const service = {
        async *bytes(count: number): AsyncGenerator<Uint8Array> {
          yield Buffer.alloc(count);
          await new Promise(() => {});
        },
        async *once(): AsyncGenerator<Uint8Array> {
          yield Buffer.alloc(10_000);
        },
      };
      server.expose('service', service);
      const api = client.api<typeof service>('service');
      const sizes: number[] = [];
      for await (const item of api.once()) sizes.push(item.length);
      expect(sizes).to.deep.equal([10_000]);
      await turns(ROUND_TRIP_TURNS);
      const items = await api.bytes(100);
      await items.read();
      expect(client.snapshot().connections[0]).to.include({ lanes: 1, idleLanes: 0 });
      expect(onlyStream(client).bytes).to.be.within(100, 1_000);
      expect(onlyStream(server).bytes).to.be.within(100, 1_000);
      items.cancel(undefined);
    });
  });

  it('knows the round trip of a connection that was pinged', async () => {
    const memory = memoryPair({ latencyMs: 10 });
    await withListening(memory, async (server, start) => {
      const client = start({ limits: { pingIntervalMs: 1_000, pingTimeoutMs: 5_000 } });
      const pass = async (ms: number): Promise<void> => {
        for (let passed = 0; passed < ms; passed += 10) {
          await turns(5);
          memory.clock.advance(10);
        }
        await turns(5);
      };
      const ready = client.whenReady();
      await pass(100);
      await ready;
      expect(client.snapshot().connections[0]?.roundTripMs).to.equal(undefined);
      await pass(1_100);
      expect(client.snapshot().connections[0]?.roundTripMs).to.equal(20);
      expect(server.snapshot().connections[0]?.roundTripMs).to.equal(undefined);
    });
  });

  it('shows nothing of what is over', async () => {
    await withServer(memoryPair(), async ({ server, client }) => {
      await client.close();
      await turns(ROUND_TRIP_TURNS);
      const nothing = { sessions: [], connections: [] };
      expect(client.snapshot()).to.deep.include({ state: 'closed', ...nothing });
      expect(server.snapshot()).to.deep.include({ state: 'listening', ...nothing });
      await server.close();
      expect(server.snapshot()).to.deep.include({ state: 'closed', ...nothing });
    });
  });
});
