import { expect } from 'chai';

import { lz4 } from '../../lib/compression.ts';
import { ManualClock } from '../../lib/testing.ts';
import { raw } from '../../lib/layout.ts';
import { seastar, type Sink, type Source, verb } from '../../lib/index.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { drain, sendAll, Streams } from '../support/streams.ts';
import { WatchedTransport } from '../support/watched-transport.ts';
import { type PairOptions, withServer } from '../support/with-server.ts';

type Pair = [stream: number, index: number];

const ECHO = verb<(input: Source<Pair>) => Sink<Pair>>(1);

/** Runs a test with a server that sends back what it reads; no stream may leave a socket behind. */
async function withEcho(
  options: PairOptions,
  run: (open: () => Promise<{ sink: Sink<Pair>; source: Source<Pair> }>) => Promise<void>,
): Promise<void> {
  const clock = new ManualClock();
  const log = new CollectedLog();
  const networks = [new WatchedTransport(), new WatchedTransport()] as const;
  const all = {
    both: { clock, logger: log, ...options.both },
    client: { network: networks[0], ...options.client },
    server: { network: networks[1], ...options.server },
  };
  await withServer(all, async ({ server, client }) => {
    server.handle(ECHO, (context, input) => {
      const output = input.makeSink<Pair>();
      context.background(async () => {
        for await (const pair of input) await output.send(...pair);
        await output.close();
      });
      return output;
    });
    await run(async () => {
      const sink = await client.makeStreamSink<Pair>();
      return { sink, source: await client.call(ECHO, sink) };
    });
    for (const network of networks) await network.whenOpen(1);
    expect(log.lines).to.deep.equal([]);
  });
}

function pairs(stream: number, count: number): Pair[] {
  return Array.from({ length: count }, (_, index): Pair => [stream, index]);
}

describe('many streams', () => {
  for (const [peers, options] of Object.entries({
    'two of us': {},
    compressed: { both: { compression: lz4() } },
    'a client like Seastar': { client: seastar.client },
    'a server like Seastar': { server: seastar.server },
  })) {
    it(`S-S1, S-S2, S-S8 a hundred at once, both ways, and none gets another’s: ${peers}`, async () => {
      await withEcho(options, async (open) => {
        const echoes = Array.from({ length: 100 }, async (_, stream) => {
          const { sink, source } = await open();
          const sent = pairs(stream, 100);
          const [received] = await Promise.all([drain(source), sendAll(sink, sent)]);
          expect(received).to.deep.equal(sent);
        });
        await Promise.all(echoes);
      });
    });
  }

  it('S-S8 one after the other leaves nothing behind', async () => {
    await withEcho({}, async (open) => {
      for (let stream = 0; stream < 300; stream++) {
        const { sink, source } = await open();
        await sendAll(sink, pairs(stream, 3));
        expect(await drain(source)).to.deep.equal(pairs(stream, 3));
      }
    });
  });

  it('S-S5 one that is not read stalls none of the others', async () => {
    await withServer(async ({ server, client }) => {
      const streams = new Streams(server, client, { serializer: raw });
      const stalled = await streams.oneWay<[Uint8Array]>();
      // More than all buffers on the way hold.
      void stalled.sink.send(Buffer.alloc(16_000_000));
      for (let stream = 0; stream < 20; stream++) {
        const { sink, source } = await streams.oneWay<[Uint8Array]>();
        const sending = sendAll(
          sink,
          Array.from({ length: 50 }, (): [Uint8Array] => [Buffer.alloc(20_000, stream)]),
        );
        expect(await drain(source)).to.have.length(50);
        await sending;
      }
      expect(stalled.sink.bufferedBytes).to.be.greaterThan(0);
      stalled.sink.abort();
    });
  });

  it('S-S2 sinks of many streams in one call', async () => {
    const merge = verb<(inputs: Source<[number]>[]) => number>(2);
    await withServer(async ({ server, client }) => {
      server.handle(merge, async (_context, inputs) => {
        const all = await Promise.all(inputs.map((input) => drain(input)));
        return all.flat(2).reduce((sum, number) => sum + number, 0);
      });
      const sinks = await Promise.all(
        Array.from({ length: 20 }, () => client.makeStreamSink<[number]>()),
      );
      const sum = client.call(merge, sinks);
      await Promise.all(sinks.map((sink, stream) => sendAll(sink, [[stream], [1]])));
      expect(await sum).to.equal(190 + 20);
    });
  });
});
