import { expect } from 'chai';

import type { Sink, Source } from '../../lib/index.ts';
import { ManualClock } from '../../lib/testing.ts';
import type { ProxiedConnection } from '../support/fault-proxy.ts';
import { SIDES, withProxied } from '../support/passing.ts';
import { follow, type Outcome } from '../support/rejection.ts';
import { Streams, type TwoWay } from '../support/streams.ts';
import { turns, until } from '../support/turns.ts';

const INTERVAL_MS = 10_000;
/** The time that docs/timeouts.md gives, in intervals. */
const MOST_INTERVALS = 5;
const ITEMS = 20;

interface Ends {
  readonly streams: TwoWay<unknown[]>;
  /** The first connection of the stream. */
  readonly first: ProxiedConnection;
  /** The number of connections so far, with the main connection. */
  readonly connections: () => number;
  /** Lets an interval pass. */
  readonly pass: () => Promise<void>;
}

/** A resumable stream with both directions begun, through a proxy that the main connection survives. */
async function withBegun(run: (ends: Ends) => Promise<void>): Promise<void> {
  const clock = new ManualClock();
  await withProxied(
    () => undefined,
    async ({ server, client, proxy }) => {
      const streams = await new Streams(server, client, { resumable: true }).twoWay();
      for (const { sink, source } of [streams.up, streams.down]) {
        await sink.send('before');
        expect(await source.read()).to.deep.equal(['before']);
      }
      const pass = async (): Promise<void> => {
        await turns(50);
        clock.advance(INTERVAL_MS);
        await turns(50);
      };
      const first = await proxy.connection(1);
      await run({ streams, first, connections: () => proxy.connections.length, pass });
      expect(client.state).to.equal('connected');
    },
    { both: { clock } },
  );
}

async function sendAll(sink: Sink<unknown[]>): Promise<void> {
  for (let item = 0; item < ITEMS; item++) await sink.send(item);
  void sink.close();
}

function readAll(source: Source<unknown[]>): { outcome: Outcome | undefined } {
  const reading = async (): Promise<unknown[]> => {
    const read: unknown[] = [];
    for await (const [item] of source) read.push(item);
    return read;
  };
  return follow(reading());
}

const WHOLE = Array.from({ length: ITEMS }, (_, item) => item);

describe('a resumable stream of a verb whose connection alone loses all packets', () => {
  for (const from of SIDES) {
    const other = from === 'server' ? 'client' : 'server';

    it(`F4, L10 goes on on another one once the ${other} waits for what the ${from} sends, each message once`, async () => {
      await withBegun(async ({ streams, first, connections, pass }) => {
        const [there, back] =
          from === 'client' ? [streams.up, streams.down] : [streams.down, streams.up];
        for (const side of SIDES) first.swallow(side);
        const reading = readAll(there.source);
        await sendAll(there.sink);
        for (let passed = 0; passed < MOST_INTERVALS && connections() === 2; passed++) await pass();
        await until(() => reading.outcome !== undefined);
        expect(reading.outcome).to.deep.equal({ value: WHOLE });
        expect(there.sink.resentMessages).to.equal(ITEMS);
        const returned = readAll(back.source);
        await sendAll(back.sink);
        await until(() => returned.outcome !== undefined);
        expect(returned.outcome, 'the other direction goes on as well').to.deep.equal({
          value: WHOLE,
        });
        expect(connections()).to.equal(3);
      });
    });

    it(`F4 is left alone by the ${other} while the ${from} sends nothing`, async () => {
      await withBegun(async ({ streams, first, connections, pass }) => {
        const { source, sink } = from === 'client' ? streams.up : streams.down;
        for (const side of SIDES) first.swallow(side);
        const reading = follow(source.read());
        for (let passed = 0; passed < 10; passed++) await pass();
        expect(connections()).to.equal(2);
        expect(reading.outcome).to.equal(undefined);
        await sink.send('late');
        for (let passed = 0; passed < MOST_INTERVALS && connections() === 2; passed++) await pass();
        await until(() => reading.outcome !== undefined);
        expect(reading.outcome).to.deep.equal({ value: ['late'] });
      });
    });

    it(`F4, L10 is seen lost by the ${from} alone, and goes on at once`, async () => {
      await withBegun(async ({ streams, first, connections }) => {
        for (const side of SIDES) first.swallow(side);
        first.resetAlone(from);
        const reading = [streams.up, streams.down].map(({ source }) => readAll(source));
        for (const { sink } of [streams.up, streams.down]) await sendAll(sink);
        await until(() => reading.every(({ outcome }) => outcome !== undefined));
        for (const { outcome } of reading) expect(outcome).to.deep.equal({ value: WHOLE });
        expect(connections()).to.equal(3);
      });
    });
  }
});
