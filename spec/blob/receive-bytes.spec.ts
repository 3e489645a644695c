import { expect } from 'chai';

import {
  CanceledError,
  MessageTooLargeError,
  OptionError,
  SerializationError,
  StreamClosedError,
  TimeoutError,
} from '../../lib/index.ts';
import { ChecksumError } from '../../lib/errors/errors.ts';
import { ManualClock } from '../../lib/testing.ts';
import {
  receiveBytes,
  type ReceiveBlobOptions,
  sendBytes,
  type SendBlobOptions,
} from '../../lib/blob.ts';
import { sha256, withByteStream } from '../support/blobs.ts';
import { rejectionOf } from '../support/rejection.ts';
import { randomSample } from '../support/samples.ts';
import { drain, sendAll, Streams } from '../support/streams.ts';
import { withServer } from '../support/with-server.ts';

/** Sends a blob and receives it, each with its options. */
async function transfer(
  bytes: Uint8Array,
  sending: SendBlobOptions,
  receiving: ReceiveBlobOptions,
): Promise<Uint8Array> {
  let received: Uint8Array | undefined;
  await withByteStream(async ({ sink, source }) => {
    // A receiver that gives up at the end of stream lets the sender end cleanly.
    const sent = sendBytes(sink, bytes, sending).catch(() => {});
    received = await receiveBytes(source, receiving);
    await sent;
  });
  return received ?? new Uint8Array();
}

describe('receiveBytes', () => {
  for (const bytes of [0, 1, 131_072, 131_073, 400_000]) {
    it(`N4 receives ${bytes} bytes, as memory of their own`, async () => {
      const sent = randomSample(bytes);
      const received = await transfer(sent, {}, {});
      expect(sent.equals(received)).to.equal(true);
      received.fill(0);
    });
  }

  it('N4 holds little however small the pieces are', async () => {
    await withByteStream(async ({ sink, source }) => {
      const receiving = receiveBytes(source);
      for (let at = 0; at < 3_000; at++) await sink.send(Buffer.of(at & 0xff));
      await sink.close();
      const received = await receiving;
      expect(received).to.have.length(3_000);
      expect(received[2_999]).to.equal(2_999 & 0xff);
      expect(received.buffer.byteLength).to.equal(131_072);
    });
  });

  for (const [bytes, isAccepted] of [
    [999, true],
    [1_000, true],
    [1_001, false],
  ] as const) {
    it(`N4 ${isAccepted ? 'accepts' : 'refuses'} ${bytes} bytes where 1000 are the most`, async () => {
      const receiving = transfer(Buffer.alloc(bytes), { chunkBytes: 500 }, { maxBytes: 1_000 });
      if (isAccepted) {
        expect(await receiving).to.have.length(bytes);
        return;
      }
      const error = await rejectionOf(receiving, MessageTooLargeError);
      expect(error).to.include({ option: 'maxBytes', limitBytes: 1_000, initiator: 'remote' });
    });
  }

  it('N4 accepts no more than 64 MiB unless asked to, and tells the producer', async () => {
    await withByteStream(async ({ sink, source }) => {
      const megabyte = Buffer.alloc(1_048_576);
      const receiving = rejectionOf(receiveBytes(source), MessageTooLargeError);
      for (let count = 0; count < 64; count++) await sink.send(megabyte);
      const ended = rejectionOf(sink.ended);
      await sink.send(Buffer.alloc(1));
      expect(await receiving).to.include({ actualBytes: 67_108_865, limitBytes: 67_108_864 });
      expect(await ended).to.be.instanceOf(StreamClosedError);
    });
  });

  it('N4 is no blob when the stream was cut off', async () => {
    await withByteStream(async ({ sink, source }) => {
      const receiving = rejectionOf(receiveBytes(source));
      await sink.send(Buffer.from('the beginning'));
      sink.abort();
      expect(await receiving).to.be.instanceOf(StreamClosedError);
    });
  });

  it('N4 gives up when the signal fires, and tells the producer', async () => {
    await withByteStream(async ({ sink, source }) => {
      const abort = new AbortController();
      const receiving = rejectionOf(receiveBytes(source, { signal: abort.signal }));
      const ended = rejectionOf(sink.ended);
      abort.abort('enough');
      expect(await receiving)
        .to.be.instanceOf(CanceledError)
        .that.includes({ cause: 'enough' });
      expect(await ended).to.be.instanceOf(StreamClosedError);
    });
  });

  it('N4 gives up when its time is over', async () => {
    await withByteStream(async ({ source }) => {
      const clock = new ManualClock();
      const receiving = rejectionOf(receiveBytes(source, { clock, timeoutMs: 10 }));
      clock.advance(10);
      expect(await receiving).to.be.instanceOf(TimeoutError);
    });
  });

  it('N4 refuses options out of bounds, and leaves the source as it was', async () => {
    await withByteStream(async ({ sink, source }) => {
      await rejectionOf(receiveBytes(source, { maxBytes: -1 }), OptionError);
      const [, messages] = await Promise.all([sendBytes(sink, Buffer.alloc(1)), drain(source)]);
      expect(messages).to.have.length(1);
    });
  });

  it('N4 fails with what its progress callback throws', async () => {
    const failure = new Error('the callback failed');
    const onProgress = (): never => {
      throw failure;
    };
    const receiving = transfer(Buffer.alloc(1), {}, { onProgress });
    expect(await rejectionOf(receiving, Error)).to.equal(failure);
  });

  it('N4 fails with the rejection of its progress callback', async () => {
    const failure = new Error('the callback failed');
    const onProgress = (): never => Promise.reject(failure) as never;
    const receiving = transfer(Buffer.alloc(1), {}, { onProgress });
    expect(await rejectionOf(receiving, Error)).to.equal(failure);
  });

  it('N4 shows progress after each chunk', async () => {
    const shown: unknown[] = [];
    const onProgress = (...progress: unknown[]): void => void shown.push(progress);
    await transfer(Buffer.alloc(5), { chunkBytes: 2 }, { onProgress, totalBytes: 5 });
    expect(shown).to.deep.equal([
      [2, 5],
      [4, 5],
      [5, 5],
    ]);
  });

  it('N4 refuses messages that are no bytes', async () => {
    await withServer(async ({ server, client }) => {
      const { sink, source } = await new Streams(server, client).oneWay();
      const receiving = rejectionOf(receiveBytes(source as never), SerializationError);
      await sink.send('text');
      expect(await receiving).to.include({ initiator: 'remote' });
    });
  });
});

describe('receiveBytes with a checksum', () => {
  const BYTES = randomSample(300_000);
  const DIGEST = sha256(BYTES);
  const APPENDED = { checksum: 'sha256', appendDigest: true } as const;
  const MISSING = { expectedDigest: 'appended' } as const;

  for (const [what, sending, receiving] of [
    ['an appended digest where none is wanted', APPENDED, {}],
    ['an appended digest', APPENDED, { checksum: 'sha256' }],
    ['an appended digest that must be there', APPENDED, { checksum: 'sha256', ...MISSING }],
    ['the digest that is expected', {}, { checksum: 'sha256', expectedDigest: DIGEST }],
    ['no digest where none must be there', {}, { checksum: 'sha256' }],
  ] as const) {
    it(`N4 accepts ${what}`, async () => {
      expect(BYTES.equals(await transfer(BYTES, sending, receiving))).to.equal(true);
    });
  }

  for (const [what, sending, receiving, text] of [
    [
      'another digest than is expected',
      {},
      { checksum: 'sha256', expectedDigest: '0'.repeat(64) },
      `the digest is ${DIGEST}, it should be ${'0'.repeat(64)}`,
    ],
    [
      'another algorithm',
      APPENDED,
      { checksum: 'crc32' },
      'the sender appended a sha256 digest, not a crc32 one',
    ],
    [
      'no digest where one must be there',
      {},
      { checksum: 'sha256', ...MISSING },
      'the sender appended no digest',
    ],
  ] as const) {
    it(`N4 refuses ${what}`, async () => {
      const error = await rejectionOf(transfer(BYTES, sending, receiving), ChecksumError);
      expect(error).to.include({ message: text, code: 'ERR_CHECKSUM', scope: 'stream' });
    });
  }

  it('N4 finds a changed byte out', async () => {
    await withByteStream(async ({ sink, source }) => {
      const changed = Buffer.from(BYTES);
      changed.writeUInt8(changed.readUInt8(200_000) ^ 1, 200_000);
      const digest = Buffer.concat([Buffer.from('sha256:'), Buffer.from(DIGEST, 'hex')]);
      const receiving = rejectionOf(receiveBytes(source, { checksum: 'sha256' }), ChecksumError);
      await sendAll(sink, [[changed], [Buffer.alloc(0)], [digest]]);
      expect((await receiving).message).to.match(/^the digest is [0-9a-f]{64}, it should be /);
    });
  });
});
