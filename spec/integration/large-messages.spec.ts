import { createHash } from 'node:crypto';

import { expect } from 'chai';

import { lz4 } from '../../lib/compression.ts';
import { raw } from '../../lib/layout.ts';
import type { Source } from '../../lib/index.ts';
import { randomBytes } from '../support/chunks.ts';
import { heldBytes } from '../support/held-bytes.ts';
import { BUDGET_BYTES, Producer, withByteStreams } from '../support/producer.ts';
import { MESSAGE, withRawStream } from '../support/raw-stream.ts';
import { type Direction, drain, Streams } from '../support/streams.ts';
import { turns, until } from '../support/turns.ts';
import { EOS_FRAME, streamFrame, u32le } from '../support/wire-bytes.ts';
import { memoryPair, type PairOptions, withServer } from '../support/with-server.ts';

type Bytes = [Uint8Array];

const KIB = 1_024;
const MIB = 1_048_576;
const PREFIX_BYTES = 4;
/** What Node reads at a time where the receiver has no place in mind. */
const CHUNK_BYTES = 65_536;

/** Around what small ones are copied from, a read, what is trusted at once, and much more. */
const SIZES = [16 * KIB, 64 * KIB, 256 * KIB, MIB].flatMap((bytes) =>
  [-9, -5, -4, -3, -1, 0, 1, 4, 5].map((difference) => bytes + difference),
);

const NOISE = randomBytes(2 * MIB, 1);

function messageOf(bytes: number, seed: number): Buffer {
  const at = (seed * 7_919) % (NOISE.length - bytes);
  return NOISE.subarray(at, at + bytes);
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const DIRECTIONS: Readonly<Record<string, (streams: Streams) => Promise<Direction<Bytes>>>> = {
  'up to the server': (streams) => streams.oneWay<Bytes>(),
  'down to the client': (streams) => streams.fromServer<Bytes>(),
};

const NETWORKS: Readonly<Record<string, () => PairOptions>> = {
  'real sockets': () => ({}),
  'real sockets and LZ4': () => ({ both: { compression: lz4() } }),
  'a network in memory': () => memoryPair(),
};

async function readBatches(source: Source<Bytes>): Promise<Bytes[]> {
  const messages: Bytes[] = [];
  for (;;) {
    const batch = await source.readBatch();
    if (batch === undefined) return messages;
    messages.push(...batch);
  }
}

describe('large messages', () => {
  for (const [direction, open] of Object.entries(DIRECTIONS)) {
    for (const [network, options] of Object.entries(NETWORKS)) {
      for (const [manner, readAll] of Object.entries({
        'one by one': drain,
        batches: readBatches,
      })) {
        it(`F10 arrive as they were sent, and stay so: ${direction}, ${network}, ${manner}`, async () => {
          await withServer(options(), async ({ server, client }) => {
            const { sink, source } = await open(new Streams(server, client, { serializer: raw }));
            // Small ones between them, so that all begin at different places.
            const messages = SIZES.flatMap((bytes, index) => [
              messageOf(bytes, index),
              messageOf(index * 7, index),
            ]);
            const reading = readAll(source);
            for (const message of messages) await sink.send(message);
            await sink.close();
            const received = await reading;
            expect(received).to.have.length(messages.length);
            for (const [index, [bytes]] of received.entries()) {
              const expected = messages[index]!;
              if (digest(bytes) !== digest(expected)) {
                expect.fail(`number ${index}, of ${expected.length} bytes`);
              }
            }
          });
        });
      }
    }

    it(`are read to where they stay, by and large: ${direction}`, async () => {
      await withByteStreams({}, async ({ streams, networks }) => {
        const { sink, source } = await open(streams);
        const reading = drain(source);
        for (let count = 0; count < 10; count++) await sink.send(messageOf(MIB, count));
        await sink.close();
        const received = await reading;
        const reader = networks[direction === 'up to the server' ? 1 : 0].sockets[1]!;
        expect(reader.placedBytes).to.be.above(7 * MIB);
        for (const [bytes] of received) {
          expect(bytes.buffer.byteLength, 'memory beside the message').to.be.below(MIB + 16);
        }
      });
    });

    it(`S-S5 a reader that stands still holds one message and its budget: ${direction}`, async () => {
      for (const bytes of [100_000, MIB]) {
        await withByteStreams({}, async ({ streams, networks }) => {
          const { sink, source } = await open(streams);
          const producer = new Producer(sink, messageOf(bytes, 1));
          // Such a message is no surprise any more.
          expect((await source.read())![0]).to.have.length(bytes);
          await producer.stuck();
          expect(source.bufferedBytes).to.be.within(1, BUDGET_BYTES + bytes + CHUNK_BYTES);
          const reader = networks[direction === 'up to the server' ? 1 : 0].sockets[1]!;
          expect(reader.isPaused).to.equal(true);
          const read = reader.readBytes;
          await turns(50);
          expect(reader.readBytes).to.equal(read);
          producer.isStopped = true;
          const rest = await drain(source);
          expect(rest).to.have.length(producer.sent - 1);
          expect(rest.every(([each]) => digest(each) === digest(messageOf(bytes, 1)))).to.equal(
            true,
          );
        });
      }
    });
  }

  it('E1-memory a length that is a lie costs nothing', async () => {
    await withRawStream({}, async ({ child, source, sink }) => {
      child.write(MESSAGE);
      expect(await source.read()).to.have.length(1);
      const before = await heldBytes();
      child.write(u32le(16 * MIB), Buffer.alloc(100));
      await until(() => source.bufferedBytes === PREFIX_BYTES + 100);
      const reading = source.read();
      await turns(20);
      expect((await heldBytes()) - before).to.be.below(MIB);
      child.end();
      expect(await reading.catch((error: Error) => error.message)).to.match(
        /while reading data: expected 16777216 got 100/,
      );
      sink.abort();
    });
  });

  it('F10 come in one piece however their bytes are sent, at the server', async () => {
    await withRawStream({}, async ({ child, source, sink }) => {
      const payload = messageOf(300_000, 1);
      const wire = Buffer.concat([MESSAGE, streamFrame(payload), MESSAGE, EOS_FRAME]);
      const reading = drain(source);
      for (let at = 0, step = 1; at < wire.length; at += step, step = step * 2 + 1) {
        child.write(wire.subarray(at, at + step));
        await turns(3);
      }
      const received = await reading;
      expect(received.map(([bytes]) => bytes.length)).to.deep.equal([7, payload.length, 7]);
      expect(digest(received[1]![0])).to.equal(digest(payload));
      await sink.close();
    });
  });
});
