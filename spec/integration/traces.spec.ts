import { AsyncLocalStorage } from 'node:async_hooks';
import { fork } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';

import { expect } from 'chai';

import type { CallEvent, ConnectionEvent, StreamEvent } from '../../lib/diagnostics.ts';
import {
  callContext,
  ClosedError,
  connect,
  listen,
  type Sink,
  type Source,
  verb,
} from '../../lib/index.ts';
import { published } from '../support/published.ts';
import { drain } from '../support/streams.ts';
import { type Span, type TraceMode, TraceRecorder, traceTree } from '../support/trace-recorder.ts';
import { withServer } from '../support/with-server.ts';

const CALLS = ['sluice:call:start', 'sluice:call:finish'];
const STREAMS = ['start', 'headers', 'send', 'receive', 'finish'].map(
  (name) => `sluice:stream:${name}`,
);
const TRACING = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'].map(
  (name) => `tracing:sluice:call:${name}`,
);

/** An event of a call or of a stream: the fields of both. */
type AnyEvent = Omit<CallEvent, 'side'> & Omit<StreamEvent, 'side'> & { readonly side: string };

interface Service {
  add(x: number, y: number): Promise<number>;
  fail(): Promise<void>;
  echo(items: AsyncIterable<number>): AsyncIterable<number>;
  tables(): AsyncIterable<{ rows: AsyncIterable<number> }>;
}

const service = {
  add: (x: number, y: number): number => x + y,
  async fail(): Promise<void> {
    throw new RangeError('as it should');
  },
  async *echo(items: AsyncIterable<number>): AsyncGenerator<number> {
    callContext().setHeader('of', 'echo');
    yield* items;
  },
  async *tables(): AsyncGenerator<{ rows: AsyncIterable<number> }> {
    yield { rows: numbers() };
  },
};

async function* numbers(): AsyncGenerator<number> {
  yield* [1, 2];
}

/** Runs work while a subscriber notes something at each event. */
async function noted<T>(
  names: readonly string[],
  note: (event: AnyEvent) => T,
  work: () => Promise<void>,
): Promise<[name: string, noted: T][]> {
  const notes: [string, T][] = [];
  const onEvent = (event: unknown, name: string | symbol): void => {
    notes.push([String(name), note(event as AnyEvent)]);
  };
  for (const name of names) subscribe(name, onEvent);
  try {
    await work();
  } finally {
    for (const name of names) unsubscribe(name, onEvent);
  }
  return notes;
}

describe('the events of one call', () => {
  it('X11 name its connection, its number there, its peer and its metadata, the same at both ends', async () => {
    await withServer(async ({ server, client }) => {
      server.expose('service', service);
      const events = await published<CallEvent>(CALLS, async () => {
        const api = client.api<Service>('service', { metadata: { tenant: 'acme' } });
        expect(await api.add(1, 2)).to.equal(3);
        expect(await client.api<Service>('service').add(1, 2)).to.equal(3);
      });
      const finished = events.filter(([name]) => name === 'sluice:call:finish');
      const [served, called, servedAgain, calledAgain] = finished.map(([, event]) => event);
      expect([served?.side, called?.side]).to.deep.equal(['server', 'client']);
      expect(called?.connectionId)
        .to.match(/^…[0-9a-f]{6}$/)
        .and.equal(served?.connectionId);
      expect(called?.callId).to.be.greaterThan(0).and.equal(served?.callId);
      expect(calledAgain?.callId).to.equal(servedAgain?.callId).and.not.equal(called?.callId);
      expect(called?.peer).to.equal(`127.0.0.1:${server.address.port}`);
      expect(served?.peer)
        .to.match(/^127\.0\.0\.1:\d+$/)
        .and.not.equal(called?.peer);
      for (const event of [called, served]) {
        expect(event?.metadata).to.deep.equal({ tenant: 'acme' });
      }
      expect(calledAgain?.metadata).to.equal(undefined);
      expect(events[0]?.[1], 'known at the start').to.include({ peer: called?.peer });
      expect(events[1]?.[1], 'known at the start').to.include({ callId: served?.callId });
    });
  });

  it('X11 name the connection that tells of its own end', async () => {
    const events = await published<CallEvent & ConnectionEvent>(
      ['sluice:call:finish', 'sluice:connection:end'],
      () =>
        withServer(async ({ server, client }) => {
          server.expose('service', service);
          await client.api<Service>('service').add(1, 2);
          await client.close();
        }),
    );
    const ids = events.map(([, { id, connectionId }]) => id ?? connectionId);
    expect(ids).to.have.length(4);
    expect(new Set(ids).size).to.equal(1);
  });

  it('X11 tell a call that waits for its connection by its number once it is sent', async () => {
    await withServer(async ({ server, start }) => {
      server.expose('service', service);
      const events = await published<CallEvent>(CALLS, async () => {
        await start().api<Service>('service').add(1, 2);
      });
      const own = events.filter(([, { side }]) => side === 'client').map(([, event]) => event);
      const peer = `127.0.0.1:${server.address.port}`;
      expect(own[0]).to.include({ peer, connectionId: undefined, callId: undefined });
      expect(own[1]).to.include({ peer, callId: 1 });
      expect(own[1]?.connectionId).to.match(/^…[0-9a-f]{6}$/);
    });
  });

  it('X11 tell a call that is not made at all, by its reason', async () => {
    await withServer(async ({ client }) => {
      await client.close();
      const events = await published<CallEvent>([...CALLS, ...TRACING], async () => {
        await client
          .api<Service>('service')
          .add(1, 2)
          .catch(() => {});
      });
      expect(events.map(([name]) => name)).to.deep.equal([
        'sluice:call:start',
        'tracing:sluice:call:start',
        'tracing:sluice:call:end',
        'sluice:call:finish',
        'tracing:sluice:call:error',
        'tracing:sluice:call:asyncStart',
        'tracing:sluice:call:asyncEnd',
      ]);
      expect(events[3]?.[1].error).to.be.instanceOf(ClosedError);
      expect(events[3]?.[1]).to.include({ method: 'service/add', callId: undefined });
    });
  });

  it('X11 are the calls of its streams: in arguments, in results, and in items of these', async () => {
    await withServer(async ({ server, client }) => {
      server.expose('service', service);
      const events = await published<AnyEvent>([...CALLS, ...STREAMS], async () => {
        const api = client.api<Service>('service');
        for await (const n of api.echo(numbers())) expect(n).to.be.within(1, 2);
        for await (const { rows } of api.tables()) {
          for await (const n of rows) expect(n).to.be.within(1, 2);
        }
      });
      const starts = events.filter(([name]) => name === 'sluice:stream:start');
      const seen = starts.map(([, { side, call }]) => `${side} ${call?.side} ${call?.method}`);
      expect(seen.toSorted()).to.deep.equal([
        'consumer client service/echo',
        'consumer client service/tables',
        'consumer client service/tables',
        'consumer server service/echo',
        'producer client service/echo',
        'producer server service/echo',
        'producer server service/tables',
        'producer server service/tables',
      ]);
      const calls = events.filter(([name]) => name === 'sluice:call:start').map(([, , o]) => o);
      for (const [, , { call }] of starts) expect(calls).to.include(call);
    });
  });

  it('X11 are those of a verb’s streams: a sink learns its call when it is named, a source starts with it', async () => {
    await withServer(async ({ server, client }) => {
      const exchange = verb<(source: Source<[number]>) => Sink<[number]>>(5);
      server.handle(exchange, (context, source) => {
        const sink = source.makeSink<[number]>();
        context.background(async () => {
          for await (const [n] of source) await sink.send(n);
          await sink.close();
        });
        return sink;
      });
      const events = await published<AnyEvent>([...CALLS, ...STREAMS], async () => {
        const sink = await client.makeStreamSink<[number]>();
        const source = await client.call(exchange, sink);
        await sink.send(1);
        await sink.close();
        expect(await drain(source)).to.deep.equal([[1]]);
        await client.close();
      });
      const called = events.filter(([name]) => name === 'sluice:call:start').map(([, , o]) => o);
      const callOf = (side: string): object | undefined => called.find((o) => o.side === side);
      const atStart = (side: string, end: string): unknown =>
        events.find(
          ([name, event, { call }]) =>
            name === 'sluice:stream:start' && event.side === side && call?.side === end,
        )?.[1].call;
      expect(atStart('producer', 'client'), 'made before').to.equal(undefined);
      expect(atStart('consumer', 'server')).to.equal(callOf('server'));
      expect(atStart('producer', 'server')).to.equal(callOf('server'));
      expect(atStart('consumer', 'client')).to.equal(callOf('client'));
      const finished = events.filter(([name]) => name === 'sluice:stream:finish');
      expect(finished).to.have.length(4);
      for (const [, { call }] of finished) expect(called).to.include(call);
      const names = events.filter(([, { side }]) => side === 'server' || side === 'consumer');
      expect(names[0]?.[0], 'the call comes before its source').to.equal('sluice:call:start');
    });
  });
});

describe('subscribers', () => {
  const request = new AsyncLocalStorage<string>();

  it('X11 run in the async context of the caller and of the reader, from start to finish', async () => {
    await withServer(async ({ server, client }) => {
      server.expose('service', service);
      const api = client.api<Service>('service');
      // The lanes are opened in the context of another caller.
      await request.run('request 6', async () => {
        for await (const n of api.echo(numbers())) expect(n).to.be.within(1, 2);
      });
      const notes = await noted(
        [...CALLS, ...STREAMS],
        (event) => [event.call?.side ?? event.side, request.getStore()],
        () =>
          request.run('request 7', async () => {
            expect(await api.add(1, 2)).to.equal(3);
            await api.fail().catch(() => {});
            for await (const n of api.echo(numbers())) expect(n).to.be.within(1, 2);
          }),
      );
      const own = notes.filter(([, [side]]) => side === 'client');
      const count = (name: string): number => own.filter(([each]) => each === name).length;
      expect(count('sluice:call:start')).to.equal(3);
      expect(count('sluice:call:finish')).to.equal(3);
      expect(count('sluice:stream:send')).to.equal(2);
      expect(count('sluice:stream:receive')).to.equal(2);
      expect(count('sluice:stream:headers')).to.equal(1);
      expect(count('sluice:stream:finish')).to.equal(2);
      for (const [name, [, store]] of own) expect(store, name).to.equal('request 7');
    });
  });

  it('X11 find the context of the call that is served, from start to finish, its streams with it', async () => {
    await withServer(async ({ server, client }) => {
      server.expose('service', service);
      const contexts = new Set<object>();
      const notes = await noted(
        [...CALLS, ...STREAMS],
        (event) => {
          const { side, method } = event.call ?? event;
          if (side !== 'server' || method?.startsWith('service/') !== true) return undefined;
          contexts.add(callContext());
          return callContext().method;
        },
        async () => {
          const api = client.api<Service>('service');
          await api.fail().catch(() => {});
          for await (const n of api.echo(numbers())) if (n === 1) break;
          // The producer has learned of it before the next call is answered.
          await client.describe();
        },
      );
      const served = notes.filter(([, method]) => method !== undefined);
      expect(served.filter(([, method]) => method === 'fail')).to.have.length(2);
      const own = served.filter(([, method]) => method === 'echo').map(([name]) => name.slice(7));
      expect(own[0]).to.equal('call:start');
      expect(own.filter((name) => name === 'call:finish')).to.have.length(1);
      expect(own.filter((name) => name === 'stream:start')).to.have.length(2);
      expect(own.filter((name) => name === 'stream:finish')).to.have.length(2);
      expect(contexts.size).to.equal(2);
    });
  });

  it('X11 share the context with the method, also one that waits for its turn', async () => {
    await withServer(async ({ server, client }) => {
      const methods: unknown[] = [];
      server.expose(
        'slow',
        { wait: async () => void methods.push(callContext().shared.get('span')) },
        { interceptors: [(_call, next) => next()] },
      );
      let spans = 0;
      await noted(
        ['sluice:call:start'],
        (event) => event.side === 'server' && callContext().shared.set('span', ++spans),
        async () => {
          const api = client.api<{ wait(): Promise<void> }>('slow');
          await Promise.all([api.wait(), api.wait()]);
        },
      );
      expect(methods).to.deep.equal([1, 2]);
    });
  });

  it('X11 get the events of a TracingChannel in the order of a traced promise', async () => {
    await withServer(async ({ server, client }) => {
      server.expose('service', service);
      const events = await published<CallEvent>(TRACING, async () => {
        const api = client.api<Service>('service');
        expect(await api.add(1, 2)).to.equal(3);
        await api.fail().catch(() => {});
      });
      for (const side of ['client', 'server']) {
        const own = events.filter(([, event]) => event.side === side);
        expect(
          own.map(([name, { method }]) => `${method} ${name.slice(20)}`),
          side,
        ).to.deep.equal([
          'service/add start',
          'service/add end',
          'service/add asyncStart',
          'service/add asyncEnd',
          'service/fail start',
          'service/fail end',
          'service/fail error',
          'service/fail asyncStart',
          'service/fail asyncEnd',
        ]);
        expect(own[6]?.[1].error).to.be.instanceOf(RangeError);
        expect(new Set(own.map(([, , event]) => event)).size).to.equal(2);
      }
    });
  });
});

describe('a trace', () => {
  /** A caller in this process, `front` in another one, and `back` in this one. */
  async function trace(mode: TraceMode): Promise<string[]> {
    const recorder = new TraceRecorder(mode).start();
    try {
      await using back = await listen({ host: '127.0.0.1', port: 0 });
      back.expose('back', {
        async *rows(count: number) {
          for (let row = 1; row <= count; row++) yield row;
        },
      });
      const path = new URL('fixtures/traced-front.js', import.meta.url);
      const front = fork(path, [String(back.address.port), mode]);
      const exited = once(front, 'exit');
      const [port] = (await once(front, 'message')) as [number];
      await using client = await connect({ host: '127.0.0.1', port });
      const api = client.api<{ report(count: number): AsyncIterable<string> }>('front');
      const lines: string[] = [];
      for await (const line of api.report(2)) lines.push(line);
      expect(lines).to.deep.equal(['row 1', 'row 2']);
      await client.close();
      const spans = once(front, 'message') as Promise<[Span[]]>;
      front.send('stop');
      const [far] = await spans;
      await exited;
      return traceTree(recorder.spans, far);
    } finally {
      recorder.stop();
    }
  }

  it('X11 of calls and streams through two processes comes from the events alone, by bound stores', async () => {
    expect(await trace('bindStore')).to.deep.equal([
      'client front/report',
      '  server front/report',
      '    producer front/report',
      '      client back/rows',
      '        server back/rows',
      '          producer back/rows',
      '        consumer back/rows',
      '  consumer front/report',
    ]);
  });

  it('X11 of calls and streams through two processes comes from the events alone, by contexts of calls', async () => {
    expect(await trace('callContext')).to.deep.equal([
      'client front/report',
      '  server front/report',
      '    producer front/report',
      '    client back/rows',
      '      server back/rows',
      '        producer back/rows',
      '      consumer back/rows',
      '  consumer front/report',
    ]);
  });
});
