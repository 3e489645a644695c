import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import { expect } from 'chai';

import type { StreamEvent } from '../../lib/diagnostics.ts';

import {
  type Client,
  type ClientOptions,
  listen,
  type Server,
  type Sink,
  type Source,
  StreamClosedError,
  verb,
  type Verb,
} from '../../lib/index.ts';
import { StreamNotFoundError } from '../../lib/errors/errors.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { inMemory } from '../support/passing.ts';
import { withListening, withServer } from '../support/with-server.ts';
import { heldObjects } from '../support/held-objects.ts';
import { rejectionOf } from '../support/rejection.ts';
import { turns, until } from '../support/turns.ts';
import { ECHO, echo, serveEcho } from '../support/verb-streams.ts';

const TAKE: Verb<(texts: Source<[string]>) => void> = verb(0x57_0021);

const TAKE_BYTES: Verb<(chunks: Source<[Uint8Array]>) => void> = verb(0x57_0022);
const STREAMS = 24;
const PAYLOAD_BYTES = 100_000;

/** Comes back at once. */
const QUICK: Partial<ClientOptions> = { reconnect: { minDelayMs: 1, maxDelayMs: 10 } };

interface ResumedPair {
  readonly server: Server;
  readonly client: Client;
  readonly proxy: FaultProxy;
  /** The server's end of the stream that was passed last. */
  readonly taken: () => Promise<Source<[string]>>;
  /** Cuts all connections, and lets no other through until the result is called. */
  cutAll(): () => void;
}

/** Runs a test with a client that comes back, through a proxy that can be shut. */
async function withResumed(
  run: (pair: ResumedPair) => Promise<void>,
  options: Partial<ClientOptions> = {},
): Promise<void> {
  await withListening({}, async (server, start) => {
    const sources: Source<[string]>[] = [];
    server.handle(TAKE, (_context, texts) => void sources.push(texts));
    let isShut = false;
    await using proxy = await FaultProxy.start(server.address.port, () =>
      isShut ? { down: true } : undefined,
    );
    const client = start({ ...QUICK, ...options, port: proxy.port });
    await client.whenReady();
    const cutAll = (): (() => void) => {
      isShut = true;
      for (const connection of proxy.connections) connection.reset();
      return () => void (isShut = false);
    };
    const taken = async (): Promise<Source<[string]>> => {
      await until(() => sources.length > 0);
      return sources.pop()!;
    };
    await run({ server, client, proxy, taken, cutAll });
    await client.abort();
  });
}

/** A sink that a call has passed, and the source that the handler got. */
async function passed(
  { client, taken }: ResumedPair,
  resumable: Parameters<Client['makeStreamSink']>[0] = { resumable: true },
): Promise<{ sink: Sink<[string]>; source: Source<[string]> }> {
  const sink = await client.makeStreamSink<[string]>(resumable as object);
  await client.call(TAKE, sink);
  return { sink, source: await taken() };
}

/** Nothing of any stream is left at either end. */
async function expectNothingLeft({
  client,
  server,
}: Pick<ResumedPair, 'client' | 'server'>): Promise<void> {
  const streams = (end: Client | Server): number =>
    end
      .snapshot()
      .connections.reduce((sum, { streams, children }) => sum + streams.length + children, 0);
  await until(() => streams(client) === 0 && streams(server) === 0);
}

describe('a resumable stream of a verb', () => {
  it('L10 goes on in both directions when the main connection is cut again and again', async () => {
    await withResumed(async (pair) => {
      serveEcho(pair.server);
      const texts = Array.from({ length: 300 }, (_, at) => `text ${at}`);
      const echoing = echo(pair.client, texts);
      for (let cut = 0; cut < 5; cut++) {
        await turns(60);
        pair.proxy.connections
          .filter((each) => each.bytesFromServer > 0)
          .at(-2)
          ?.reset();
        pair.cutAll()();
      }
      expect(await echoing).to.deep.equal(texts.map((text) => `${text}!`));
      expect(pair.client.stats.reconnects).to.be.at.least(1);
      await expectNothingLeft(pair);
    });
  });

  it('L10 can be opened, named and read to its end while there is no connection in between', async () => {
    await withResumed(async (pair) => {
      const sink = await pair.client.makeStreamSink<[string]>({ resumable: true });
      await sink.send('before');
      let open = pair.cutAll();
      const calling = pair.client.call(TAKE, sink);
      await sink.send('away');
      const closing = sink.closeAndConfirm();
      await turns(20);
      open();
      await calling;
      const source = await pair.taken();
      open = pair.cutAll();
      await turns(20);
      open();
      expect(await source.read()).to.deep.equal(['before']);
      expect(await source.read()).to.deep.equal(['away']);
      expect(await source.read()).to.equal(undefined);
      await closing;
      await expectNothingLeft(pair);
    });
  });

  it('L12 confirms a close only when the reader has acknowledged all, over a cut behind the end', async () => {
    await withResumed(async (pair) => {
      const { sink, source } = await passed(pair);
      source.ack = 'manual';
      await sink.send('one');
      await sink.send('two');
      let isConfirmed = false;
      const closing = sink.closeAndConfirm().then(() => void (isConfirmed = true));
      expect(await source.readBatch()).to.deep.equal([['one'], ['two']]);
      expect(await source.read()).to.equal(undefined);
      await sink.close();
      const open = pair.cutAll();
      await turns(20);
      open();
      await pair.client.whenReady();
      await until(() => pair.client.state === 'connected');
      await turns(50);
      expect(isConfirmed).to.equal(false);
      expect(source.acknowledgedMessages).to.equal(0);
      source.acknowledge();
      await closing;
      expect(sink.acknowledgedMessages).to.equal(2);
      await expectNothingLeft(pair);
    });
  });

  it('K3 tells of a cancel that came while there was no connection, and of an abort', async () => {
    await withResumed(async (pair) => {
      const { sink, source } = await passed(pair);
      await sink.send('one');
      expect(await source.read()).to.deep.equal(['one']);
      let open = pair.cutAll();
      source.cancel('enough');
      await turns(20);
      open();
      const canceled = await rejectionOf(sink.ended, StreamClosedError);
      expect(canceled).to.include({ code: 'ERR_STREAM_CLOSED' });
      expect(canceled.cause).to.include({ code: 'ERR_CANCELED' });

      const other = await passed(pair);
      await other.sink.send('kept');
      open = pair.cutAll();
      other.sink.abort(new Error('a secret of the client'));
      await turns(20);
      open();
      expect(await other.source.read()).to.deep.equal(['kept']);
      const aborted = await rejectionOf(other.source.read(), StreamClosedError);
      expect(aborted).to.include({ code: 'ERR_STREAM_CLOSED' });
      expect(aborted.message).to.not.contain('secret');
      await expectNothingLeft(pair);
    });
  });

  it('L13 takes no more than its window while there is no connection', async () => {
    await withResumed(async (pair) => {
      const { sink, source } = await passed(pair, { resumable: { windowItems: 3 } });
      const open = pair.cutAll();
      let sent = 0;
      const sending = (async () => {
        for (; sent < 20; sent++) await sink.send(`text ${sent}`);
        await sink.close();
      })();
      await until(() => sink.sentMessages === 3);
      await turns(50);
      expect(sink.sentMessages).to.equal(3);
      open();
      const read: string[] = [];
      for await (const [text] of source) read.push(text);
      await sending;
      expect(sink.minRttMs).to.be.at.least(0);
      expect(read).to.deep.equal(Array.from({ length: 20 }, (_, at) => `text ${at}`));
      await expectNothingLeft(pair);
    });
  });

  it('refuses sends that were not awaited', async () => {
    await withResumed(async (pair) => {
      const { sink } = await passed(pair, { resumable: { windowItems: 1 } });
      const send = (): void => void Promise.resolve(sink.send('x')).catch(() => {});
      expect(() => {
        for (let at = 0; at < 5_000; at++) send();
      }).to.throw('was not awaited (maxWaitingSends)');
      sink.abort();
    });
  });

  it('says at both ends which messages are certain when the session is lost', async () => {
    await withResumed(async (pair) => {
      const { sink, source } = await passed(pair);
      await sink.send('one');
      await sink.send('two');
      expect(await source.read()).to.deep.equal(['one']);
      const { port } = pair.server.address;
      await pair.server.abort();
      const left = await rejectionOf(source.read(), StreamClosedError);
      expect(left.message).to.match(/; 1 items were read, [01] of them are acknowledged$/);
      await using again = await listen({ host: '127.0.0.1', port });
      again.handle(TAKE, () => {});
      const lost = await rejectionOf(sink.ended, StreamClosedError);
      expect(lost.message).to.match(
        /of 2 items the consumer has taken [01], and acknowledged [01]$/,
      );
      expect(lost.cause).to.include({ code: 'ERR_CLOSED' });
      expect(() => sink.send('three'), 'says the same').to.throw(lost.message);
    });
  });

  it('says to its reader at the client that it is not there any more, when the session is lost', async () => {
    await withResumed(async (pair) => {
      serveEcho(pair.server);
      const sink = await pair.client.makeStreamSink<[string]>({ resumable: true });
      const back = await pair.client.call(ECHO, sink);
      await sink.send('one');
      expect(await back.read()).to.deep.equal(['one!']);
      const { port } = pair.server.address;
      await pair.server.abort();
      await using _again = await listen({ host: '127.0.0.1', port });
      const lost = await rejectionOf(back.read(), StreamNotFoundError);
      expect(lost).to.include({ code: 'ERR_STREAM_NOT_FOUND' });
      expect(lost.message).to.match(/; 1 items were read, 1 of them are acknowledged$/);
      expect(await rejectionOf(sink.ended, StreamClosedError)).to.have.nested.property(
        'cause.code',
        'ERR_CLOSED',
      );
    });
  });

  it('fails a call that names its closed sink too late by the loss of the session', async () => {
    await withResumed(async (pair) => {
      const sink = await pair.client.makeStreamSink<[string]>({ resumable: true });
      await sink.send('one');
      await sink.close();
      const { port } = pair.server.address;
      await pair.server.abort();
      await using _again = await listen({ host: '127.0.0.1', port });
      await until(() => pair.client.stats.reconnects === 1 && pair.client.state === 'connected');
      const error = await rejectionOf(pair.client.call(TAKE, sink), StreamClosedError);
      expect(error.message).to.match(/of 1 items the consumer has taken 0, and acknowledged 0$/);
    });
  });

  it('goes on at a server that goes away, also when the connection to it is cut', async () => {
    await withResumed(async (pair) => {
      const { sink, source } = await passed(pair);
      await sink.send('one');
      expect(await source.read()).to.deep.equal(['one']);
      const closing = pair.server.close();
      await turns(20);
      pair.cutAll()();
      await sink.send('two');
      const closed = sink.closeAndConfirm();
      expect(await source.read()).to.deep.equal(['two']);
      expect(await source.read()).to.equal(undefined);
      await closed;
      await closing;
      expect(pair.client.stats.reconnects).to.equal(1);
    });
  });

  it('tells sluice:stream:unacknowledged of a reader that acknowledges nothing', async () => {
    const told: StreamEvent[] = [];
    const onTold = (event: unknown): void => void told.push(event as StreamEvent);
    subscribe('sluice:stream:unacknowledged', onTold);
    const log = new CollectedLog();
    const memory = inMemory({ both: { logger: log } });
    try {
      await withServer(memory, async ({ server, client }) => {
        let source: Source<[string]> | undefined;
        server.handle(TAKE, (_context, texts) => {
          texts.ack = 'manual';
          source = texts;
        });
        const sink = await client.makeStreamSink<[string]>({ resumable: { windowItems: 2 } });
        await client.call(TAKE, sink);
        await sink.send('one');
        const waiting = sink.send('two');
        expect(await source!.read()).to.deep.equal(['one']);
        memory.clock.advance(29_900);
        await turns(20);
        expect(told).to.deep.equal([]);
        memory.clock.advance(60_000);
        await until(() => told.length === 1);
        expect(told[0]).to.include({ side: 'producer', kind: 'verb' });
        expect(log.lines.join(' ')).to.contain('has acknowledged none of 2 items for 30 s');
        source!.acknowledge();
        await waiting;
        sink.abort();
      });
    } finally {
      unsubscribe('sluice:stream:unacknowledged', onTold);
    }
  });

  it('leaves nothing when its messages were many and its connections were cut', async () => {
    await withResumed(async (pair) => {
      serveEcho(pair.server);
      await echo(
        pair.client,
        Array.from({ length: 50 }, (_, at) => `text ${at}`),
      );
      pair.cutAll()();
      await until(() => pair.client.stats.reconnects === 1 && pair.client.state === 'connected');
      await expectNothingLeft(pair);
      expect(pair.server.snapshot().sessions).to.have.length(1);
      await pair.client.close();
      await until(() => pair.server.snapshot().sessions.length === 0);
    });
  });

  it('L15 counts what was sent again, and what is acknowledged', async () => {
    await withResumed(async (pair) => {
      const { sink, source } = await passed(pair);
      await sink.send('one');
      await sink.send('two');
      await until(() => source.bufferedBytes > 0);
      pair.cutAll()();
      await until(() => pair.client.stats.reconnects === 1 && pair.client.state === 'connected');
      expect(await source.read()).to.deep.equal(['one']);
      expect(await source.read()).to.deep.equal(['two']);
      await sink.close();
      expect(await source.read()).to.equal(undefined);
      await until(() => sink.acknowledgedMessages === 2);
      expect(sink.resentMessages).to.equal(2);
      expect(source.acknowledgedMessages).to.equal(2);
    });
  });

  it('holds nothing when it is over, whether it was read or canceled', async () => {
    await withServer(async ({ server, client }) => {
      let source: Source<[Uint8Array]> | undefined;
      server.handle(TAKE_BYTES, (_context, chunks) => void (source = chunks));
      const run = async (): Promise<void> => {
        for (let round = 0; round < STREAMS; round++) {
          const sink = await client.makeStreamSink<[Uint8Array]>({ resumable: true });
          await client.call(TAKE_BYTES, sink);
          for (let at = 0; at < 5; at++) await sink.send(new Uint8Array(PAYLOAD_BYTES));
          await source!.read();
          if (round % 2 === 0) {
            const closing = sink.closeAndConfirm();
            while ((await source!.read()) !== undefined);
            await closing;
          } else {
            source!.cancel();
            await sink.ended.catch(() => {});
          }
        }
        await expectNothingLeft({ server, client });
      };
      await run();
      const objects = await heldObjects();
      const { arrayBuffers } = process.memoryUsage();
      await run();
      expect((await heldObjects()) - objects, 'objects').to.be.lessThan(STREAMS / 4);
      expect(process.memoryUsage().arrayBuffers - arrayBuffers).to.be.lessThan(5 * PAYLOAD_BYTES);
    });
  });

  it('keeps no place of its call when its handler and background work have ended', async () => {
    const governance = { maxConcurrentCalls: 1 };
    await withServer({ server: { governance } }, async ({ server, client }) => {
      serveEcho(server);
      for (let round = 0; round < 3; round++) {
        expect(await echo(client, ['one'])).to.deep.equal(['one!']);
        await turns(20);
      }
    });
  });

  it('is a plain one without the option, also behind one that is resumable', async () => {
    await withResumed(async (pair) => {
      const sink = await pair.client.makeStreamSink<[string]>();
      await pair.client.call(TAKE, sink);
      const source = await pair.taken();
      await sink.send('one');
      expect(await source.read()).to.deep.equal(['one']);
      pair.cutAll()();
      expect(await rejectionOf(sink.ended, StreamClosedError)).to.include({
        code: 'ERR_STREAM_CLOSED',
      });
      expect(await rejectionOf(source.read(), StreamClosedError)).to.include({
        code: 'ERR_STREAM_CLOSED',
      });
      expect(sink.acknowledgedMessages).to.equal(0);
      expect(sink.resentMessages).to.equal(0);
      expect(sink.minRttMs).to.equal(-1);
    });
  });

  it('compares checksums of both directions', async () => {
    await withResumed(async (pair) => {
      pair.server.handle(ECHO, (context, texts) => {
        const sink = texts.makeSink<[string]>({ resumable: true, checksum: 'crc32' });
        context.background(async () => {
          for await (const [text] of texts) await sink.send(`${text}!`);
          await sink.closeAndConfirm();
        });
        return sink;
      });
      const options = { resumable: true, checksum: 'crc32' } as const;
      const echoing = echo(pair.client, ['a', 'b', 'c', 'd'], options);
      await turns(5);
      pair.cutAll()();
      expect(await echoing).to.deep.equal(['a!', 'b!', 'c!', 'd!']);
    });
  });
});
