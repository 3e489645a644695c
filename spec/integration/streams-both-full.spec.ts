import { expect } from 'chai';

import type { ManualClock } from '../../lib/testing.ts';
import { StreamClosedError } from '../../lib/index.ts';
import { BUDGET_BYTES, Producer, readSlowly, withByteStreams } from '../support/producer.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { turns } from '../support/turns.ts';
import { drain, type Streams, type TwoWay } from '../support/streams.ts';
import type { WatchedTransport } from '../support/watched-transport.ts';

type Bytes = [Uint8Array];

const SMALL = Buffer.alloc(64, 7);
const LARGE = Buffer.alloc(32_768, 7);

describe('both sides full and neither reading', () => {
  interface Full extends TwoWay<Bytes> {
    /** The producers of the direction up and of the one down. */
    readonly producers: readonly [Producer, Producer];
    readonly streams: Streams;
    readonly networks: readonly WatchedTransport[];
    readonly clock: ManualClock;
  }

  async function withFull(run: (full: Full) => Promise<void>): Promise<void> {
    await withByteStreams({}, async ({ streams, networks, clock }) => {
      const { up, down } = await streams.twoWay<Bytes>();
      const producers = [new Producer(up.sink, LARGE), new Producer(down.sink, LARGE)] as const;
      await Promise.all(producers.map((producer) => producer.stuck()));
      expect(up.sink.bufferedBytes).to.be.greaterThan(BUDGET_BYTES);
      expect(down.sink.bufferedBytes).to.be.greaterThan(BUDGET_BYTES);
      await run({ up, down, producers, streams, networks, clock });
    });
  }

  it('F15 goes on as soon as one of them reads', async () => {
    await withFull(async ({ up, down, producers: [upward, downward] }) => {
      upward.isStopped = true;
      downward.isStopped = true;
      expect(await drain(up.source)).to.have.length(upward.sent);
      expect(await drain(down.source)).to.have.length(downward.sent);
      await Promise.all([upward.done, downward.done]);
    });
  });

  it('F15 calls and other streams go on beside it', async () => {
    await withFull(async ({ streams, producers }) => {
      const { up, down } = await streams.twoWay<Bytes>();
      for (const { sink, source } of [up, down]) {
        await sink.send(SMALL);
        await sink.close();
        expect(await drain(source)).to.have.length(1);
      }
      for (const producer of producers) producer.isStopped = true;
    });
  });

  for (const side of ['client', 'server'] as const) {
    it(`F15 an abort ends it, at the ${side}`, async () => {
      await withFull(async ({ up, down, producers, networks, clock }) => {
        const [mine, other] = side === 'client' ? [up, down] : [down, up];
        mine.sink.abort(new Error('enough'));
        const [upward, downward] = producers;
        await rejectionOf((side === 'client' ? upward : downward).done, StreamClosedError);
        // The other side is still told when it reads, or when the time to linger is over.
        await turns(100);
        clock.advance(60_000);
        await rejectionOf(other.sink.ended, StreamClosedError);
        await Promise.all(networks.map((network) => network.whenOpen(1)));
      });
    });

    it(`F15 a cancel ends the other’s messages, at the ${side}, and its own go on`, async () => {
      await withFull(async ({ up, down, producers }) => {
        const [upward, downward] = producers;
        const [readHere, othersProducer] = side === 'client' ? [down, downward] : [up, upward];
        readHere.source.cancel(new Error('enough'));
        await rejectionOf(othersProducer.done, StreamClosedError);
        const [mine, myProducer] = side === 'client' ? [up, upward] : [down, downward];
        myProducer.isStopped = true;
        expect(await drain(mine.source)).to.have.length(myProducer.sent);
      });
    });
  }

  it('F15 closing both sinks waits and harms nothing', async () => {
    await withFull(async ({ up, down, producers }) => {
      for (const producer of producers) producer.isStopped = true;
      const closings = producers.map(({ done }) => follow(done));
      await turns(100);
      expect(closings.map(({ outcome }) => outcome)).to.deep.equal([undefined, undefined]);
      const [ups, downs] = await Promise.all([
        readSlowly(up.source, 3),
        readSlowly(down.source, 5),
      ]);
      expect([ups, downs]).to.deep.equal(producers.map(({ sent }) => sent));
    });
  });
});
