import { expect } from 'chai';

import { lz4 } from '../../lib/compression.ts';
import { seastar, type Sink, type Source, StreamClosedError, verb } from '../../lib/index.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { rejectionOf } from '../support/rejection.ts';
import { Streams } from '../support/streams.ts';
import { until } from '../support/turns.ts';
import { memoryPair, withServer } from '../support/with-server.ts';

type Numbers = [number];

describe('Seastar’s cases of streams', () => {
  for (const [peers, options] of Object.entries({
    'two of us': {},
    compressed: { both: { compression: lz4() } },
    'a client like Seastar': { client: seastar.client },
    'a server like Seastar': { server: seastar.server },
  })) {
    it(`test_stream_simple adds up at both sides and ends without an error: ${peers}`, async () => {
      const log = new CollectedLog();
      const sums = verb<(start: number, input: Source<Numbers>) => Sink<[string]>>(1);
      await withServer(
        { ...options, both: { logger: log, ...('both' in options ? options.both : {}) } },
        async ({ server, client }) => {
          let serverSum = 0;
          server.handle(sums, (context, start, input) => {
            const output = input.makeSink<[string]>();
            serverSum = start;
            context.background(async () => {
              for await (const [number] of input) serverSum += number;
            });
            context.background(async () => {
              for (let left = 50; left > 0; left--) await output.send('seastar');
              await output.flush();
              await output.close();
            });
            return output;
          });
          const sink = await client.makeStreamSink<Numbers>();
          const source = await client.call(sums, 666, sink);
          const sending = (async () => {
            for (let number = 1; number < 101; number++) await sink.send(number);
            await sink.flush();
            await sink.close();
          })();
          let text = '';
          for await (const [word] of source) text += word;
          await sending;
          await until(() => serverSum === 666 + 5_050);
          expect(text).to.equal('seastar'.repeat(50));
          await Promise.all([sink.ended, source.ended]);
          await client.close({ graceMs: 1 });
          expect(log.lines).to.deep.equal([]);
        },
      );
    });
  }

  for (const who of ['client', 'server'] as const) {
    for (const how of ['close', 'abort'] as const) {
      it(`test_stream_stop_${who} ${how} fails sinks and sources at both sides`, async () => {
        await withServer(memoryPair(), async ({ server, client }) => {
          const { up, down } = await new Streams(server, client).twoWay<Numbers>();
          await up.sink.send(1);
          await down.sink.send(2);
          expect(await up.source.read()).to.deep.equal([1]);
          expect(await down.source.read()).to.deep.equal([2]);
          const reads = [rejectionOf(up.source.read()), rejectionOf(down.source.read())];
          const stopped = who === 'client' ? client : server;
          const stopping = how === 'close' ? stopped.close({ graceMs: 0 }) : stopped.abort();
          for (const error of await Promise.all(reads)) {
            expect(error).to.be.instanceOf(StreamClosedError);
          }
          for (const { sink, source } of [up, down]) {
            await rejectionOf(sink.ended, StreamClosedError);
            await rejectionOf(source.ended, StreamClosedError);
            expect(() => sink.send(3)).to.throw(StreamClosedError);
          }
          await stopping;
        });
      });
    }
  }
});
