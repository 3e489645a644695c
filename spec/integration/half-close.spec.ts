import { expect } from 'chai';

import { type CompressorFactory, lz4 } from '../../lib/compression.ts';
import { ManualClock } from '../../lib/testing.ts';
import { seastar, type Sink, type Source, StreamClosedError } from '../../lib/index.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { rejectionOf } from '../support/rejection.ts';
import { turns } from '../support/turns.ts';
import { type Direction, drain, sendAll, Streams } from '../support/streams.ts';
import { WatchedTransport } from '../support/watched-transport.ts';
import { type PairOptions, withServer } from '../support/with-server.ts';

/*
 * Ends in order: whoever closes first, however slowly either side reads, with whatever peers and
 * compression, each side gets every message and then the end, once, and no socket stays open.
 */

type Message = [index: number, bytes: Uint8Array];
type Side = 'client' | 'server';

const PEERS: Readonly<Record<string, PairOptions>> = {
  'two of us': {},
  'a client without the extension': { client: { extension: false } },
  'a server without the extension': { server: { extension: false } },
  'neither with the extension': { both: { extension: false } },
  'a client like Seastar': { client: seastar.client },
  'a server like Seastar': { server: seastar.server },
};

const COMPRESSIONS: Readonly<Record<string, CompressorFactory | undefined>> = {
  'no compression': undefined,
  LZ4: lz4(),
};

/** Who reads only when everything was sent. */
const SLOW: Readonly<Record<string, readonly Side[]>> = {
  'both read at once': [],
  'a slow client': ['client'],
  'a slow server': ['server'],
  'both slow': ['client', 'server'],
};

/** Messages of up to 1.5 KiB: more than fits one chunk, less than the buffers on the way. */
const MESSAGES: readonly Message[] = Array.from({ length: 100 }, (_, index) => [
  index,
  Buffer.alloc((index * 37) % 1_500, index),
]);

interface Bench {
  readonly streams: Streams;
  readonly clock: ManualClock;
  readonly networks: readonly WatchedTransport[];
  readonly log: CollectedLog;
}

async function withBench(
  peers: PairOptions,
  compression: CompressorFactory | undefined,
  run: (bench: Bench) => Promise<void>,
): Promise<void> {
  const clock = new ManualClock();
  const networks = [new WatchedTransport(), new WatchedTransport()] as const;
  const log = new CollectedLog();
  const options = {
    both: { clock, compression, logger: log, ...peers.both },
    client: { network: networks[0], ...peers.client },
    server: { network: networks[1], ...peers.server },
  };
  await withServer(options, async ({ server, client }) => {
    await run({ streams: new Streams(server, client), clock, networks, log });
    await allClosed(clock, networks);
    expect(log.lines).to.deep.equal([]);
  });
}

/** All but the main connection, at the latest when a peer without the extension was waited for. */
async function allClosed(clock: ManualClock, networks: readonly WatchedTransport[]): Promise<void> {
  await turns(50);
  clock.advance(60_000);
  for (const network of networks) await network.whenOpen(1);
  for (const { sockets } of networks) {
    expect(
      sockets.filter((socket) => socket.isDestroyed),
      'no end was forced',
    ).to.deep.equal([]);
  }
}

/** Sends everything and closes; whoever reads has it all, in order, and then the end once. */
async function exchange({ sink, source }: Direction<Message>, isSlow: boolean): Promise<void> {
  const sending = sendAll(sink, MESSAGES);
  if (isSlow) {
    await sending;
    await turns(20);
  }
  await expectAll(source);
  await sending;
  await sink.ended;
}

async function expectAll(source: Source<Message>): Promise<void> {
  const messages = await drain(source);
  expect(messages.map(([index]) => index)).to.deep.equal(MESSAGES.map(([index]) => index));
  for (const [index, [, bytes]] of messages.entries()) {
    expect(Buffer.from(bytes).equals(MESSAGES[index]![1])).to.equal(true);
  }
  await source.ended;
  await rejectionOf(source.read(), StreamClosedError);
}

for (const [peers, options] of Object.entries(PEERS)) {
  for (const [algorithm, compression] of Object.entries(COMPRESSIONS)) {
    describe(`half-close: ${peers}, ${algorithm}`, () => {
      for (const [pace, slow] of Object.entries(SLOW)) {
        it(`S-S8, A8 seastar#2612 up to the server: ${pace}`, async () => {
          await withBench(options, compression, async ({ streams }) => {
            await exchange(await streams.oneWay<Message>(), slow.includes('server'));
          });
        });

        it(`S-S8, A8 seastar#2612 down to the client: ${pace}`, async () => {
          await withBench(options, compression, async ({ streams }) => {
            await exchange(await streams.fromServer<Message>(), slow.includes('client'));
          });
        });

        for (const first of ['client', 'server'] as const) {
          it(`S-S8, S-S2, A8 seastar#2612 both ways, the ${first} closes first: ${pace}`, async () => {
            await withBench(options, compression, async ({ streams }) => {
              const { up, down } = await streams.twoWay<Message>();
              const toServer = (): Promise<void> => exchange(up, slow.includes('server'));
              const toClient = (): Promise<void> => exchange(down, slow.includes('client'));
              const [one, other] = first === 'client' ? [toServer, toClient] : [toClient, toServer];
              await one();
              await other();
            });
          });

          it(`S-S8, A8 seastar#2612 both ways, the ${first} closes first, nobody reads before the last end: ${pace}`, async () => {
            await withBench(options, compression, async ({ streams }) => {
              const { up, down } = await streams.twoWay<Message>();
              const sinks: Sink<Message>[] =
                first === 'client' ? [up.sink, down.sink] : [down.sink, up.sink];
              for (const sink of sinks) await sendAll(sink, MESSAGES);
              const readers = slow.includes('client')
                ? [up.source, down.source]
                : [down.source, up.source];
              for (const source of readers) {
                await turns(10);
                await expectAll(source);
              }
            });
          });
        }

        it(`S-S8 both ways at once: ${pace}`, async () => {
          await withBench(options, compression, async ({ streams }) => {
            const { up, down } = await streams.twoWay<Message>();
            await Promise.all([
              exchange(up, slow.includes('server')),
              exchange(down, slow.includes('client')),
            ]);
          });
        });
      }
    });
  }
}

describe('half-close without waiting', () => {
  it('S-S8 two of us end a stream without a timer, and the side that accepted it ends first', async () => {
    const network = new WatchedTransport();
    const far = new WatchedTransport();
    const clock = new ManualClock();
    const both = { clock, limits: { pingIntervalMs: 0 } };
    const options = { both, client: { network }, server: { network: far } };
    await withServer(options, async ({ server, client }) => {
      const { up, down } = await new Streams(server, client).twoWay<Message>();
      await sendAll(up.sink, MESSAGES);
      await sendAll(down.sink, MESSAGES);
      await drain(up.source);
      expect(far.sockets[1]!.isEnded).to.equal(true);
      expect(network.sockets[1]!.isEnded).to.equal(false);
      await drain(down.source);
      await network.whenOpen(1);
      await far.whenOpen(1);
      expect(clock.pendingTimers, 'no timer is left').to.equal(0);
    });
  });

  it('S-S8 towards a plain Seastar the end is left to it, so that its reader gets end of stream', async () => {
    const network = new WatchedTransport();
    const options = { client: { network }, server: seastar.server };
    await withServer(options, async ({ server, client }) => {
      const { sink, source } = await new Streams(server, client).oneWay<Message>();
      await sendAll(sink, MESSAGES);
      await turns(50);
      expect(network.sockets[1]!.isEnded).to.equal(false);
      await drain(source);
      await network.whenOpen(1);
    });
  });

  it('S-S8 a stream that no call names ends when its sink is closed', async () => {
    const network = new WatchedTransport();
    const clock = new ManualClock();
    await withServer({ both: { clock }, client: { network } }, async ({ client }) => {
      const sink = await client.makeStreamSink();
      await sink.close();
      expect(network.sockets[1]!.isEnded).to.equal(true);
      await client.close();
      expect(network.openCount).to.equal(0);
    });
  });
});
