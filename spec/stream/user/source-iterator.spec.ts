import { expect } from 'chai';
import { Readable } from 'node:stream';

import { MisuseError } from '../../../lib/errors/errors.ts';
import { StreamClosedError } from '../../../lib/index.ts';
import { numbers, withNumbers } from '../../support/number-stream.ts';
import { cutShort } from '../../support/cut-short.ts';
import { rejectionOf } from '../../support/rejection.ts';
import { sendAll } from '../../support/streams.ts';

describe('SourceIterator', () => {
  it('S-S3 gives every message and ends with the stream', async () => {
    await withNumbers(async ({ sink, source }) => {
      const sending = sendAll(sink, numbers(100));
      const seen: number[] = [];
      for await (const [number] of source) seen.push(number);
      expect(seen).to.deep.equal(Array.from({ length: 100 }, (_, index) => index));
      await sending;
      await source.ended;
    });
  });

  it('is single: a second iteration throws', async () => {
    await withNumbers(async ({ sink, source }) => {
      await sink.close();
      for await (const message of source) expect.fail(String(message));
      expect(() => source[Symbol.asyncIterator]()).to.throw(MisuseError, 'once');
    });
  });

  it('throws what ended the stream, and is over then', async () => {
    await withNumbers(async ({ sink, source }) => {
      await sink.send(1);
      sink.abort(new Error('enough'));
      const iterator = source[Symbol.asyncIterator]();
      expect(await iterator.next()).to.deep.equal({ done: false, value: [1] });
      await rejectionOf(iterator.next(), StreamClosedError);
      expect(await iterator.next()).to.deep.equal({ done: true, value: undefined });
    });
  });

  it('cancels when the loop is left by break', async () => {
    await withNumbers(async ({ sink, source }) => {
      await sink.send(1);
      const read: number[] = [];
      for await (const [number] of source) {
        read.push(number);
        break;
      }
      expect(read).to.deep.equal([1]);
      await rejectionOf(source.read(), StreamClosedError);
      await rejectionOf(sink.ended, StreamClosedError);
    });
  });

  it('cancels when the loop is left by an exception, which goes on', async () => {
    await withNumbers(async ({ sink, source }) => {
      await sink.send(1);
      const failure = new Error('in the loop');
      const error = await rejectionOf(
        (async () => {
          for await (const message of source) if (message.length > 0) throw failure;
        })(),
        Error,
      );
      expect(error).to.equal(failure);
      await rejectionOf(source.ended, StreamClosedError);
      await rejectionOf(sink.ended, StreamClosedError);
    });
  });

  it('serves requests made at once in their order', async () => {
    await withNumbers(async ({ sink, source }) => {
      const iterator = source[Symbol.asyncIterator]();
      const requests = [iterator.next(), iterator.next(), iterator.next()];
      await sendAll(sink, numbers(2));
      const results = await Promise.all(requests);
      expect(results.map(({ value }) => value as unknown)).to.deep.equal([[0], [1], undefined]);
      expect(results[2]).to.have.property('done', true);
    });
  });

  it('S-S3 answers requests that wait behind the end with the end as well', async () => {
    await withNumbers(async ({ sink, source }) => {
      const iterator = source[Symbol.asyncIterator]();
      const requests = [iterator.next(), iterator.next(), iterator.next()];
      await sink.close();
      for (const result of await Promise.all(requests)) {
        expect(result).to.deep.equal({ done: true, value: undefined });
      }
    });
  });

  it('tells only the first of several requests that wait what ended the stream', async () => {
    await withNumbers(async ({ sink, source }) => {
      const iterator = source[Symbol.asyncIterator]();
      const requests = [iterator.next(), iterator.next()] as const;
      sink.abort(new Error('enough'));
      await rejectionOf(requests[0], StreamClosedError);
      expect(await requests[1]).to.deep.equal({ done: true, value: undefined });
    });
  });

  it('ends a request that waits when the iteration is given up', async () => {
    await withNumbers(async ({ source }) => {
      const iterator = source[Symbol.asyncIterator]();
      const waiting = [iterator.next(), iterator.next()];
      await iterator.return?.();
      for (const request of waiting) await rejectionOf(request, StreamClosedError);
      expect(await iterator.next()).to.deep.equal({ done: true, value: undefined });
    });
  });

  it('leaves no unhandled rejection when nobody waits for such a request', async () => {
    await withNumbers(async ({ source }) => {
      const iterator = source[Symbol.asyncIterator]();
      void iterator.next();
      void iterator.next();
      await iterator.return?.();
      await rejectionOf(source.ended, StreamClosedError);
    });
  });

  it('S-S3 fails a Readable.from that is destroyed while it waits, as a stream cut short', async () => {
    await withNumbers(async ({ sink, source }) => {
      await sink.send(1);
      expect(await cutShort(Readable.from(source))).to.deep.equal({
        code: 'ERR_STREAM_PREMATURE_CLOSE',
        items: [[1]],
        isFinished: false,
      });
    });
  });
});
