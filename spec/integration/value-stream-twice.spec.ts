import { expect } from 'chai';
import { Readable } from 'node:stream';

import { blobOf, receiveBytes } from '../../lib/blob.ts';
import { type RemoteStream, stream } from '../../lib/index.ts';
import { collect, collectToError, Counter, SIDES, withPassing } from '../support/passing.ts';
import { rejectionOf } from '../support/rejection.ts';

interface Twice {
  readonly a: RemoteStream<number>;
  readonly b: RemoteStream<number>;
}

describe('a stream that stands in two places', () => {
  const once: Record<string, () => AsyncIterable<number>> = {
    'a generator': () => new Counter(3).items(),
    'a prepared generator': () => stream(new Counter(3).items()),
    'a Readable': () => Readable.from([0, 1, 2]),
    'a WHATWG stream': () => ReadableStream.from([0, 1, 2]),
  };

  for (const from of SIDES) {
    for (const [what, make] of Object.entries(once)) {
      it(`L4 gives all of ${what} of the ${from}’s to one reader, and an error to the other`, async () => {
        await withPassing(async ({ passing }) => {
          const source = make();
          const { a, b } = await passing.pass<Twice>(from, { a: source, b: source });
          const [first, second] = await Promise.all([collect(a), collectToError(b)]);
          expect(first).to.deep.equal([0, 1, 2]);
          expect(second.items).to.deep.equal([]);
          expect(second.error).to.have.property('code', 'ERR_MISUSE');
        });
      });
    }
  }

  it('L4 fails in a second call what the first has read, and does not end it before', async () => {
    await withPassing(async ({ passing }) => {
      const counter = new Counter(3);
      const kept = counter.items();
      const first = await passing.stream('server', kept);
      expect(await first.read()).to.deep.equal({ done: false, value: 0 });
      const second = await passing.stream('server', kept);
      expect(await rejectionOf(second.read(), Error)).to.have.property('code', 'ERR_MISUSE');
      expect(await first.read()).to.deep.equal({ done: false, value: 1 });
      expect(await first.read()).to.deep.equal({ done: false, value: 2 });
      expect(await first.read()).to.have.property('done', true);
      expect(counter.pulled).to.equal(3);
    });
  });

  it('L4 goes on where it is read when a value that holds it as well can’t be sent', async () => {
    await withPassing(async ({ passing }) => {
      const kept = new Counter(3).items();
      const first = await passing.stream('server', kept);
      await rejectionOf(passing.pass('server', { kept, wrong: 2n ** 64n }), Error);
      expect(await collect(first)).to.deep.equal([0, 1, 2]);
    });
  });

  it('L4 reports the first use of a prepared stream alone', async () => {
    await withPassing(async ({ passing }) => {
      const prepared = stream(new Counter(3).items());
      const { a, b } = await passing.pass<Twice>('server', { a: prepared, b: prepared });
      await rejectionOf(b.read(), Error);
      expect(await collect(a)).to.deep.equal([0, 1, 2]);
      await prepared.whenSent;
      expect(prepared.sentItems).to.equal(3);
    });
  });

  it('L4, L14 gives all to each reader of arrays and factories', async () => {
    for (const source of [stream([0, 1, 2]), stream(() => new Counter(3).items())]) {
      await withPassing(async ({ passing }) => {
        const { a, b } = await passing.pass<Twice>('server', { a: source, b: source });
        expect(await Promise.all([collect(a), collect(b)])).to.deep.equal([
          [0, 1, 2],
          [0, 1, 2],
        ]);
      });
    }
  });

  it('L14 fails for the second reader where a factory returns the same generator again', async () => {
    await withPassing(async ({ passing }) => {
      const kept = new Counter(3).items();
      const source = stream(() => kept);
      const { a, b } = await passing.pass<Twice>('server', { a: source, b: source });
      expect(await collect(a)).to.deep.equal([0, 1, 2]);
      expect(await rejectionOf(b.read(), Error)).to.have.property('code', 'ERR_MISUSE');
    });
  });

  it('N4 fails the second use of a Readable as a blob, whose digest would match no bytes', async () => {
    await withPassing(async ({ passing }) => {
      const content = Readable.from([Buffer.from('abc')]);
      const options = { checksum: 'sha256', appendDigest: true } as const;
      const [first, second] = [blobOf(content, options), blobOf(content, options)];
      const received = await receiveBytes(await passing.stream<Uint8Array>('server', first), {
        checksum: 'sha256',
      });
      expect(Buffer.from(received).toString()).to.equal('abc');
      const again = await passing.stream<Uint8Array>('server', second);
      const error = await rejectionOf(receiveBytes(again, { checksum: 'sha256' }), Error);
      expect(error).to.have.property('code', 'ERR_MISUSE');
    });
  });
});
