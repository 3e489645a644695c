import { expect } from 'chai';

import { POISON } from '../../lib/stream/half/message-memory.ts';
import { lz4 } from '../../lib/compression.ts';
import {
  type CommonOptions,
  MessageTooLargeError,
  type SingleOf,
  StreamClosedError,
  TimeoutError,
} from '../../lib/index.ts';
import { MisuseError } from '../../lib/errors/errors.ts';
import { bytes, i32, packed, raw, record, shaped } from '../../lib/layout.ts';
import type { Serializer } from '../../lib/serializer/serializer.ts';
import { TestAuthority } from '../support/certificates.ts';
import { collect } from '../support/passing.ts';
import { rejectionOf } from '../support/rejection.ts';
import { type Direction, sendAll, Streams } from '../support/streams.ts';
import { withServer } from '../support/with-server.ts';

/** More than a pool keeps. */
const COUNT = 40;

/** Lengths around those at which the way of reading changes, and one above what is trusted at once. */
const LENGTHS = [0, 1, 64, 4_000, 16_379, 16_380, 20_000, 65_536, 65_540, 262_144, 1_048_576];

/** Over real sockets, with poison. */
async function withStream<T extends unknown[]>(
  serializer: Serializer<T>,
  run: (stream: Direction<T>) => Promise<void>,
  both: Partial<CommonOptions> = {},
): Promise<void> {
  await withServer({ both: { poisonBorrowed: true, ...both } }, async ({ server, client }) => {
    await run(await new Streams(server, client, { serializer }).oneWay<T>());
  });
}

function message(index: number, length: number): Uint8Array {
  return Buffer.alloc(length, index % 200);
}

/** Whether all bytes are those of the message. */
function isWhole(got: Uint8Array, index: number): boolean {
  return got.every((byte) => byte === index % 200);
}

async function sendLengths(
  { sink }: Direction<[Uint8Array]>,
  lengths: readonly number[],
): Promise<void> {
  await sendAll(
    sink,
    lengths.map((length, i): [Uint8Array] => [message(i, length)]),
  );
}

/** Reads to the end, each message when it comes, with a turn of the loop now and then. */
async function expectBorrowed(
  items: AsyncIterable<Uint8Array>,
  lengths: readonly number[],
): Promise<Set<ArrayBufferLike>> {
  const memories = new Set<ArrayBufferLike>();
  const got: number[] = [];
  for await (const item of items) {
    expect(isWhole(item, got.length), `message ${got.length}`).to.equal(true);
    memories.add(item.buffer);
    if (got.length % 3 === 0) await new Promise(setImmediate);
    expect(isWhole(item, got.length), `message ${got.length}, later`).to.equal(true);
    got.push(item.length);
  }
  expect(got).to.deep.equal(lengths);
  return memories;
}

describe('borrowed reading', () => {
  it('B1-borrowed gives raw messages of any length, each until the next step', async () => {
    await withStream(raw, async (stream) => {
      const lengths = [...LENGTHS, ...LENGTHS.toReversed(), ...LENGTHS];
      await Promise.all([
        sendLengths(stream, lengths),
        expectBorrowed(stream.source.borrowed(), lengths),
      ]);
    });
  });

  it('B1-borrowed uses the memory of large messages again', async () => {
    for (const length of [65_536, 1_048_576]) {
      await withStream(raw, async (stream) => {
        const lengths = Array.from({ length: COUNT }, () => length);
        const [memories] = await Promise.all([
          expectBorrowed(stream.source.borrowed(), lengths),
          sendLengths(stream, lengths),
        ]);
        expect(memories.size).to.be.below(COUNT / 2);
      });
    }
  });

  it('B1-borrowed gives the bytes of packed tuples and of shapes', async () => {
    const shape = shaped(record({ id: i32, content: bytes }));
    await withStream(packed(i32, bytes), async ({ sink, source }) => {
      const sent = sendAll(
        sink,
        LENGTHS.map((length, i): [number, Uint8Array] => [i, message(i, length)]),
      );
      const ids: number[] = [];
      for await (const [id, content] of source.borrowed()) {
        expect(isWhole(content, id)).to.equal(true);
        ids.push(id);
      }
      await sent;
      expect(ids).to.deep.equal([...LENGTHS.keys()]);
    });
    await withStream(shape, async ({ sink, source }) => {
      type Row = SingleOf<typeof shape extends Serializer<infer T> ? T : never>;
      const rows = LENGTHS.map((length, i): [Row] => [{ id: i, content: message(i, length) }]);
      const sent = sendAll(sink, rows);
      let count = 0;
      for await (const { id, content } of source.borrowed()) {
        expect(isWhole(content, id)).to.equal(true);
        count++;
      }
      await sent;
      expect(count).to.equal(LENGTHS.length);
    });
  });

  it('B1-borrowed gives messages over TLS, by the same rules', async () => {
    const authority = await TestAuthority.create();
    const tls = await authority.issue();
    const options = {
      server: { tls, poisonBorrowed: true },
      client: { tls: { ca: authority.cert } },
    };
    await withServer(options, async ({ server, client }) => {
      const stream = await new Streams(server, client, { serializer: raw }).oneWay<[Uint8Array]>();
      await Promise.all([
        sendLengths(stream, LENGTHS),
        expectBorrowed(stream.source.borrowed() as AsyncIterable<Uint8Array>, LENGTHS),
      ]);
    });
  });

  it('B1-borrowed gives messages that are compressed, by the same rules', async () => {
    const both = { compression: lz4() };
    await withStream(
      raw,
      async (stream) => {
        await Promise.all([
          sendLengths(stream, LENGTHS),
          expectBorrowed(stream.source.borrowed(), LENGTHS),
        ]);
      },
      both,
    );
  });

  it('B1-borrowed overwrites bytes that were given back, where that is asked for', async () => {
    await withStream(raw, async (stream) => {
      const sent = sendLengths(stream, [100, 70_000]);
      const items = stream.source.borrowed();
      const kept: Uint8Array[] = [];
      for (let step; (step = await items.next()).done !== true;) kept.push(step.value);
      await sent;
      expect(kept.map(({ length }) => length)).to.deep.equal([100, 70_000]);
      for (const late of kept) expect(late[0]).to.equal(POISON);
    });
  });

  it('B1-borrowed gives a batch until the next read, and a read of its own memory beside it', async () => {
    await withStream(raw, async (stream) => {
      const lengths = Array.from({ length: COUNT }, (_none, i) => (i % 2 === 0 ? 30_000 : 50));
      const sent = sendLengths(stream, lengths);
      const own: Uint8Array[] = [];
      let count = 0;
      for (let batch; (batch = await stream.source.readBatch({ borrowed: true }));) {
        for (const [item] of batch) expect(isWhole(item, count++)).to.equal(true);
        const next = await stream.source.read();
        if (next === undefined) break;
        own.push(next[0].subarray());
        expect(isWhole(next[0], count++)).to.equal(true);
      }
      await sent;
      expect(count).to.equal(COUNT);
      // Memory of its own is neither used again nor overwritten.
      for (const item of own) expect(item.every((byte) => byte === item[0])).to.equal(true);
      expect(own.some((item) => item[0] === POISON)).to.equal(false);
    });
  });

  it('B1-borrowed gives bytes back when the loop is left, and keeps them when the stream is canceled', async () => {
    await withStream(raw, async ({ sink, source }) => {
      const sent = sink.send(message(1, 70_000));
      const items = source.borrowed();
      const step = await items.next();
      const borrowed = step.value as Uint8Array;
      source.cancel('enough');
      await sent;
      expect(isWhole(borrowed, 1)).to.equal(true);
      await rejectionOf(items.next(), StreamClosedError);
      expect(borrowed[0]).to.equal(POISON);
    });
    await withStream(raw, async ({ sink, source }) => {
      await sink.send(message(1, 70_000));
      let late: Uint8Array = message(1, 1);
      for await (const item of source.borrowed()) {
        late = item;
        break;
      }
      expect([late.length, late[0]]).to.deep.equal([70_000, POISON]);
    });
  });

  describe('readInto', () => {
    it('B1-read-into writes messages into the given memory and gives their lengths', async () => {
      await withStream(packed(bytes), async ({ sink, source }) => {
        const sent = sendAll(
          sink,
          LENGTHS.map((length, i): [Uint8Array] => [message(i, length)]),
        );
        const buffer = Buffer.alloc(1_048_576);
        for (const [i, length] of LENGTHS.entries()) {
          buffer.fill(0xff);
          expect(await source.readInto(buffer)).to.equal(length);
          expect(isWhole(buffer.subarray(0, length), i)).to.equal(true);
          expect(buffer.subarray(length).every((byte) => byte === 0xff)).to.equal(true);
        }
        expect(await source.readInto(buffer)).to.equal(undefined);
        await sent;
      });
    });

    it('B1-read-into leaves a message that is too large to the next read', async () => {
      await withStream(raw, async (stream) => {
        const { source } = stream;
        const sent = sendLengths(stream, [30_000, 5]);
        const small = Buffer.alloc(29_999, 7);
        const error = await rejectionOf(source.readInto(small), MessageTooLargeError);
        expect([error.actualBytes, error.limitBytes, error.option]).to.deep.equal([
          30_000,
          29_999,
          'buffer',
        ]);
        expect(small.every((byte) => byte === 7)).to.equal(true);
        expect(source.receivedMessages).to.equal(0);
        await rejectionOf(source.readInto(small), MessageTooLargeError);
        const next = await source.read();
        expect([next?.[0].length, isWhole(next![0], 0)]).to.deep.equal([30_000, true]);
        expect(await source.readInto(small)).to.equal(5);
        expect(source.receivedMessages).to.equal(2);
        await sent;
      });
    });

    it('B1-read-into keeps a message that did not fit whole, while others are borrowed', async () => {
      await withStream(raw, async (stream) => {
        const { source } = stream;
        const sent = sendLengths(stream, LENGTHS.toReversed());
        await rejectionOf(source.readInto(Buffer.alloc(9)), MessageTooLargeError);
        const [kept] = (await source.read())!;
        for (let batch; (batch = await source.readBatch({ borrowed: true })) !== undefined;) {
          for (const [item] of batch) item.fill(POISON);
        }
        expect([kept.length, isWhole(kept, 0)]).to.deep.equal([LENGTHS.at(-1), true]);
        await sent;
      });
    });

    it('B1-read-into lends a message that did not fit, until the next step, or gives it to keep', async () => {
      await withStream(raw, async (stream) => {
        const { source } = stream;
        await sendLengths(stream, [30_000, 30_000, 5]);
        const [lent, kept] = [
          await rejected(),
          (await source.readBatch({ borrowed: true, max: 1 }))!,
        ];
        expect([lent, isWhole(kept[0]![0], 0)]).to.deep.equal([true, true]);
        expect(await rejected()).to.equal(true);
        expect(kept[0]![0][0]).to.equal(POISON);
        const own = (await source.read())![0];
        await source.read();
        expect([own.length, isWhole(own, 1)]).to.deep.equal([30_000, true]);

        async function rejected(): Promise<boolean> {
          return (
            (await rejectionOf(source.readInto(Buffer.alloc(9)), MessageTooLargeError)) !==
            undefined
          );
        }
      });
    });

    it('B1-read-into leaves a message of something else, and refuses what is no memory', async () => {
      await withStream(packed(i32), async ({ sink, source }) => {
        await sink.send(5);
        await rejectionOf(source.readInto(Buffer.alloc(9)), MisuseError);
        expect(await source.read()).to.deep.equal([5]);
        await rejectionOf(source.readInto('memory' as unknown as Uint8Array), MisuseError);
      });
    });

    it('B1-read-into writes nothing after it has timed out', async () => {
      await withStream(raw, async ({ sink, source }) => {
        const buffer = Buffer.alloc(70_000, 7);
        await rejectionOf(source.readInto(buffer, { timeoutMs: 1 }), TimeoutError);
        await sink.send(message(1, 70_000));
        expect((await source.read())?.[0].length).to.equal(70_000);
        expect(buffer.every((byte) => byte === 7)).to.equal(true);
      });
    });
  });

  it('B1-borrowed gives items of streams in values, also into the memory of the reader', async () => {
    await withServer({ both: { poisonBorrowed: true } }, async ({ server, client }) => {
      const files = {
        async *parts(): AsyncGenerator<Uint8Array> {
          for (const [i, length] of LENGTHS.entries()) yield message(i, length);
        },
      };
      server.expose('files', files);
      const api = client.api<typeof files>('files');
      await expectBorrowed((await api.parts()).borrowed(), LENGTHS);
      const parts = await api.parts();
      const buffer = Buffer.alloc(1_048_576);
      for (const length of LENGTHS) expect(await parts.readInto(buffer)).to.equal(length);
      expect(await parts.readInto(buffer)).to.equal(undefined);
      // The lane is used again, by a reader that keeps its items.
      const kept: Uint8Array[] = [];
      for await (const part of api.parts()) kept.push(part);
      expect(kept.map((part, i) => isWhole(part, i))).to.deep.equal(LENGTHS.map(() => true));
    });
  });

  it('B1-borrowed leaves the lane of a stream that is over to the next one', async () => {
    await withServer({ both: { poisonBorrowed: true } }, async ({ server, client }) => {
      const files = {
        async *parts(): AsyncGenerator<Uint8Array> {
          for (let i = 0; i < COUNT; i++) yield message(i, 20_000);
        },
        async *broken(): AsyncGenerator<Uint8Array> {
          yield message(1, 20_000);
          throw new Error('broken');
        },
      };
      server.expose('files', files);
      const api = client.api<typeof files>('files');
      const late = await api.broken();
      await late.read();
      await rejectionOf(late.read(), Error);
      await rejectionOf(late.readInto(Buffer.alloc(9)), Error);
      const kept = await collect(await api.parts());
      for await (const part of (await api.parts()).borrowed()) part.fill(POISON);
      expect(kept.map((part, i) => isWhole(part, i))).to.deep.equal(kept.map(() => true));
      expect(kept.length).to.equal(COUNT);
    });
  });
});
