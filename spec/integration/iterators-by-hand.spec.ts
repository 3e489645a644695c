import { expect } from 'chai';
import { z } from 'zod';

import { stream, type RemoteStream, type Source, verb } from '../../lib/index.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { turns, until } from '../support/turns.ts';
import { memoryPair, withServer } from '../support/with-server.ts';

interface Numbers {
  upTo(last: number): AsyncIterable<number> & PromiseLike<RemoteStream<number>>;
  endless(): AsyncIterable<number> & PromiseLike<RemoteStream<number>>;
}

/** %AsyncIteratorPrototype%, as a generator inherits it. */
const AsyncIteratorPrototype = Object.getPrototypeOf(
  Object.getPrototypeOf(Object.getPrototypeOf((async function* () {})())),
) as object;

/** Runs a test with a service whose endless stream tells why it was left. */
async function withNumbers(
  run: (api: Numbers, reasons: unknown[]) => Promise<void>,
): Promise<void> {
  await withServer(memoryPair(), async ({ server, client }) => {
    const reasons: unknown[] = [];
    server.expose('numbers', {
      upTo: (last: number) => stream(Array.from({ length: last }, (_, index) => index + 1)),
      endless: () =>
        stream(async function* (signal) {
          signal.addEventListener('abort', () => reasons.push((signal.reason as Error).cause));
          for (let number = 1; ; number++) yield await Promise.resolve(number);
        }),
    });
    await run(client.api<Numbers>('numbers'), reasons);
  });
}

/** The iterators over a stream from the other side, by the ways to them. */
const ways: [what: string, iterate: (api: Numbers) => Promise<AsyncIterator<number, unknown>>][] = [
  ['a call', async (api) => api.endless()[Symbol.asyncIterator]()],
  ['a stream', async (api) => (await api.endless())[Symbol.asyncIterator]()],
];

for (const [what, iterate] of ways) {
  describe(`an iterator over ${what}`, () => {
    it('K8 answers return with the value that it was given, and gives it to the producer', async () => {
      await withNumbers(async (api, reasons) => {
        const iterator = await iterate(api);
        expect(await iterator.next()).to.deep.equal({ done: false, value: 1 });
        expect(await iterator.return?.('enough')).to.deep.equal({ done: true, value: 'enough' });
        expect(await iterator.next()).to.deep.equal({ done: true, value: undefined });
        await until(() => reasons.length > 0);
        expect(reasons).to.deep.equal(['enough']);
      });
    });

    it('K8 awaits the value of return, and answers undefined where none was given', async () => {
      await withNumbers(async (api) => {
        const iterator = await iterate(api);
        await iterator.next();
        const value = Promise.resolve('later');
        expect(await iterator.return?.(value)).to.deep.equal({ done: true, value: 'later' });
        expect(await iterator.return?.()).to.deep.equal({ done: true, value: undefined });
      });
    });

    it('inherits what the iterators of the language inherit', async () => {
      await withNumbers(async (api) => {
        const iterator = await iterate(api);
        expect(AsyncIteratorPrototype.isPrototypeOf(iterator)).to.equal(true);
        await iterator.return?.();
      });
    });
  });
}

describe('an iterator over a source', () => {
  it('answers return with the value that it was given, and inherits from %AsyncIteratorPrototype%', async () => {
    await withServer(memoryPair(), async ({ server, client }) => {
      const results: unknown[] = [];
      const consume = verb<(source: Source<[number]>) => void>(7);
      server.handle(consume, async (_context, source) => {
        const iterator = source[Symbol.asyncIterator]();
        results.push(AsyncIteratorPrototype.isPrototypeOf(iterator), await iterator.next());
        results.push(await iterator.return?.('enough'));
      });
      const sink = await client.makeStreamSink<[number]>();
      await sink.send(1);
      await client.call(consume, sink);
      const expected = [true, { done: false, value: [1] }, { done: true, value: 'enough' }];
      expect(results).to.deep.equal(expected);
      await rejectionOf(sink.ended);
    });
  });
});

describe('the reason of a cancel', () => {
  const cancels: [what: string, cancel: (items: RemoteStream<number>) => Promise<void>][] = [
    ['cancel', async (items) => items.cancel('enough')],
    ['the WHATWG stream', async (items) => readThen(items.toReadableStream())],
  ];
  for (const [what, cancel] of cancels) {
    for (const isMapped of [false, true]) {
      const kind = isMapped ? 'a stream with a hook' : 'a stream';
      it(`K8 reaches the producer whatever it is, from ${what} of ${kind}`, async () => {
        await withServer(memoryPair(), async ({ server, client }) => {
          const reasons: unknown[] = [];
          const items = stream(async function* (signal) {
            signal.addEventListener('abort', () => reasons.push((signal.reason as Error).cause));
            for (;;) yield await Promise.resolve(1);
          });
          server.expose('numbers', { endless: () => items });
          const hooks = isMapped ? { onReceive: (item: unknown) => item } : {};
          const remote = await client.api<Numbers>('numbers', hooks).endless();
          if (what === 'cancel') await remote.read();
          await cancel(remote);
          await until(() => reasons.length > 0);
          expect(reasons).to.deep.equal(['enough']);
        });
      });
    }
  }
});

describe('steps that were asked for at once', () => {
  const refusing: [what: string, options: object][] = [
    ['a hook', { onReceive: refuse2 }],
    ['a hook that takes longer for the item that it refuses', { onReceive: refuse2Late }],
    ['a schema', { schemas: { upTo: { items: z.number().refine((item) => item !== 2) } } }],
  ];
  for (const [what, options] of refusing) {
    it(`K6 deliver nothing behind an item that ${what} has refused`, async () => {
      await withServer(memoryPair(), async ({ server, client }) => {
        server.expose('numbers', { upTo: () => stream([1, 2, 3, 4]) });
        const items = client.api<Numbers>('numbers', options).upTo(4)[Symbol.asyncIterator]();
        const steps = [1, 2, 3, 4].map(() => follow(items.next()));
        await until(() => steps.every(({ outcome }) => outcome !== undefined));
        expect(steps[0]?.outcome).to.deep.equal({ value: { done: false, value: 1 } });
        expect(steps[1]?.outcome).to.have.property('error');
        const over = { value: { done: true, value: undefined } };
        expect(steps.slice(2).map(({ outcome }) => outcome)).to.deep.equal([over, over]);
      });
    });

    it(`K6 nor do reads, where ${what} has refused one`, async () => {
      await withServer(memoryPair(), async ({ server, client }) => {
        server.expose('numbers', { upTo: () => stream([1, 2, 3, 4]) });
        const items = await client.api<Numbers>('numbers', options).upTo(4);
        const reads = [1, 2, 3, 4].map(() => follow(items.read()));
        await until(() => reads.every(({ outcome }) => outcome !== undefined));
        const kinds = reads.map(({ outcome }) => Object.keys(outcome ?? {})[0]);
        expect(kinds).to.deep.equal(['value', 'error', 'error', 'error']);
      });
    });
  }
});

function refuse2(item: unknown): unknown {
  if (item === 2) throw new Error('not this one');
  return item;
}

async function refuse2Late(item: unknown): Promise<unknown> {
  if (item === 2) await turns(5);
  return refuse2(item);
}

async function readThen(web: ReadableStream<number>): Promise<void> {
  const reader = web.getReader();
  await reader.read();
  await reader.cancel('enough');
}
