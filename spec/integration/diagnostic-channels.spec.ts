import { expect } from 'chai';

import type { CallEvent, ConnectionEvent, StreamEvent } from '../../lib/diagnostics.ts';
import { callContext, type Source, verb } from '../../lib/index.ts';
import { published } from '../support/published.ts';
import { drain, drainToError, Streams } from '../support/streams.ts';
import { withServer } from '../support/with-server.ts';

const CALLS = ['sluice:call:start', 'sluice:call:finish'];
const STREAMS = ['start', 'headers', 'send', 'receive', 'finish'].map(
  (name) => `sluice:stream:${name}`,
);

const service = {
  async *count(to: number): AsyncGenerator<number> {
    for (let i = 0; i < to; i++) yield i;
  },
  async *lines(): AsyncGenerator<string> {
    callContext().setHeader('columns', 'one');
    yield 'a';
  },
  fail(): never {
    throw new RangeError('as it should');
  },
};

describe('diagnostic channels', () => {
  it('X11 connections, children and lanes open and end once at each end', async () => {
    const names = ['connection', 'child', 'lane'].flatMap((kind) =>
      ['open', 'idle', 'end'].map((name) => `sluice:${kind}:${name}`),
    );
    const events = await published<ConnectionEvent>(names, () =>
      withServer(async ({ server, client }) => {
        server.expose('service', service);
        const take = verb<(source: Source<[number]>) => void>(3);
        server.handle(take, async (_context, source) => {
          for await (const _message of source);
        });
        const api = client.api<typeof service>('service');
        for await (const item of api.count(3)) expect(item).to.be.within(0, 2);
        const sink = await client.makeStreamSink<[number]>();
        const taken = client.call(take, sink);
        await sink.close();
        await taken;
        await client.close();
      }),
    );
    for (const side of ['client', 'server'] as const) {
      const own = events.filter(([, event]) => event.side === side);
      expect(own.map(([name]) => name.slice(7)).toSorted(), side).to.deep.equal([
        'child:end',
        'child:open',
        'connection:end',
        'connection:open',
        'lane:end',
        'lane:idle',
        'lane:open',
      ]);
      const main = own.find(([name]) => name === 'sluice:connection:open')?.[1].id;
      for (const [name, event] of own) {
        expect(event.id, name).to.match(/^…[0-9a-f]{6}$/);
        expect(event.parentId, name).to.equal(name.includes('connection') ? undefined : main);
        expect(event.peer, name).to.match(/^127\.0\.0\.1:\d+$/);
        if (!name.endsWith('end')) continue;
        expect(event.receivedBytes, name).to.be.greaterThan(0);
        expect(event.sentBytes, name).to.be.greaterThan(0);
        expect(event.streams, name).to.equal(name.includes('lane') ? 1 : 0);
      }
    }
  });

  it('X11 a call starts and finishes once at each end, with the same object', async () => {
    await withServer(async ({ server, client }) => {
      server.expose('service', service);
      const plain = verb<(x: number) => number>(3);
      server.handle(plain, (_context, x) => x);
      const events = await published<CallEvent>(CALLS, async () => {
        await client.call(plain, 1);
        await client
          .api<typeof service>('service')
          .fail()
          .catch(() => {});
      });
      for (const side of ['client', 'server'] as const) {
        const own = events.filter(([, event]) => event.side === side);
        expect(
          own.map(([name, { method, verb: number }]) => [name, method ?? number]),
        ).to.deep.equal([
          ['sluice:call:start', 3],
          ['sluice:call:finish', 3],
          ['sluice:call:start', 'service/fail'],
          ['sluice:call:finish', 'service/fail'],
        ]);
        expect(own[0]?.[2]).to.equal(own[1]?.[2]);
        expect(own[1]?.[1]).to.have.property('durationMs').that.is.at.least(0);
        expect(own[1]?.[1].error).to.equal(undefined);
        expect(own[3]?.[1].error).to.be.instanceOf(RangeError);
      }
    });
  });

  it('X11 a stream starts, sends, receives and finishes once at each end, with its counts', async () => {
    await withServer(async ({ server, client }) => {
      server.expose('service', service);
      const events = await published<StreamEvent>(STREAMS, async () => {
        const stream = await client.api<typeof service>('service').count(3);
        for (let step; (step = await stream.read()).done !== true;)
          expect(step.value).to.be.at.least(0);
      });
      const told = (side: string): string[] =>
        events.filter(([, event]) => event.side === side).map(([name]) => name.slice(14));
      expect(told('producer')).to.deep.equal(['start', 'send', 'send', 'send', 'finish']);
      expect(told('consumer')).to.deep.equal(['start', 'receive', 'receive', 'receive', 'finish']);
      for (const [name, event] of events.filter(([one]) => one.endsWith('finish'))) {
        expect(event, name).to.include({ items: 3, error: undefined });
        expect(event.lastItemBytes, name).to.be.greaterThan(0);
      }
    });
  });

  it('X11 the headers of a stream are told once, with its own object, ahead of the first item', async () => {
    await withServer(async ({ server, client }) => {
      server.expose('service', service);
      const events = await published<StreamEvent>(STREAMS, async () => {
        const stream = await client.api<typeof service>('service').lines();
        for await (const line of stream) expect(line).to.equal('a');
        expect(await stream.headers).to.include({ columns: 'one' });
      });
      const own = events.filter(([, { side }]) => side === 'consumer');
      expect(own.map(([name]) => name.slice(14))).to.deep.equal([
        'start',
        'headers',
        'receive',
        'finish',
      ]);
      expect(new Set(own.map(([, , event]) => event)).size).to.equal(1);
    });
  });

  it('X11 each direction of a verb’s stream starts and finishes once at each end', async () => {
    await withServer(async ({ server, client }) => {
      const streams = new Streams(server, client);
      const events = await published<StreamEvent>(STREAMS, async () => {
        const { up, down } = await streams.twoWay<[number]>();
        await up.sink.send(1);
        await up.sink.close();
        expect(await drain(up.source)).to.have.length(1);
        down.sink.abort(new Error('as it should'));
        expect((await drainToError(down.source)).error).to.be.instanceOf(Error);
      });
      expect(events.map(([, { kind }]) => kind)).to.have.length(8);
      for (const side of ['producer', 'consumer'] as const) {
        const own = events.filter(([, event]) => event.side === side);
        const finished = own.filter(([name]) => name.endsWith('finish'));
        expect(own.map(([name]) => name.slice(14)).toSorted(), side).to.deep.equal([
          'finish',
          'finish',
          'start',
          'start',
        ]);
        const [inOrder] = finished.filter(([, { error }]) => error === undefined);
        expect(inOrder?.[1], side).to.include({ kind: 'verb', items: 1 });
        expect(inOrder?.[1].bytes, side).to.be.greaterThan(4);
        expect(inOrder?.[1].id, side).to.match(/^…[0-9a-f]{6}$/);
      }
    });
  });

  it('X11 a stream that is left finishes once at each end, with the cause', async () => {
    await withServer(async ({ server, client }) => {
      server.expose('service', service);
      const events = await published<StreamEvent>(STREAMS, async () => {
        for await (const item of client.api<typeof service>('service').count(1e9)) {
          if (item === 2) break;
        }
        // The producer has learned of it before the next call is answered.
        await client.describe();
      });
      const finished = events.filter(([name]) => name.endsWith('finish'));
      expect(finished.map(([, { side }]) => side).toSorted()).to.deep.equal([
        'consumer',
        'producer',
      ]);
      for (const [, { error }] of finished) expect(error).to.be.instanceOf(Error);
    });
  });
});
