import { expect } from 'chai';

import {
  CanceledError,
  type Sink,
  type Source,
  StatusError,
  StreamClosedError,
  verb,
} from '../../lib/index.ts';
import { rejectionOf } from '../support/rejection.ts';
import { drain, drainToError, type Direction, Streams, type TwoWay } from '../support/streams.ts';
import { until } from '../support/turns.ts';
import { withServer } from '../support/with-server.ts';

type Numbers = [number];

const SUM = verb<(input: Source<Numbers>) => number>(60);

/** Runs a test with a stream of both directions, once for either side that acts first. */
function bothWays(
  title: string,
  run: (own: Direction<Numbers>, other: Direction<Numbers>) => Promise<void>,
): void {
  for (const side of ['client', 'server'] as const) {
    it(`${title}: the ${side}’s`, async () => {
      await withServer(async ({ server, client }) => {
        const { up, down }: TwoWay<Numbers> = await new Streams(server, client).twoWay<Numbers>();
        if (side === 'client') await run(up, down);
        else await run(down, up);
      });
    });
  }
}

describe('closing a direction', () => {
  bothWays(
    'X3 is a half close, its reader comes to the end and the other goes on',
    async (own, other) => {
      await own.sink.send(1);
      await own.sink.close();
      expect(await drain(own.source)).to.deep.equal([[1]]);
      for (let number = 0; number < 100; number++) {
        await other.sink.send(number);
        expect(await other.source.read()).to.deep.equal([number]);
      }
      await other.sink.close();
      expect(await other.source.read()).to.equal(undefined);
      await Promise.all([own.sink.ended, own.source.ended, other.sink.ended, other.source.ended]);
    },
  );

  bothWays('X3 does the same a second time, and the reader sees one end', async (own) => {
    await Promise.all([own.sink.close(), own.sink.close()]);
    await own.sink.close();
    expect(await own.source.read()).to.equal(undefined);
    await rejectionOf(own.source.read(), StreamClosedError);
    await own.sink.close();
  });

  bothWays('X3, N3 lets nothing more be sent', async (own) => {
    const closing = own.sink.close();
    for (let count = 0; count < 2; count++) {
      expect(() => own.sink.send(1)).to.throw(StreamClosedError, /the stream has ended|is closed/);
      await closing;
    }
    expect(await drain(own.source)).to.deep.equal([]);
  });

  it('X3 comes before the result of the call that reads it', async () => {
    await withServer(async ({ server, client }) => {
      server.handle(SUM, async (_context, input) => {
        let sum = 0;
        for await (const [number] of input) sum += number;
        return sum;
      });
      const sink: Sink<Numbers> = await client.makeStreamSink<Numbers>();
      const result = client.call(SUM, sink);
      for (const number of [1, 2, 3]) await sink.send(number);
      await sink.close();
      expect(await result).to.equal(6);
    });
  });
});

describe('the verbs of sending, ending and receiving', () => {
  bothWays(
    'N3 an abort reaches the reader as an error, behind what was sent',
    async (own, other) => {
      await own.sink.send(1);
      own.sink.abort(new Error('broken off'));
      own.sink.abort(new Error('again'));
      const { messages, error } = await drainToError(own.source);
      expect(messages).to.deep.equal([[1]]);
      expect(error).to.be.instanceOf(StreamClosedError);
      expect((await rejectionOf(own.sink.ended)).cause).to.have.property('message', 'broken off');
      expect(() => own.sink.send(2)).to.throw(StreamClosedError, 'broken off');
      other.source.cancel();
    },
  );

  bothWays('N3 a reader that wants no more ends that direction alone', async (own, other) => {
    own.source.cancel('seen enough');
    const { cause } = await rejectionOf(own.sink.ended, StreamClosedError);
    expect(cause).to.be.instanceOf(CanceledError).and.include({ initiator: 'remote' });
    await other.sink.send(1);
    await other.sink.close();
    expect(await drain(other.source)).to.deep.equal([[1]]);
  });

  it('N3 an end with code and message arrives with both, behind the items', async () => {
    await withServer(async ({ server, client }) => {
      server.expose('feed', {
        async *items() {
          yield 1;
          throw new StatusError('data-loss', 'the disk is gone', { details: { disk: 7 } });
        },
      });
      const seen: number[] = [];
      const feed = client.api<{ items(): AsyncIterable<number> }>('feed');
      const reading = (async () => {
        for await (const item of feed.items()) seen.push(item);
      })();
      const error = await rejectionOf(reading, StatusError);
      expect(seen).to.deep.equal([1]);
      expect(error).to.include({ status: 'data-loss', message: 'the disk is gone' });
      expect(error.details).to.deep.equal({ disk: 7 });
    });
  });

  it('N3 a method that returns closes what it sends and what it reads', async () => {
    await withServer(async ({ server, client }) => {
      let isReleased = false;
      server.expose('feed', {
        async *firstOf(input: AsyncIterable<number>) {
          for await (const item of input) {
            yield item;
            return;
          }
        },
      });
      async function* endless(): AsyncGenerator<number> {
        try {
          for (let number = 0; ; number++) yield number;
        } finally {
          isReleased = true;
        }
      }
      const feed = client.api<{
        firstOf(input: AsyncIterable<number>): AsyncIterable<number>;
      }>('feed');
      const seen: number[] = [];
      for await (const item of feed.firstOf(endless())) seen.push(item);
      expect(seen).to.deep.equal([0]);
      await until(() => isReleased);
    });
  });

  it('N3 a signal that fires ends both sides of a stream', async () => {
    await withServer(async ({ server, client }) => {
      let isReleased = false;
      server.expose('feed', {
        async *items() {
          try {
            for (let number = 0; ; number++) yield number;
          } finally {
            isReleased = true;
          }
        },
      });
      const controller = new AbortController();
      const feed = client.api<{ items(): AsyncIterable<number> }>('feed', {
        signal: controller.signal,
      });
      const reading = (async () => {
        for await (const item of feed.items()) {
          if (item === 10) controller.abort(new Error('enough'));
        }
      })();
      const error = await rejectionOf(reading, Error);
      expect(error.message).to.match(/enough|canceled/);
      await until(() => isReleased);
    });
  });
});
