import { expect } from 'chai';

import { stream } from '../../lib/index.ts';
import { heldBytes } from '../support/held-bytes.ts';
import { heldObjects } from '../support/held-objects.ts';
import { laneFrame } from '../support/lane-bench.ts';
import { LaneTamper } from '../support/lane-tamper.ts';
import { Numbers } from '../support/numbers.ts';
import { collectToError, SIDES, withPassing } from '../support/passing.ts';
import {
  type PlayedResumer,
  takeItems,
  takePart,
  takeStream,
  terms,
  withPlayedResumer,
} from '../support/played-resumable.ts';
import { RawPeer } from '../support/raw-peer.ts';
import { turns, until } from '../support/turns.ts';
import { item } from '../support/value-stream-bytes.ts';

const WINDOW = 4;
const FLOOD = 100_000;
/** No stream has this number. */
const NOBODYS = 98;

const consume = (number: number): Buffer => laneFrame({ type: 'consume', number });

const resume = (number: number, attempt: number, taken: number): Buffer =>
  laneFrame({ type: 'resume', number, taken, acknowledged: taken, attempt });

/** A stream that the played client reads, at its server. */
interface Served {
  readonly number: number;
  readonly numbers: Numbers;
  readonly local: ReturnType<typeof stream<number>>;
  /** The producer's error, once it has one. */
  error: Error | undefined;
  readonly lane: RawPeer;
}

/** Runs with two streams of a window of 4 items, each of which has sent as much. */
async function withTwo(
  run: (client: PlayedResumer, one: Served, other: Served) => Promise<void>,
): Promise<void> {
  const made: Omit<Served, 'lane' | 'number'>[] = [];
  const give = (): unknown => {
    const numbers = new Numbers();
    const local = stream(numbers.upTo(Infinity), { resumable: { windowItems: WINDOW } });
    const one = { numbers, local, error: undefined as Error | undefined };
    local.whenSent.catch((error: unknown) => (one.error = error as Error));
    made.push(one);
    return local;
  };
  await withPlayedResumer(give, async (client) => {
    const served: Served[] = [];
    for (const number of [2, 4]) {
      await client.give();
      const lane = await client.lane();
      lane.write(consume(number));
      expect(await takeItems(lane, WINDOW)).to.deep.equal([0, 1, 2, 3]);
      served.push(Object.assign(made.at(-1)!, { number, lane }));
    }
    await run(client, served[0]!, served[1]!);
  });
}

/** The one stream has failed at both ends, with its generator released; the other goes on. */
async function expectOneFailed(
  client: PlayedResumer,
  one: Served,
  other: Served,
  lane: RawPeer = one.lane,
): Promise<void> {
  expect((await takeStream(lane)).at(-1)).to.include({ type: 'error' });
  await until(() => one.error !== undefined && one.numbers.ended === 1);
  client.ack(other.number, WINDOW, WINDOW);
  expect(await takeItems(other.lane, WINDOW)).to.deep.equal([4, 5, 6, 7]);
  expect(other.error).to.equal(undefined);
}

describe('a peer that breaks the rules of resumable streams, case by case', () => {
  it('L9, F31 Ack flood: O(1), in memory and in what is sent for it', async () => {
    await withTwo(async (client, one, other) => {
      const flood = async (): Promise<void> => {
        for (let round = 0; round < FLOOD; round++) client.ack(one.number, round % 4, WINDOW);
        client.ack(NOBODYS, 1, 1);
        await client.give();
      };
      await flood();
      const [objects, bytes] = [await heldObjects(), await heldBytes()];
      await flood();
      expect((await heldObjects()) - objects, 'objects').to.be.lessThan(100);
      // Half of what a number for each would take; the engine's own use of the heap varies by as much.
      expect((await heldBytes()) - bytes, 'bytes').to.be.lessThan(FLOOD * 4);
      expect([one.error, other.error]).to.deep.equal([undefined, undefined]);
      // Three of four items are acknowledged, however often that was said.
      expect(await takeItems(one.lane, 3)).to.deep.equal([4, 5, 6]);
      await turns(50);
      expect(one.numbers.made).to.equal(WINDOW + 3);
    });
  });

  for (const [what, acknowledged, taken] of [
    ['of what was taken', 3, 2],
    ['of what was sent', 5, 5],
    ['of all numbers but the last one', 2 ** 53 - 1, 2 ** 53 - 1],
  ] as const) {
    it(`L9, F31 Ack ahead: stream fails: ahead ${what}`, async () => {
      await withTwo(async (client, one, other) => {
        client.ack(one.number, acknowledged, taken);
        await expectOneFailed(client, one, other);
        expect(one.error?.message).to.match(/the peer (took|acknowledged)/);
      });
    });
  }

  it('Item before handshake: never taken, and the stream is as it was', async () => {
    await withPlayedResumer(
      () => undefined,
      async (client, server) => {
        await client.offer(2);
        const first = client.remote.read();
        await client.told('stream-open');
        const part = [laneFrame({ type: 'produce', number: 2 }), terms(0)];
        const hasty = await RawPeer.connect(server.address.port, null);
        hasty.write(...part, item('before the handshake'));
        expect(await hasty.takeAll()).to.have.length(0);
        await hasty.destroy();
        const lane = await client.lane();
        lane.write(...part, item('behind it'));
        expect(await first).to.deep.equal({ done: false, value: 'behind it' });
      },
    );
  });

  it('L8 Positions disagree: that stream fails, no other', async () => {
    await withTwo(async (client, one, other) => {
      one.lane.reset();
      const next = await client.lane();
      next.write(resume(one.number, 1, WINDOW + 1));
      await expectOneFailed(client, one, other, next);
    });
  });

  it('L10 Two `resume` cross: newer wins, in whatever order they come', async () => {
    for (const attempts of [
      [1, 2],
      [2, 1],
    ]) {
      await withTwo(async (client, one) => {
        const lanes = [await client.lane(), await client.lane()];
        for (const [at, lane] of lanes.entries()) lane.write(resume(2, attempts[at]!, 1));
        const [newer, older] = attempts[0] === 2 ? lanes : lanes.toReversed();
        expect(await takePart(newer!)).to.include({ type: 'retained', firstIndex: 1 });
        expect(await takeItems(newer!, WINDOW)).to.deep.equal([1, 2, 3, 4]);
        // The older one is closed, with or without a part of the stream on it.
        await older!.takeAll();
        client.ack(2, 5, 5);
        expect(await takeItems(newer!, WINDOW)).to.deep.equal([5, 6, 7, 8]);
        expect(one.error).to.equal(undefined);
      });
    }
  });

  for (const side of SIDES) {
    it(`L8 Gap: fails, no retry loop, the ${side}’s`, async () => {
      const { network } = new LaneTamper(side, 'dropped', 3);
      await withPassing({ both: { network } }, async ({ passing, networks, client }) => {
        const local = stream(new Numbers().upTo(10), { resumable: true });
        const sent = local.whenSent.catch((error: unknown) => error);
        const { error } = await collectToError(await passing.stream(side, local));
        expect(error.message).to.match(/after 9 of 10 messages/);
        expect(await sent).to.be.instanceOf(Error);
        const dialed = networks[0].sockets.length;
        await turns(500);
        expect(networks[0].sockets.length).to.equal(dialed);
        expect(dialed, 'the main connection and one lane').to.equal(2);
        expect(client.state).to.equal('connected');
      });
    });
  }
});
