import { expect } from 'chai';

import { lz4 } from '../../lib/compression.ts';
import { type RemoteStream, stream, StreamClosedError } from '../../lib/index.ts';
import { LaneTamper } from '../support/lane-tamper.ts';
import {
  collect,
  collectToError,
  Passing,
  type ProxiedPair,
  type Side,
  SIDES,
  withCuts,
} from '../support/passing.ts';
import { follow } from '../support/rejection.ts';
import type { CutKind } from '../support/toxics.ts';
import { until } from '../support/turns.ts';
import { type PairOptions, withServer } from '../support/with-server.ts';

const ITEMS = ['one', 'two', 'three'];
/** The stream itself takes less, the frame that attaches included; before it is the negotiation. */
const STREAM_BYTES = 150;
/** Of the last items and the end: its reader has begun by then. */
const END_BYTES = 40;

/** A stream whose finally tells that it has run. */
function source(): { items: AsyncGenerator<string>; state: { released: number; started: number } } {
  const state = { released: 0, started: 0 };
  async function* items(): AsyncGenerator<string> {
    state.started++;
    try {
      for (const item of ITEMS) {
        yield item;
        // Each item is a write of its own.
        await new Promise((resolve) => void setImmediate(resolve));
      }
    } finally {
      state.released++;
    }
  }
  return { items: items(), state };
}

describe('F1, F2, F3 the lane of a stream in a value that is cut', () => {
  /** What a lane carries from its producer for one stream, its negotiation included. */
  async function measure(from: Side, { passing, proxy }: ProxiedPair): Promise<number> {
    // The lane must not be parked, so that each stream gets one of its own.
    expect(await collect(await passing.stream(from, source().items))).to.deep.equal(ITEMS);
    const lane = proxy.connections.at(-1)!;
    const bytes = from === 'server' ? lane.bytesFromServer : lane.bytesFromClient;
    lane.reset();
    await lane.closed;
    return bytes;
  }

  const both: PairOptions['both'] = { limits: { maxParked: 0 } };
  const variants: readonly [what: string, options: PairOptions][] = [
    ['plain', { both }],
    ['compressed', { both: { ...both, compression: lz4() } }],
  ];
  for (const [what, options] of variants) {
    for (const from of SIDES) {
      for (const by of ['fin', 'rst'] as const satisfies CutKind[]) {
        it(`fails its reader at every byte, and never ends: ${what}, the ${from}’s, by ${by}`, async () => {
          await withCuts(options, async (pair) => {
            const { passing, cutNext } = pair;
            const total = await measure(from, pair);
            const direction = from === 'server' ? 'toClient' : 'toServer';
            for (let bytes = 0; bytes < total; bytes += bytes < total - STREAM_BYTES ? 16 : 1) {
              cutNext({ [direction]: { limitData: { bytes, by } } });
              const { items, state } = source();
              const local = stream(items);
              const sent = follow(local.whenSent);
              const { items: got, error } = await outcomeOf(await passing.stream(from, local));
              expect(got).to.deep.equal(ITEMS.slice(0, got.length));
              if (error === undefined) expect(got).to.deep.equal(ITEMS);
              else expect(error).to.be.instanceOf(Error);
              if (bytes > total - END_BYTES) expect(error).to.be.instanceOf(Error);
              await until(() => sent.outcome !== undefined && state.released === state.started);
            }
          });
        });
      }
    }
  }

  it('fails the producer, and nothing else, when its reader’s direction is cut', async () => {
    for (const from of SIDES) {
      for (const by of ['fin', 'rst'] as const) {
        await withCuts({ both }, async ({ passing, proxy }) => {
          const other = await passing.stream(from, stream(['a', 'b']));
          await other.read();
          let released = 0;
          const endless = (async function* () {
            try {
              for (;;) {
                yield 'again';
                await new Promise((resolve) => void setImmediate(resolve));
              }
            } finally {
              released++;
            }
          })();
          const remote = await passing.stream(from, endless);
          await remote.read();
          const lane = proxy.connections.at(-1)!;
          if (by === 'rst') lane.reset();
          else lane.destroy();
          const { error } = await readToError(remote);
          expect(error).to.be.instanceOf(StreamClosedError);
          await until(() => released === 1);
          expect((await other.read()).value).to.equal('b');
        });
      }
    }
  });
});

describe('N2, N7 messages that are lost or repeated on a lane', () => {
  for (const from of SIDES) {
    for (const what of ['dropped', 'duplicated'] as const) {
      for (const index of [0, 1, 2]) {
        it(`are noticed: message ${index} of the ${from}’s, ${what}`, async () => {
          const tamper = new LaneTamper(from, what, index);
          await withServer({ client: { network: tamper.network } }, async ({ server, client }) => {
            const passing = new Passing(server, client);
            const { items, error } = await collectToError(
              await passing.stream(from, source().items),
            );
            expect(items).to.have.length(what === 'dropped' ? 2 : 4);
            expect(error).to.include({ code: 'ERR_PROTOCOL' });
            expect(error.message).to.contain('of 3 messages');
          });
        });
      }
    }

    it(`N7 all messages come before the end, whatever comes together: the ${from}’s`, async () => {
      await withServer(async ({ server, client }) => {
        const passing = new Passing(server, client);
        for (let count = 0; count < 200; count++) {
          const numbers = Array.from({ length: count }, (_, index) => index);
          const remote = await passing.stream(from, stream(numbers));
          expect(await collect(remote)).to.have.length(count);
        }
      });
    });
  }
});

/** Reads to the end, whichever it is. */
async function outcomeOf<T>(items: AsyncIterable<T>): Promise<{ items: T[]; error?: unknown }> {
  const got: T[] = [];
  try {
    for await (const item of items) got.push(item);
    return { items: got };
  } catch (error) {
    return { items: got, error };
  }
}

async function readToError(remote: RemoteStream<string>): Promise<{ error: unknown }> {
  for (;;) {
    try {
      if ((await remote.read()).done) throw new Error('a broken stream came to a clean end');
    } catch (error) {
      return { error };
    }
  }
}
