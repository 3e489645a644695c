import { expect } from 'chai';

import { type Sink, type Source, StreamClosedError, verb } from '../../../lib/index.ts';
import { collectGarbage, collectUntil } from '../../support/collect-garbage.ts';
import { CollectedLog } from '../../support/collected-log.ts';
import { follow, rejectionOf } from '../../support/rejection.ts';
import { drain, drainToError, Streams } from '../../support/streams.ts';
import { until } from '../../support/turns.ts';
import { memoryPair, type Pair, withServer } from '../../support/with-server.ts';

/** What is left of a sink or source when its facade is dropped. */
interface Left {
  readonly ended: Promise<void>;
  readonly facade: WeakRef<object>;
}

function drop(facade: Sink | Source): Left {
  return { ended: facade.ended, facade: new WeakRef(facade) };
}

async function withLog(run: (pair: Pair, log: CollectedLog) => Promise<void>): Promise<void> {
  const log = new CollectedLog();
  await withServer({ ...memoryPair(), client: { logger: log }, server: { logger: log } }, (pair) =>
    run(pair, log),
  );
}

/** The lines that tell of leaks. */
function told(log: CollectedLog): string[] {
  return log.lines.filter((line) => line.includes('dropped without an end'));
}

describe('Leaks', () => {
  it('S-S11, A8 scylladb#6482 a sink that is dropped open is aborted, logged and counted', async () => {
    await withLog(async ({ server, client }, log) => {
      const streams = new Streams(server, client, {}, false);
      const { left, source } = await (async () => {
        const stream = await streams.oneWay<[number]>();
        await stream.sink.send(1);
        return { left: drop(stream.sink), source: stream.source };
      })();
      await collectUntil(() => client.stats.streamLeaked === 1);
      const { messages, error } = await drainToError(source);
      expect(messages).to.deep.equal([[1]]);
      expect(error).to.be.instanceOf(StreamClosedError);
      await rejectionOf(left.ended, StreamClosedError);
      expect(told(log)).to.have.length(1);
      expect(told(log)[0]).to.match(/^error server \S+: /);
      const { sink } = await streams.oneWay();
      await sink.close();
    });
  });

  it('S-S11 a source that is dropped unread is canceled, logged and counted', async () => {
    await withLog(async ({ server, client }, log) => {
      const streams = new Streams(server, client, {}, false);
      const sink = await (async () => {
        const stream = await streams.oneWay<[number]>();
        await stream.sink.send(1);
        return stream.sink;
      })();
      await collectUntil(() => server.stats.streamLeaked === 1);
      await rejectionOf(sink.ended, StreamClosedError);
      expect(told(log)).to.have.length(1);
    });
  });

  it('says nothing of streams that ended, by whichever way', async () => {
    await withLog(async ({ server, client }, log) => {
      const streams = new Streams(server, client, {}, false);
      const facades = await (async () => {
        const closed = await streams.oneWay<[number]>();
        await closed.sink.close();
        await drain(closed.source);
        const aborted = await streams.oneWay<[number]>();
        aborted.sink.abort();
        await drainToError(aborted.source);
        const canceled = await streams.oneWay<[number]>();
        canceled.source.cancel();
        await rejectionOf(canceled.sink.ended);
        return [closed, aborted, canceled].flatMap(({ sink, source }) => [
          new WeakRef(sink),
          new WeakRef(source),
        ]);
      })();
      await collectUntil(() => facades.every((facade) => facade.deref() === undefined));
      await collectGarbage();
      expect(told(log)).to.deep.equal([]);
      expect([client.stats.streamLeaked, server.stats.streamLeaked]).to.deep.equal([0, 0]);
    });
  });

  it('says nothing of a handler that only sends and drops its empty input', async () => {
    await withLog(async ({ server, client }, log) => {
      const produce = verb<(input: Source) => Sink<[number]>>(1);
      let facade: WeakRef<object> | undefined;
      server.handle(produce, (context, input) => {
        const output = input.makeSink<[number]>();
        facade = new WeakRef(input);
        context.background(async () => {
          await output.send(1);
          await output.close();
        });
        return output;
      });
      const sink = await client.makeStreamSink();
      const source = await client.call(produce, sink);
      await sink.close();
      expect(await drain(source)).to.deep.equal([[1]]);
      await collectUntil(() => facade?.deref() === undefined);
      await collectGarbage();
      expect(told(log)).to.deep.equal([]);
    });
  });

  it('a source that is being read does not count as dropped', async () => {
    await withLog(async ({ server, client }, log) => {
      const streams = new Streams(server, client, {}, false);
      const { sink, reading, facade } = await (async () => {
        const stream = await streams.oneWay<[number]>();
        return {
          sink: stream.sink,
          reading: follow(stream.source.read()),
          facade: new WeakRef(stream.source),
        };
      })();
      await collectGarbage();
      expect(facade.deref()).not.to.equal(undefined);
      await sink.send(7);
      await until(() => reading.outcome !== undefined);
      expect(reading.outcome).to.deep.equal({ value: [7] });
      await collectUntil(() => server.stats.streamLeaked === 1);
      expect(told(log), 'once nobody reads it any more, it does').to.have.length(1);
      await rejectionOf(sink.ended, StreamClosedError);
    });
  });

  it('nor does one that is iterated, or a sink that is written to through a Writable', async () => {
    await withLog(async ({ server, client }, log) => {
      const streams = new Streams(server, client, {}, false);
      const { writable, seen } = await (async () => {
        const stream = await streams.oneWay<[number]>();
        const numbers: number[] = [];
        const looping = (async (source: Source<[number]>) => {
          for await (const [number] of source) numbers.push(number);
          return numbers;
        })(stream.source);
        return { writable: stream.sink.toWritable(), seen: looping };
      })();
      await collectGarbage();
      writable.write(1);
      await collectGarbage();
      writable.end(2);
      expect(await seen).to.deep.equal([1, 2]);
      expect(told(log)).to.deep.equal([]);
    });
  });

  it('a Writable that is dropped is dropped with its sink', async () => {
    await withLog(async ({ server, client }, log) => {
      const streams = new Streams(server, client, {}, false);
      const source = await (async () => {
        const stream = await streams.oneWay<[number]>();
        stream.sink.toWritable().write(1);
        return stream.source;
      })();
      await collectUntil(() => client.stats.streamLeaked === 1);
      expect((await drainToError(source)).messages).to.deep.equal([[1]]);
      expect(told(log)).to.have.length(1);
    });
  });
});
