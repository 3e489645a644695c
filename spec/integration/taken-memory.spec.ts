import { expect } from 'chai';

import { POISON } from '../../lib/stream/half/message-memory.ts';
import { lz4 } from '../../lib/compression.ts';
import {
  type CommonOptions,
  MessageTooLargeError,
  SerializationError,
  type Sink,
  type Source,
  StreamClosedError,
  TimeoutError,
} from '../../lib/index.ts';
import { MisuseError } from '../../lib/errors/errors.ts';
import { bytes, i32, packed, raw } from '../../lib/layout.ts';
import type { Serializer } from '../../lib/serializer/serializer.ts';
import { TestAuthority } from '../support/certificates.ts';
import { rejectionOf } from '../support/rejection.ts';
import { type Direction, drain, drainToError, Streams } from '../support/streams.ts';
import { tight, withStream } from '../support/tight-stream.ts';
import { turns, until } from '../support/turns.ts';
import { type PairOptions, withServer } from '../support/with-server.ts';

/** More bytes than the kernels take of a stream that is not read. */
const COUNT = 150;
const LENGTH = 100_000;

/** Lengths around those at which the way of sending changes. */
const LENGTHS = [0, 1, 64, 4_096, 16_383, 16_384, 20_000, 65_536, 262_144, 1_048_576];

type Bytes = [Uint8Array];

/** Over real sockets, with poison. */
async function withTaken<T extends unknown[]>(
  serializer: Serializer<T>,
  run: (stream: Direction<T>) => Promise<void>,
  options: Partial<CommonOptions> = {},
  pair: PairOptions = {},
): Promise<void> {
  const both = { poisonBorrowed: true, ...options };
  await withServer({ ...pair, both }, async ({ server, client }) => {
    await run(await new Streams(server, client, { serializer }).oneWay<T>());
  });
}

function filled(sink: Pick<Sink, 'take'>, length: number, index: number): Uint8Array {
  return sink.take(length).fill(index % 200);
}

/** Whether all bytes are those of the message. */
function isWhole(got: Uint8Array, index: number): boolean {
  return got.every((byte) => byte === index % 200);
}

/** Sends messages from taken memory and closes. Returns all memory that was used. */
async function sendTaken(
  sink: Sink<Bytes>,
  lengths: readonly number[],
): Promise<Set<ArrayBufferLike>> {
  const memories = new Set<ArrayBufferLike>();
  for (const [i, length] of lengths.entries()) {
    const piece = filled(sink, length, i);
    memories.add(piece.buffer);
    await sink.send(piece);
  }
  await sink.close();
  return memories;
}

async function expectLengths(source: Source<Bytes>, lengths: readonly number[]): Promise<void> {
  const got = await drain(source);
  expect(got.map(([item]) => item.length)).to.deep.equal(lengths);
  for (const [i, [item]] of got.entries()) {
    expect(isWhole(item, i), `message ${i} of ${item.length} bytes`).to.equal(true);
  }
}

describe('taken memory', () => {
  it('B1-take sends raw messages of any length', async () => {
    await withTaken(raw, async ({ sink, source }) => {
      const lengths = [...LENGTHS, ...LENGTHS.toReversed(), ...LENGTHS];
      await Promise.all([sendTaken(sink, lengths), expectLengths(source, lengths)]);
    });
  });

  it('B1-take uses memory again that a slow kernel has taken, and none before that', async () => {
    await withTaken(raw, async ({ sink, source }) => {
      const lengths = Array.from({ length: COUNT }, () => LENGTH);
      const sending = sendTaken(sink, lengths);
      // The kernel takes no more until somebody reads.
      await until(() => sink.bufferedBytes > LENGTH);
      const [memories] = await Promise.all([sending, expectLengths(source, lengths)]);
      expect(memories.size).to.be.below(COUNT / 2);
    });
  });

  it('B1-take uses the memory of a large message again when it alone fills the budget', async () => {
    await withTaken(raw, async ({ sink, source }) => {
      const lengths = Array.from({ length: 20 }, () => 1_048_576);
      const reading = expectLengths(source, lengths);
      const memories = await sendTaken(sink, lengths);
      await reading;
      expect(memories.size).to.be.below(5);
    });
  });

  it('B1-take sends parts of memory, as members of packed tuples', async () => {
    await withTaken(packed(i32, bytes), async ({ sink, source }) => {
      const reading = drain(source);
      for (const [i, length] of LENGTHS.entries()) {
        await sink.send(i, filled(sink, length + 9, i).subarray(0, length));
      }
      await sink.close();
      const got = await reading;
      expect(got.map(([, { length }]) => length)).to.deep.equal(LENGTHS);
      expect(got.every(([i, content]) => isWhole(content, i))).to.equal(true);
    });
  });

  it('B1-take sends a small and a large part of one piece in a message', async () => {
    await withTaken(packed(bytes, bytes), async ({ sink, source }) => {
      const sending = (async () => {
        for (let i = 0; i < COUNT; i++) {
          const piece = filled(sink, LENGTH, i);
          await sink.send(piece.subarray(0, 9), piece.subarray(9));
        }
        await sink.close();
      })();
      await until(() => sink.bufferedBytes > LENGTH);
      const got = await drain(source);
      await sending;
      expect(got.length).to.equal(COUNT);
      for (const [i, parts] of got.entries()) {
        expect(parts.every((part) => isWhole(part, i))).to.equal(true);
      }
    });
  });

  it('B1-take sends messages that are compressed, and those over TLS, by the same rules', async () => {
    const authority = await TestAuthority.create();
    const tls = {
      server: { tls: await authority.issue() },
      client: { tls: { ca: authority.cert } },
    };
    const send = async ({ sink, source }: Direction<Bytes>): Promise<void> => {
      const lengths = [...LENGTHS, ...LENGTHS];
      const [memories] = await Promise.all([
        sendTaken(sink, lengths),
        expectLengths(source, lengths),
      ]);
      expect(memories.size).to.be.below(lengths.length - 5);
    };
    await withTaken(raw, send, { compression: lz4() });
    await withTaken(raw, send, {}, tls);
  });

  it('B1-take overwrites memory that the kernel has, where that is asked for', async () => {
    await withTaken(raw, async ({ sink, source }) => {
      const large = filled(sink, LENGTH, 1);
      const small = filled(sink, 100, 2);
      await sink.send(large);
      await sink.send(small);
      expect([small[0], small.at(-1)]).to.deep.equal([POISON, POISON]);
      const unsent = filled(sink, LENGTH, 3);
      await sink.flush();
      sink.take(1);
      expect([large[0], large.at(-1), unsent[0]]).to.deep.equal([POISON, POISON, 3]);
      const last = filled(sink, LENGTH, 4);
      await sink.send(last);
      await sink.close();
      expect(last[0]).to.equal(POISON);
      expect((await drain(source)).map(([item]) => item[0])).to.deep.equal([1, 2, 4]);
    });
  });

  it('B1-take overwrites nothing that the kernel has not taken when a wait for it times out', async () => {
    const options = tight();
    const poisoned = { ...options, both: { ...options.both, poisonBorrowed: true } };
    await withStream(async (stream) => {
      const piece = filled(stream.sink, 20_000, 7);
      void stream.sink.send(piece);
      const late = rejectionOf(stream.sink.flush({ timeoutMs: 50 }), TimeoutError);
      options.clock.advance(50);
      await late;
      expect(stream.sink.take(20_000).buffer).not.to.equal(piece.buffer);
      options.clock.advance(5_000);
      expect(isWhole(piece, 7)).to.equal(true);
      void stream.sink.close();
      const [[last]] = (await drain(stream.source)) as [Bytes];
      expect([last.length, isWhole(last, 7)]).to.deep.equal([20_000, true]);
    }, poisoned);
  });

  it('B1-take refuses to send memory twice, and sends nothing then', async () => {
    await withTaken(raw, async ({ sink, source }) => {
      for (const length of [10, LENGTH]) {
        const piece = filled(sink, length, 5);
        await sink.send(piece.subarray(0, length / 2));
        expect(() => sink.send(piece.subarray(length / 2))).to.throw(MisuseError, 'sent once');
      }
      await sink.close();
      expect((await drain(source)).map(([item]) => item.length)).to.deep.equal([5, LENGTH / 2]);
    });
  });

  it('B1-take leaves memory with its owner when a send of it fails', async () => {
    await withTaken(raw, async ({ sink, source }) => {
      const piece = filled(sink, LENGTH, 5);
      const send = sink.send.bind(sink) as (...message: unknown[]) => unknown;
      expect(() => send(piece, 'too much')).to.throw(SerializationError);
      await sink.flush();
      expect(sink.take(LENGTH).buffer).not.to.equal(piece.buffer);
      await sink.send(piece);
      await sink.close();
      const [[got]] = (await drain(source)) as [Bytes];
      expect(isWhole(got, 5)).to.equal(true);
    });
  });

  it('B1-take leaves memory to another stream that it was sent through', async () => {
    await withServer({ both: { poisonBorrowed: true } }, async ({ server, client }) => {
      const streams = new Streams(server, client, { serializer: raw });
      const giving = await streams.oneWay<Bytes>();
      const other = await streams.oneWay<Bytes>();
      const piece = filled(giving.sink, LENGTH, 5);
      await other.sink.send(piece);
      await other.sink.flush();
      for (const sink of [giving.sink, other.sink]) {
        expect(sink.take(LENGTH).buffer).not.to.equal(piece.buffer);
      }
      expect(isWhole(piece, 5)).to.equal(true);
      expect(isWhole((await other.source.read())![0], 5)).to.equal(true);
    });
  });

  it('B1-take judges the size, and gives nothing of a stream that is over', async () => {
    const limits = { maxStreamMessageBytes: 10_000 };
    const run = async ({ sink }: Direction<Bytes>): Promise<void> => {
      for (const size of [-1, 1.5, Number.NaN, '5', undefined]) {
        expect(() => sink.take(size as number)).to.throw(MisuseError, 'take: size');
      }
      const error: unknown = thrownBy(() => sink.take(10_001));
      expect(error).to.be.instanceOf(MessageTooLargeError);
      expect(error).to.include({ actualBytes: 10_001, limitBytes: 10_000 });
      expect(sink.take(10_000)).to.have.property('length', 10_000);
      sink.abort();
      expect(() => sink.take(1)).to.throw(StreamClosedError);
    };
    await withTaken(raw, run, { limits });
    await withTaken(raw, async ({ sink, source }) => {
      const piece = sink.take(9);
      await sink.close();
      expect(() => sink.take(1)).to.throw(StreamClosedError);
      expect(() => sink.send(piece)).to.throw(StreamClosedError);
      expect(await source.read()).to.equal(undefined);
    });
  });

  it('B1-take overwrites nothing that is under way when the stream is canceled or aborted', async () => {
    for (const end of ['cancel', 'abort'] as const) {
      await withTaken(raw, async ({ sink, source }) => {
        const pieces: Uint8Array[] = [];
        const sending = (async () => {
          for (let i = 0; ; i++) {
            const piece = filled(sink, LENGTH, 9);
            pieces.push(piece);
            await sink.send(piece);
          }
        })();
        const failed = rejectionOf(sending, StreamClosedError);
        await until(() => sink.bufferedBytes > LENGTH);
        const underWay = pieces.slice(-1);
        if (end === 'cancel') source.cancel('enough');
        else sink.abort('enough');
        await failed;
        await turns(5);
        expect(underWay.every((piece) => isWhole(piece, 9))).to.equal(true);
        if (end === 'cancel') return;
        const { messages } = await drainToError(source);
        expect(messages.every(([item]) => isWhole(item, 9))).to.equal(true);
      });
    }
  });
});

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
