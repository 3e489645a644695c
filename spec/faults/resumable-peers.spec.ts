import { serialize } from 'bson';
import { expect } from 'chai';

import { LANE_FRAME_HEADER_BYTES } from '../../lib/wire/lane-frame.ts';
import { encodeMainMessage, type MainMessage } from '../../lib/wire/main-message.ts';
import { systemRandom } from '../../lib/base/random.ts';
import { encodeExtension } from '../../lib/connection/handshake/extension.ts';
import { makeSessionKey } from '../../lib/connection/handshake/proof.ts';
import { encodeStreamError } from '../../lib/document/error-document.ts';
import { markLibraryEnd } from '../../lib/document/library-end.ts';
import { StreamNotFoundError } from '../../lib/errors/errors.ts';
import { stream, verb } from '../../lib/index.ts';
import { count, laneFrame } from '../support/lane-bench.ts';
import {
  type PlayedResumer,
  takeItems,
  takePart,
  takeStream,
  terms,
  withPlayedResumer,
} from '../support/played-resumable.ts';
import { Numbers } from '../support/numbers.ts';
import type { RawPeer } from '../support/raw-peer.ts';
import { rejectionOf } from '../support/rejection.ts';
import { turns, until } from '../support/turns.ts';
import { answer, withPlayedServer } from '../support/played-server.ts';
import { item } from '../support/value-stream-bytes.ts';
import { EOS_FRAME, replyBytes } from '../support/wire-bytes.ts';

const TAKE = verb<(items: unknown) => void>(2);

const CONSUME = laneFrame({ type: 'consume', number: 2 });

function resume(attempt: number, taken: number, acknowledged = taken, number = 2): Buffer {
  return laneFrame({ type: 'resume', number, taken, acknowledged, attempt });
}

/** Endless numbers with a window of 4 items, and how its producer saw it end. */
class Producer {
  readonly numbers = new Numbers();
  readonly ends: unknown[] = [];
  readonly locals: ReturnType<typeof stream<number>>[] = [];

  give(): unknown {
    const local = stream(this.numbers.upTo(Infinity), { resumable: { windowItems: 4 } });
    local.whenSent.catch((error: unknown) => this.ends.push(error));
    this.locals.push(local);
    return local;
  }
}

async function withConsumer(
  run: (client: PlayedResumer, producer: Producer, lane: RawPeer) => Promise<void>,
): Promise<void> {
  const producer = new Producer();
  await withPlayedResumer(
    () => producer.give(),
    async (client) => {
      await client.give();
      await run(client, producer, await client.lane());
    },
  );
}

/** The stream has failed at both ends, and another goes on. */
async function expectFailed(
  client: PlayedResumer,
  producer: Producer,
  lane: RawPeer,
): Promise<void> {
  expect((await takeStream(lane)).at(-1)).to.include({ type: 'error' });
  await until(() => producer.ends.length === 1 && producer.numbers.ended === 1);
  expect(String((producer.ends[0] as Error).message)).to.match(/the peer (took|acknowledged)/);
  await client.give();
  const other = await client.lane();
  other.write(laneFrame({ type: 'consume', number: 4 }));
  expect(await takeItems(other, 4)).to.deep.equal([0, 1, 2, 3]);
}

describe('a producer of a resumable stream with a hostile consumer', () => {
  it('L9, F31 ends the connection at a position of 2^53', async () => {
    for (const at of [9, 17]) {
      await withConsumer(async (client, producer, lane) => {
        lane.write(CONSUME);
        await takeItems(lane, 1);
        const ack = Buffer.alloc(25);
        ack[0] = 15;
        ack[1] = 2;
        ack.writeBigUInt64LE(2n ** 53n, at);
        client.tell(ack);
        await client.main.takeAll();
        await until(() => producer.ends.length === 1 && producer.numbers.ended === 1);
      });
    }
  });

  it('L9, F31 ends the connection at a position of 2^53 in a lane’s frame as well', async () => {
    for (const at of [9, 17, 25]) {
      await withConsumer(async (client, producer, lane) => {
        lane.write(CONSUME);
        await takeItems(lane, 1);
        const frame = resume(1, 0);
        frame.writeBigUInt64LE(2n ** 53n, at);
        (await client.lane()).write(frame);
        await client.main.takeAll();
        await until(() => producer.ends.length === 1 && producer.numbers.ended === 1);
      });
    }
  });

  it('L9, F31 fails the stream at both ends, and no other, when more is acknowledged than was taken', async () => {
    await withConsumer(async (client, producer, lane) => {
      lane.write(CONSUME);
      await takeItems(lane, 4);
      client.ack(2, 3, 2);
      await expectFailed(client, producer, lane);
    });
  });

  it('L9, F31 fails the stream at both ends, and no other, when more is taken than was sent', async () => {
    await withConsumer(async (client, producer, lane) => {
      lane.write(CONSUME);
      await takeItems(lane, 4);
      client.ack(2, 0, 5);
      await expectFailed(client, producer, lane);
    });
  });

  it('L9 ignores positions that are lower than before, and those of streams that are not there', async () => {
    await withConsumer(async (client, producer, lane) => {
      client.ack(2, 0, 0);
      lane.write(CONSUME);
      await takeItems(lane, 4);
      client.ack(2, 4, 4);
      expect(await takeItems(lane, 4)).to.deep.equal([4, 5, 6, 7]);
      client.ack(2, 1, 2);
      client.ack(6, 100, 200);
      client.ack(2, 8, 8);
      expect(await takeItems(lane, 4)).to.deep.equal([8, 9, 10, 11]);
      expect(producer.ends).to.deep.equal([]);
      expect(producer.locals[0]).to.include({ acknowledgedItems: 8, lastAckIndex: 7 });
    });
  });

  it('L9 fails a stream of which items are taken before it has begun', async () => {
    await withConsumer(async (client, producer, lane) => {
      client.ack(2, 0, 1);
      await until(() => producer.ends.length === 1);
      lane.write(CONSUME);
      expect((await takeStream(lane)).at(-1)).to.include({ type: 'error' });
      expect(producer.numbers.made).to.equal(0);
    });
    await withConsumer(async (_client, producer, lane) => {
      lane.write(resume(1, 3));
      expect((await takeStream(lane)).at(-1)).to.include({ type: 'error' });
      await until(() => producer.ends.length === 1);
    });
  });

  it('L10 gives the newer of two resumes that cross the stream, and closes the lane of the older', async () => {
    await withConsumer(async (client, producer, lane) => {
      lane.write(CONSUME);
      await takeItems(lane, 4);
      const [newer, older, same] = [await client.lane(), await client.lane(), await client.lane()];
      newer.write(resume(2, 1));
      expect(await takePart(newer)).to.include({ type: 'retained', firstIndex: 1 });
      expect(await takeItems(newer, 4)).to.deep.equal([1, 2, 3, 4]);
      await lane.takeAll();
      for (const stale of [older, same]) {
        stale.write(resume(stale === older ? 1 : 2, 2));
        expect(await stale.takeAll()).to.have.length(0);
      }
      client.ack(2, 5, 5);
      expect(await takeItems(newer, 4)).to.deep.equal([5, 6, 7, 8]);
      expect(producer.ends).to.deep.equal([]);
    });
  });

  it('L10 closes the lane of a resume that wants what was taken, and goes on with the next attempt', async () => {
    await withConsumer(async (client, _producer, lane) => {
      lane.write(CONSUME);
      await takeItems(lane, 4);
      client.ack(2, 4, 4);
      expect(await takeItems(lane, 4)).to.deep.equal([4, 5, 6, 7]);
      const [stale, next] = [await client.lane(), await client.lane()];
      stale.write(resume(1, 3));
      expect(await stale.takeAll()).to.have.length(0);
      next.write(resume(2, 6));
      expect(await takeItems(next, 4)).to.deep.equal([6, 7, 8, 9]);
    });
  });

  it('L8, L9 fails a stream at both ends that is to go on behind what was sent', async () => {
    await withConsumer(async (client, producer, lane) => {
      lane.write(CONSUME);
      await takeItems(lane, 4);
      const next = await client.lane();
      next.write(resume(1, 9));
      await expectFailed(client, producer, next);
    });
  });

  it('fails a stream at both ends whose end is taken before it was sent', async () => {
    await withConsumer(async (client, producer, lane) => {
      lane.write(CONSUME);
      await takeItems(lane, 4);
      client.tell({ kind: 'stream-done', number: 2 });
      await expectFailed(client, producer, lane);
    });
  });

  it('answers resumes of streams that are unknown, over or plain with an error, on a lane that lives', async () => {
    let given = 0;
    const give = (): unknown => {
      given++;
      return given === 1 ? stream([1, 2]) : stream([1], { resumable: true });
    };
    await withPlayedResumer(give, async (client) => {
      await client.give();
      await client.give();
      const lane = await client.lane();
      lane.write(CONSUME);
      expect(await takeStream(lane)).to.have.length(3);
      lane.write(laneFrame({ type: 'consume', number: 4 }));
      expect(await takeStream(lane)).to.have.length(3);
      client.ack(4, 1, 1);
      client.tell({ kind: 'stream-done', number: 4 });
      await turns(5);
      for (const number of [0, 2, 4, 6, 1_000_000]) {
        lane.write(resume(1, 0, 0, number));
        const parts = await takeStream(lane);
        expect(parts).to.have.length(1);
        expect(parts[0]).to.include({ type: 'error' });
      }
    });
  });

  it('goes on when a consumer takes more than its newest lane has brought', async () => {
    await withConsumer(async (client, producer, lane) => {
      lane.write(CONSUME);
      await takeItems(lane, 4);
      const next = await client.lane();
      next.pause();
      next.write(resume(1, 0));
      client.ack(2, 4, 4);
      next.resume();
      await until(() => producer.numbers.made >= 8);
      expect(producer.ends).to.deep.equal([]);
    });
  });
});

describe('a reader of a resumable stream with a hostile producer', () => {
  /** A stream of ours to read, on its first lane. */
  async function withProducer(
    run: (client: PlayedResumer, lane: RawPeer, first: Promise<unknown>) => Promise<void>,
    ack: 'auto' | 'manual' = 'auto',
  ): Promise<void> {
    await withPlayedResumer(
      () => undefined,
      async (client) => {
        await client.offer(2);
        client.remote.ack = ack;
        const first = client.remote.read();
        await client.told('stream-open');
        const lane = await client.lane();
        lane.write(laneFrame({ type: 'produce', number: 2 }));
        await run(client, lane, first);
      },
    );
  }

  /** Cuts the lane, and goes on with another when the server asks. */
  async function goOn(client: PlayedResumer, lane: RawPeer): Promise<RawPeer> {
    lane.reset();
    await client.told('stream-resume');
    const next = await client.lane();
    next.write(laneFrame({ type: 'produce', number: 2 }));
    return next;
  }

  /** The reader has failed, the producer is told, and nothing is asked for again. */
  async function expectRefused(client: PlayedResumer, text: RegExp): Promise<void> {
    const error = await rejectionOf(client.remote.read());
    expect(error.message).to.match(text);
    await client.told('stream-cancel');
    let asked: MainMessage | undefined;
    void client.told('stream-resume').then(
      (message) => (asked = message),
      () => {},
    );
    await new Promise((resolve) => void setTimeout(resolve, 150));
    expect(asked).to.equal(undefined);
  }

  it('L8 Gap: fails, no retry loop, and its producer is told', async () => {
    await withProducer(async (client, lane, first) => {
      lane.write(terms(0), item(0));
      expect(await first).to.deep.equal({ done: false, value: 0 });
      const next = await goOn(client, lane);
      next.write(terms(2), item(2));
      await expectRefused(client, /goes on with a stream at message 2, and 1 were read/);
    });
  });

  for (const [what, frame] of [
    ['first index', terms(0)],
    ['number of items left out', laneFrame({ type: 'skipped', items: 0 })],
    ['number of items summed up', laneFrame({ type: 'sum', items: 0, crc32: 0 })],
    ['count', count(0)],
  ] as const) {
    it(`L9, F31 ends the connection of a producer with a ${what} of 2^53`, async () => {
      await withProducer(async (client, lane, first) => {
        const wrong = Buffer.from(frame);
        wrong.writeBigUInt64LE(2n ** 53n, LANE_FRAME_HEADER_BYTES + 1);
        if (what !== 'first index') {
          lane.write(terms(0), item(0));
          await first;
        }
        lane.write(wrong);
        const read = first.then(() => client.remote.read());
        expect((await rejectionOf(read)).message).to.match(/2\^53|closed/);
        await client.main.takeAll();
      });
    });
  }

  it('passes over marks, which are no items, and fails at one without a cursor', async () => {
    const mark = (fields: object): Buffer =>
      laneFrame({ type: 'mark', document: Buffer.from(serialize({ 0: fields })) });
    await withProducer(async (client, lane, first) => {
      lane.write(terms(0), mark({ cursor: 'a' }), item(0), mark({ cursor: 'b', lagItems: -1 }));
      lane.write(item(1));
      await first;
      expect((await client.remote.read()).value).to.equal(1);
      expect(client.remote).to.include({ receivedItems: 2, skipCount: 0 });
      lane.write(mark({ lagItems: 1 }));
      await expectRefused(client, /a mark without a cursor/);
    });
  });

  for (const frame of [
    laneFrame({ type: 'mark', document: Buffer.from(serialize({ 0: { cursor: 1 } })) }),
    laneFrame({ type: 'skipped', items: 1 }),
  ]) {
    it(`fails at headers behind frame ${frame[LANE_FRAME_HEADER_BYTES]} of a lane`, async () => {
      await withProducer(async (client, lane, first) => {
        lane.write(terms(0), frame, laneFrame({ type: 'headers', document: Buffer.alloc(0) }));
        expect((await rejectionOf(first)).message).to.match(/headers where none belongs/);
        await client.told('stream-cancel');
      });
    });
  }

  it('L8 drops items that come again', async () => {
    await withProducer(async (client, lane, first) => {
      lane.write(terms(0), item(0), item(1));
      await first;
      expect((await client.remote.read()).value).to.equal(1);
      const next = await goOn(client, lane);
      next.write(terms(0), item(0), item(1), item(2), count(3), EOS_FRAME);
      expect((await client.remote.read()).value).to.equal(2);
      expect((await client.remote.read()).done).to.equal(true);
      await client.told('stream-done');
    });
  });

  it('L8 fails when a resumed stream ends with items missing, or with too many', async () => {
    for (const total of [1, 4]) {
      await withProducer(async (client, lane, first) => {
        lane.write(terms(0), item(0));
        await first;
        const next = await goOn(client, lane);
        next.write(terms(1), item(1), count(total), EOS_FRAME);
        expect((await client.remote.read()).value).to.equal(1);
        await expectRefused(client, new RegExp(`after 2 of ${total} messages`));
      });
    }
  });

  it('fails a stream that goes on without terms, or as one that is not kept', async () => {
    for (const begin of [Buffer.alloc(0), terms(0).fill(0, 33, 34)]) {
      await withProducer(async (client, lane, first) => {
        lane.write(terms(0), item(0));
        await first;
        const next = await goOn(client, lane);
        next.write(begin, item(1));
        await expectRefused(client, /goes on with a stream that it does not keep/);
      });
    }
  });

  it('fails a stream whose terms come late, or twice', async () => {
    for (const late of [Buffer.concat([item(0), terms(0)]), Buffer.concat([terms(0), terms(0)])]) {
      await withProducer(async (client, lane, first) => {
        lane.write(late);
        await first.catch(() => {});
        const error = await rejectionOf(client.remote.read());
        expect(error.message).to.match(/sent retained where none belongs/);
      });
    }
  });

  for (const how of ['read', 'readBatch'] as const) {
    it(`L7, F31 fails a producer that ignores the window while nothing is acknowledged: ${how}`, async () => {
      await withProducer(async (client, lane, first) => {
        lane.write(terms(0, 4), item(0));
        await first;
        const flood = Array.from({ length: 200 }, (_, index) => item(index + 1));
        lane.write(...flood);
        const failed = (async () => {
          for (;;) await client.remote[how]();
        })();
        const error = await rejectionOf(failed);
        expect(error.message).to.match(/more than twice its window of 4 items/);
        expect(client.remote.acknowledgedItems).to.equal(0);
        if (how === 'read') expect(client.remote.receivedItems).to.be.at.most(10);
        await client.told('stream-cancel');
      }, 'manual');
    });
  }

  it('L7 does not let a producer widen its window when it goes on', async () => {
    await withProducer(async (client, lane, first) => {
      lane.write(terms(0, 4), item(0));
      await first;
      const next = await goOn(client, lane);
      next.write(terms(1, 1_000), ...Array.from({ length: 50 }, (_, index) => item(index + 1)));
      const error = await rejectionOf(
        (async () => {
          for (;;) await client.remote.read();
        })(),
      );
      expect(error.message).to.match(/more than twice its window of 4 items/);
    }, 'manual');
  });

  it('F11 fails with ERR_CHECKSUM when a resumed stream has other items than those that came', async () => {
    await withProducer(async (client, lane, first) => {
      lane.write(terms(0), laneFrame({ type: 'sum', items: 0, crc32: 0 }), item(0));
      await first;
      const next = await goOn(client, lane);
      next.write(terms(1), laneFrame({ type: 'sum', items: 1, crc32: 7 }), item(1));
      const error = await rejectionOf(client.remote.read());
      expect((error.cause as Error | undefined) ?? error).to.include({ code: 'ERR_CHECKSUM' });
      await client.told('stream-cancel');
    });
  });

  it('says which end is gone, why, and how many items are certain', async () => {
    await withProducer(async (client, lane, first) => {
      lane.write(terms(0), item(0), item(1));
      await first;
      expect((await client.remote.read()).value).to.equal(1);
      lane.reset();
      await client.told('stream-resume');
      const reason = encodeStreamError(
        markLibraryEnd(new StreamNotFoundError('not here', 'remote')),
      );
      client.tell({ kind: 'stream-refused', number: 2, reason });
      const error = await rejectionOf(client.remote.read());
      expect(error.message).to.match(/producer is gone: 2 items were read, 2 of them are ackn/);
      expect(error).to.include({ code: 'ERR_STREAM_NOT_FOUND', scope: 'stream', retryable: false });
      expect(error.cause).to.be.instanceOf(Error);
    });
  });

  it('is not misled by words for streams that are not there', async () => {
    await withProducer(async (client, lane, first) => {
      lane.write(terms(0), item(0));
      await first;
      for (let attempt = 0; attempt < 500; attempt++) {
        client.tell({ kind: 'stream-parted', number: 2, attempt });
        client.tell({ kind: 'stream-parted', number: attempt, attempt: 1 });
        client.tell(encodeMainMessage({ kind: 'stream-done', number: 2 }));
      }
      lane.write(item(1));
      expect((await client.remote.read()).value).to.equal(1);
    });
  });
});

describe('a client with a hostile server', () => {
  it('F31 opens one lane at a time for a stream that is asked for over and over', async () => {
    await withPlayedServer(async (client, server) => {
      const session = makeSessionKey(systemRandom());
      const { peer: main } = await answer(server, {
        connectionId: 0x1230001n,
        extension: encodeExtension({ session }),
      });
      await client.whenReady();
      const lane = async (): Promise<RawPeer> => {
        const extension = encodeExtension();
        return (await answer(server, { connectionId: 0x4560001n, extension })).peer;
      };
      const tell = (message: MainMessage): void =>
        main.write(replyBytes(0n, encodeMainMessage(message)));
      const numbers = new Numbers();
      const local = stream(numbers.upTo(Infinity), { resumable: { windowItems: 4 } });
      local.whenSent.catch(() => {});
      const calling = client.call(TAKE, local);
      main.write(replyBytes((await main.takeRequest()).messageId, Buffer.from(serialize({}))));
      await calling;
      tell({ kind: 'stream-open', number: 2 });
      expect(await takeItems(await lane(), 4)).to.deep.equal([0, 1, 2, 3]);
      for (let attempt = 1; attempt <= 1_000; attempt++) {
        tell({ kind: 'stream-resume', number: 2, taken: 2, acknowledged: 2, attempt });
      }
      const next = await lane();
      expect(await takePart(next)).to.deep.include({ type: 'produce', number: 2 });
      expect(await takePart(next)).to.deep.include({ type: 'retained', firstIndex: 2 });
      expect(await takeItems(next, 4)).to.deep.equal([2, 3, 4, 5]);
      for (let attempt = 1; attempt <= 1_000; attempt++) {
        tell({ kind: 'stream-resume', number: 2, taken: 2, acknowledged: 2, attempt });
      }
      await turns(20);
      // The first one may not be gone yet.
      const [connection] = client.snapshot().connections;
      expect(connection?.lanes).to.be.within(1, 2);
      expect(client.state).to.equal('connected');
    });
  });
});
