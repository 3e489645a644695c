import { expect } from 'chai';

import { StreamNotFoundError } from '../../lib/errors/errors.ts';
import { listen, StreamClosedError } from '../../lib/index.ts';
import { rejectionOf } from '../support/rejection.ts';
import { passed, TAKE, withResumed } from '../support/resumed-pair.ts';
import { turns, until } from '../support/turns.ts';
import { ECHO, serveEcho } from '../support/verb-streams.ts';

describe('a resumable stream of a verb whose session is lost, or leaves', () => {
  it('says at both ends which messages are certain when the session is lost', async () => {
    await withResumed(async (pair) => {
      const { sink, source } = await passed(pair);
      await sink.send('one');
      await sink.send('two');
      expect(await source.read()).to.deep.equal(['one']);
      const { port } = pair.server.address;
      await pair.server.abort();
      const left = await rejectionOf(source.read(), StreamClosedError);
      expect(left.message).to.match(/; 1 items were read, [01] of them are acknowledged$/);
      await using again = await listen({ host: '127.0.0.1', port });
      again.handle(TAKE, () => {});
      const lost = await rejectionOf(sink.ended, StreamClosedError);
      expect(lost.message).to.match(
        /of 2 items the consumer has taken [01], and acknowledged [01]$/,
      );
      expect(lost.cause).to.include({ code: 'ERR_CLOSED' });
      expect(() => sink.send('three'), 'says the same').to.throw(lost.message);
    });
  });

  it('says to its reader at the client that it is not there any more, when the session is lost', async () => {
    await withResumed(async (pair) => {
      serveEcho(pair.server);
      const sink = await pair.client.makeStreamSink<[string]>({ resumable: true });
      const back = await pair.client.call(ECHO, sink);
      await sink.send('one');
      expect(await back.read()).to.deep.equal(['one!']);
      const { port } = pair.server.address;
      await pair.server.abort();
      await using _again = await listen({ host: '127.0.0.1', port });
      const lost = await rejectionOf(back.read(), StreamNotFoundError);
      expect(lost).to.include({ code: 'ERR_STREAM_NOT_FOUND' });
      expect(lost.message).to.match(/; 1 items were read, 1 of them are acknowledged$/);
      expect(await rejectionOf(sink.ended, StreamClosedError)).to.have.nested.property(
        'cause.code',
        'ERR_CLOSED',
      );
    });
  });

  it('fails a call that names its closed sink too late by the loss of the session', async () => {
    await withResumed(async (pair) => {
      const sink = await pair.client.makeStreamSink<[string]>({ resumable: true });
      await sink.send('one');
      await sink.close();
      const { port } = pair.server.address;
      await pair.server.abort();
      await using _again = await listen({ host: '127.0.0.1', port });
      await until(() => pair.client.stats.reconnects === 1 && pair.client.state === 'connected');
      const error = await rejectionOf(pair.client.call(TAKE, sink), StreamClosedError);
      expect(error.message).to.match(/of 1 items the consumer has taken 0, and acknowledged 0$/);
    });
  });

  it('fails a flush of its closed sink when the session was lost before the end was sent', async () => {
    await withResumed(async (pair) => {
      const sink = await pair.client.makeStreamSink<[string]>({ resumable: true });
      pair.cutAll();
      await until(() => pair.client.state === 'reconnecting');
      const closing = rejectionOf(sink.close(), StreamClosedError);
      await pair.client.abort();
      const { message } = await closing;
      expect((await rejectionOf(sink.flush(), StreamClosedError)).message).to.equal(message);
    });
  });

  it('goes on at a server that goes away, also when the connection to it is cut', async () => {
    await withResumed(async (pair) => {
      const { sink, source } = await passed(pair);
      await sink.send('one');
      expect(await source.read()).to.deep.equal(['one']);
      const closing = pair.server.close();
      await turns(20);
      pair.cutAll()();
      await sink.send('two');
      const closed = sink.closeAndConfirm();
      expect(await source.read()).to.deep.equal(['two']);
      expect(await source.read()).to.equal(undefined);
      await closed;
      await closing;
      expect(pair.client.stats.reconnects).to.equal(1);
    });
  });
});
