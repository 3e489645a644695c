import { expect } from 'chai';

import {
  callContext,
  type Client,
  type RemoteStream,
  type Server,
  type Source,
  verb,
} from '../../lib/index.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { until } from '../support/turns.ts';
import { unreadableValues } from '../support/unreadable.ts';
import { memoryPair, withServer } from '../support/with-server.ts';

interface Thrower {
  hello(): Promise<string>;
  fail(): Promise<void>;
  items(): Promise<RemoteStream<string>>;
  hooked(): Promise<RemoteStream<string>>;
  background(items: AsyncIterable<string>): Promise<void>;
  read(items: AsyncIterable<string>): Promise<string>;
}

for (const [what, thrown] of unreadableValues()) {
  describe(`${what}, thrown or given as a reason`, () => {
    it('B2-16 by a method: the caller gets an error, and the server lives', async () => {
      await withThrower(thrown, async (api) => {
        await rejectionOf(api.fail(), Error);
      });
    });

    it('B2-16 by a producer: the reader gets the items and an error, and the server lives', async () => {
      await withThrower(thrown, async (api) => {
        expect(await readAll(await api.items())).to.deep.equal(['first', 'an error']);
      });
    });

    it('B2-16 by a hook of items: the reader gets an error, and the server lives', async () => {
      await withThrower(thrown, async (api) => {
        expect(await readAll(await api.hooked())).to.deep.equal(['an error']);
      });
    });

    it('B2-16 by work in the background: the streams of its call end, and the server lives', async () => {
      await withThrower(thrown, async (api) => {
        let isEnded = false;
        await api.background(endless(() => void (isEnded = true)));
        await until(() => isEnded);
      });
    });

    it('B2-16 by a producer at the client: its reader at the server gets an error', async () => {
      await withThrower(thrown, async (api) => {
        expect(await api.read(throwing(thrown))).to.equal('an error');
      });
    });

    it('B2-16 as the reason of a cancel: the producer stops, and both ends live', async () => {
      await withThrower(thrown, async (api) => {
        const items = await api.items();
        await items.read();
        items.cancel(thrown);
        await rejectionOf(items.ended);
      });
    });

    it('B2-16 as the reason of a signal, an aborted sink and an aborted client: all of them end', async () => {
      await withThrower(thrown, async (api, client, server) => {
        const consume = verb<(source: Source) => void>(7);
        const reads: { outcome: unknown }[] = [];
        server.handle(consume, (_context, source) => {
          reads.push(follow(source.read()));
        });
        const sink = await client.makeStreamSink();
        await client.call(consume, sink);
        sink.abort(thrown);
        await rejectionOf(sink.ended);
        await until(() => reads[0]?.outcome !== undefined);
        const signal = AbortSignal.abort(thrown);
        await rejectionOf(client.api<Thrower>('thrower', { signal }).hello());
        const read = follow(api.read(endless(() => {})));
        await client.abort(thrown);
        await until(() => read.outcome !== undefined);
      });
    });
  });
}

/** The test's calls, then one of another client: the server must still answer. */
async function withThrower(
  thrown: unknown,
  run: (api: Thrower, client: Client, server: Server) => Promise<void>,
): Promise<void> {
  await withServer(memoryPair(), async ({ server, client, connect }) => {
    server.expose('thrower', {
      hello: () => 'hello',
      fail: () => Promise.reject(thrown),
      items: () => throwing(thrown),
      background(items: RemoteStream<string>) {
        callContext().background(async () => {
          await items.read();
          throw thrown;
        });
      },
      read: async (items: RemoteStream<string>) => (await readAll(items)).at(-1),
    });
    server.expose(
      'hooks',
      { hooked: () => throwing(thrown) },
      { onSend: () => Promise.reject(thrown) },
    );
    const plain = client.api<Thrower>('thrower');
    const hooked = client.api<Thrower>('hooks');
    await run(
      {
        hello: () => plain.hello(),
        fail: () => plain.fail(),
        items: () => plain.items(),
        hooked: () => hooked.hooked(),
        background: (items) => plain.background(items),
        read: (items) => plain.read(items),
      },
      client,
      server,
    );
    const other = await connect();
    expect(await other.api<Thrower>('thrower').hello()).to.equal('hello');
  });
}

async function* throwing(thrown: unknown): AsyncGenerator<string> {
  yield 'first';
  throw thrown;
}

async function* endless(onEnd: () => void): AsyncGenerator<string> {
  try {
    for (;;) yield await Promise.resolve('item');
  } finally {
    onEnd();
  }
}

async function readAll(items: AsyncIterable<string>): Promise<string[]> {
  const read: string[] = [];
  try {
    for await (const item of items) read.push(item);
  } catch {
    read.push('an error');
  }
  return read;
}
