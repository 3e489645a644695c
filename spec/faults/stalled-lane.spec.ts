import { expect } from 'chai';

import { type Sink, type Source, stream } from '../../lib/index.ts';
import { ManualClock } from '../../lib/testing.ts';
import { collect, SIDES, withProxied } from '../support/passing.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { Streams } from '../support/streams.ts';
import type { ConnectionToxics } from '../support/toxics.ts';
import { turns, until } from '../support/turns.ts';

const INTERVAL_MS = 10_000;
/** More than the stalled lane lets through. */
const ITEMS = 1_000;

/** Gives its items at once, and then waits until nobody wants more. */
class Producer {
  given = 0;
  isStopped = false;

  async *items(signal: AbortSignal): AsyncGenerator<number> {
    for (; this.given < ITEMS; this.given++) yield this.given;
    await new Promise((resolve) => {
      signal.addEventListener('abort', resolve);
    });
    this.isStopped = true;
  }
}

describe('a lane that stands still while the main connection lives', () => {
  for (const from of SIDES) {
    it(`F4 is given up, and the producer of the ${from}’s stops`, async () => {
      const clock = new ManualClock();
      const stalled = { limitData: { bytes: 4_000, by: 'stall' } } as const;
      const toxics: ConnectionToxics =
        from === 'server' ? { toClient: stalled } : { toServer: stalled };
      const script = (index: number): ConnectionToxics | undefined =>
        index === 1 ? toxics : undefined;
      await withProxied(
        script,
        async ({ client, passing }) => {
          const producer = new Producer();
          const items = stream<number>((signal) => producer.items(signal));
          const remote = await passing.stream(from, items);
          const reading = follow(
            (async () => {
              for await (const item of remote) expect(item).to.be.lessThan(ITEMS);
            })(),
          );
          await until(() => producer.given === ITEMS);
          for (let intervals = 0; intervals < 10 && reading.outcome === undefined; intervals++) {
            await turns(200);
            clock.advance(INTERVAL_MS);
            await turns(200);
          }
          expect(reading.outcome)
            .to.have.property('error')
            .that.includes({ code: 'ERR_STREAM_CLOSED', initiator: 'transport' });
          await until(() => producer.isStopped);
          expect(client.state).to.equal('connected');
        },
        { both: { clock } },
      );
    });

    it(`F4 is left, and the resumable stream of the ${from} goes on on another one`, async () => {
      const clock = new ManualClock();
      const stalled = { limitData: { bytes: 4_000, by: 'stall' } } as const;
      const toxics = from === 'server' ? { toClient: stalled } : { toServer: stalled };
      await withProxied(
        (index) => (index === 1 ? toxics : undefined),
        async ({ client, passing, proxy }) => {
          const items = Array.from({ length: ITEMS }, (_, item) => item);
          const local = stream(items, { resumable: true });
          const reading = follow(collect(await passing.stream(from, local)));
          for (let intervals = 0; intervals < 10 && reading.outcome === undefined; intervals++) {
            await turns(200);
            clock.advance(INTERVAL_MS);
            await turns(200);
          }
          expect(reading.outcome).to.deep.equal({ value: items });
          expect(proxy.connections).to.have.length(3);
          expect(local.resentItems).to.be.above(0);
          expect(client.state).to.equal('connected');
        },
        { both: { clock } },
      );
    });
  }
});

describe('a verb’s stream that stands still while the main connection lives', () => {
  for (const from of SIDES) {
    const other = from === 'server' ? 'client' : 'server';

    /** A stream with a direction each way, whose connection loses all that one side sends. */
    async function withDeaf(
      run: (ends: {
        clock: ManualClock;
        sink: Sink<unknown[]>;
        source: Source<unknown[]>;
        pass: () => Promise<void>;
      }) => Promise<void>,
    ): Promise<void> {
      const clock = new ManualClock();
      await withProxied(
        () => undefined,
        async ({ server, client, proxy }) => {
          const { up, down } = await new Streams(server, client).twoWay<unknown[]>();
          const { sink, source } = from === 'client' ? up : down;
          await sink.send('before');
          expect(await source.read()).to.deep.equal(['before']);
          (await proxy.connection(1)).swallow(from);
          const pass = async (): Promise<void> => {
            await turns(50);
            clock.advance(INTERVAL_MS);
            await turns(50);
          };
          await run({ clock, sink, source, pass });
          expect(client.state).to.equal('connected');
        },
        { both: { clock } },
      );
    }

    it(`F4 is given up by the ${other} that reads, and the sink of the ${from} fails`, async () => {
      await withDeaf(async ({ sink, source, pass }) => {
        const reading = follow(source.read());
        const ended = rejectionOf(sink.ended);
        await sink.send('lost');
        for (let passed = 0; passed < 10 && reading.outcome === undefined; passed++) await pass();
        expect(reading.outcome)
          .to.have.property('error')
          .that.includes({ code: 'ERR_STREAM_CLOSED', initiator: 'transport' });
        expect(await ended).to.have.property('scope', 'stream');
      });
    });

    it(`F4 is given up by the ${other} if the end of the ${from}’s sink is lost`, async () => {
      await withDeaf(async ({ sink, source, pass }) => {
        const reading = follow(source.read());
        await sink.close();
        for (let passed = 0; passed < 10 && reading.outcome === undefined; passed++) await pass();
        expect(reading.outcome).to.have.nested.property('error.code', 'ERR_STREAM_CLOSED');
      });
    });

    it(`F4 is left alone by the ${other} while the ${from} sends nothing`, async () => {
      await withDeaf(async ({ source, sink, pass }) => {
        const reading = follow(source.read());
        for (let passed = 0; passed < 10; passed++) await pass();
        expect(reading.outcome).to.equal(undefined);
        sink.abort();
      });
    });
  }
});
