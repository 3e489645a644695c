import { expect } from 'chai';

import { StreamClosedError } from '../../lib/index.ts';
import { rejectionOf } from '../support/rejection.ts';
import { expectNothingLeft, passed, TAKE, withResumed } from '../support/resumed-pair.ts';
import { turns, until } from '../support/turns.ts';
import { ECHO, echo, serveEcho } from '../support/verb-streams.ts';

describe('a resumable stream of a verb', () => {
  it('L10 goes on in both directions when the main connection is cut again and again', async () => {
    await withResumed(async (pair) => {
      serveEcho(pair.server);
      const texts = Array.from({ length: 300 }, (_, at) => `text ${at}`);
      const echoing = echo(pair.client, texts);
      for (let cut = 0; cut < 5; cut++) {
        await turns(60);
        pair.proxy.connections
          .filter((each) => each.bytesFromServer > 0)
          .at(-2)
          ?.reset();
        pair.cutAll()();
      }
      expect(await echoing).to.deep.equal(texts.map((text) => `${text}!`));
      expect(pair.client.stats.reconnects).to.be.at.least(1);
      await expectNothingLeft(pair);
    });
  });

  it('L10 can be opened, named and read to its end while there is no connection in between', async () => {
    await withResumed(async (pair) => {
      const sink = await pair.client.makeStreamSink<[string]>({ resumable: true });
      await sink.send('before');
      let open = pair.cutAll();
      const calling = pair.client.call(TAKE, sink);
      await sink.send('away');
      const closing = sink.closeAndConfirm();
      await turns(20);
      open();
      await calling;
      const source = await pair.taken();
      open = pair.cutAll();
      await turns(20);
      open();
      expect(await source.read()).to.deep.equal(['before']);
      expect(await source.read()).to.deep.equal(['away']);
      expect(await source.read()).to.equal(undefined);
      await closing;
      await expectNothingLeft(pair);
    });
  });

  it('L12 confirms a close only when the reader has acknowledged all, over a cut behind the end', async () => {
    await withResumed(async (pair) => {
      const { sink, source } = await passed(pair);
      source.ack = 'manual';
      await sink.send('one');
      await sink.send('two');
      let isConfirmed = false;
      const closing = sink.closeAndConfirm().then(() => void (isConfirmed = true));
      expect(await source.readBatch()).to.deep.equal([['one'], ['two']]);
      expect(await source.read()).to.equal(undefined);
      await sink.close();
      const open = pair.cutAll();
      await turns(20);
      open();
      await pair.client.whenReady();
      await until(() => pair.client.state === 'connected');
      await turns(50);
      expect(isConfirmed).to.equal(false);
      expect(source.acknowledgedMessages).to.equal(0);
      source.acknowledge();
      await closing;
      expect(sink.acknowledgedMessages).to.equal(2);
      await expectNothingLeft(pair);
    });
  });

  it('K3 tells of a cancel that came while there was no connection, and of an abort', async () => {
    await withResumed(async (pair) => {
      const { sink, source } = await passed(pair);
      await sink.send('one');
      expect(await source.read()).to.deep.equal(['one']);
      let open = pair.cutAll();
      source.cancel('enough');
      await turns(20);
      open();
      const canceled = await rejectionOf(sink.ended, StreamClosedError);
      expect(canceled).to.include({ code: 'ERR_STREAM_CLOSED' });
      expect(canceled.cause).to.include({ code: 'ERR_CANCELED' });

      const other = await passed(pair);
      await other.sink.send('kept');
      open = pair.cutAll();
      other.sink.abort(new Error('a secret of the client'));
      await turns(20);
      open();
      expect(await other.source.read()).to.deep.equal(['kept']);
      const aborted = await rejectionOf(other.source.read(), StreamClosedError);
      expect(aborted).to.include({ code: 'ERR_STREAM_CLOSED' });
      expect(aborted.message).to.not.contain('secret');
      await expectNothingLeft(pair);
    });
  });

  it('L13 takes no more than its window while there is no connection', async () => {
    await withResumed(async (pair) => {
      const { sink, source } = await passed(pair, { resumable: { windowItems: 3 } });
      const open = pair.cutAll();
      let sent = 0;
      const sending = (async () => {
        for (; sent < 20; sent++) await sink.send(`text ${sent}`);
        await sink.close();
      })();
      await until(() => sink.sentMessages === 3);
      await turns(50);
      expect(sink.sentMessages).to.equal(3);
      open();
      const read: string[] = [];
      for await (const [text] of source) read.push(text);
      await sending;
      expect(sink.minRttMs).to.be.at.least(0);
      expect(read).to.deep.equal(Array.from({ length: 20 }, (_, at) => `text ${at}`));
      await expectNothingLeft(pair);
    });
  });

  it('refuses sends that were not awaited', async () => {
    await withResumed(async (pair) => {
      const { sink } = await passed(pair, { resumable: { windowItems: 1 } });
      const send = (): void => void Promise.resolve(sink.send('x')).catch(() => {});
      expect(() => {
        for (let at = 0; at < 5_000; at++) send();
      }).to.throw('was not awaited (maxWaitingSends)');
      sink.abort();
    });
  });

  it('L15 counts what was sent again, and what is acknowledged', async () => {
    await withResumed(async (pair) => {
      const { sink, source } = await passed(pair);
      await sink.send('one');
      await sink.send('two');
      await until(() => source.bufferedBytes > 0);
      pair.cutAll()();
      await until(() => pair.client.stats.reconnects === 1 && pair.client.state === 'connected');
      expect(await source.read()).to.deep.equal(['one']);
      expect(await source.read()).to.deep.equal(['two']);
      await sink.close();
      expect(await source.read()).to.equal(undefined);
      await until(() => sink.acknowledgedMessages === 2);
      expect(sink.resentMessages).to.equal(2);
      expect(source.acknowledgedMessages).to.equal(2);
    });
  });

  it('is a plain one without the option, also behind one that is resumable', async () => {
    await withResumed(async (pair) => {
      const sink = await pair.client.makeStreamSink<[string]>();
      await pair.client.call(TAKE, sink);
      const source = await pair.taken();
      await sink.send('one');
      expect(await source.read()).to.deep.equal(['one']);
      pair.cutAll()();
      expect(await rejectionOf(sink.ended, StreamClosedError)).to.include({
        code: 'ERR_STREAM_CLOSED',
      });
      expect(await rejectionOf(source.read(), StreamClosedError)).to.include({
        code: 'ERR_STREAM_CLOSED',
      });
      expect(sink.acknowledgedMessages).to.equal(0);
      expect(sink.resentMessages).to.equal(0);
      expect(sink.minRttMs).to.equal(-1);
    });
  });

  it('compares checksums of both directions', async () => {
    await withResumed(async (pair) => {
      pair.server.handle(ECHO, (context, texts) => {
        const sink = texts.makeSink<[string]>({ resumable: true, checksum: 'crc32' });
        context.background(async () => {
          for await (const [text] of texts) await sink.send(`${text}!`);
          await sink.closeAndConfirm();
        });
        return sink;
      });
      const options = { resumable: true, checksum: 'crc32' } as const;
      const echoing = echo(pair.client, ['a', 'b', 'c', 'd'], options);
      await turns(5);
      pair.cutAll()();
      expect(await echoing).to.deep.equal(['a!', 'b!', 'c!', 'd!']);
    });
  });
});
