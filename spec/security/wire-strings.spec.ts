import { expect } from 'chai';

import { createClient, listen, RemoteError, UnknownVerbError, verb } from '../../lib/index.ts';
import { lz4 } from '../../lib/compression.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { RawPeer, NO_FEATURES } from '../support/raw-peer.ts';
import { RawServer } from '../support/raw-server.ts';
import { rejectionOf } from '../support/rejection.ts';
import { ECHO } from '../support/session.ts';
import { withServer } from '../support/with-server.ts';

/** What would clear a terminal, begin a line of its own, and say anything in it. */
const FORGED = 'x\u001b[2J\r\n\u2028info server: all is well\u0085';
/** Lines that are one line and nothing else. */
const PRINTABLE = /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$/;

describe('text that comes over the wire', () => {
  it('E1-log the name of a compression cannot forge a log line', async () => {
    const log = new CollectedLog();
    const raw = await RawServer.start();
    const client = createClient({
      reconnect: false,
      host: '127.0.0.1',
      port: raw.port,
      compression: lz4(),
      logger: log,
    });
    const ready = rejectionOf(client.whenReady());
    const peer = await raw.accept();
    await peer.takeNegotiation();
    peer.negotiate({ ...NO_FEATURES, compress: 'x\u001b[2J\r\ninfo' });
    expect((await ready).message).to.match(PRINTABLE);
    expect(log.lines).not.to.deep.equal([]);
    for (const line of log.lines) expect(line).to.match(PRINTABLE);
    await client.abort();
    await raw[Symbol.asyncDispose]();
  });

  it('E1-log an isolation cookie that a hook throws about cannot forge a log line', async () => {
    const log = new CollectedLog();
    const isolate = (cookie: string): never => {
      throw new Error(`no class ${cookie}`);
    };
    await withServer({ server: { logger: log, isolate } }, async ({ server }) => {
      const peer = await RawPeer.connect(server.address.port, null);
      peer.negotiate({ ...NO_FEATURES, isolation: Buffer.from(FORGED) });
      await peer.takeAll();
      expect(await log.line(/no class/))
        .to.match(PRINTABLE)
        .and.include('\\u001b[2J\\u000d\\u000a');
      await peer.destroy();
    });
  });

  it('E1-log, E2 a text of any length makes one line of bounded length', async () => {
    const log = new CollectedLog();
    const isolate = (cookie: string): never => {
      throw new Error(cookie);
    };
    await withServer({ server: { logger: log, isolate } }, async ({ server }) => {
      const peer = await RawPeer.connect(server.address.port, null);
      peer.negotiate({ ...NO_FEATURES, isolation: Buffer.alloc(60_000, 'z') });
      await peer.takeAll();
      expect(await log.line(/zzz/)).to.have.length.below(1_200);
      await peer.destroy();
    });
  });

  it('E1-errors what a handler throws reaches the caller without a stack, a path or a second line of ours', () =>
    withServer(async ({ server, client }) => {
      const fail = verb<() => void>(50);
      server.handle(fail, () => {
        throw new Error('boom', { cause: new TypeError('inner') });
      });
      const error = await rejectionOf(client.call(fail), RemoteError);
      expect(error.message).to.equal('boom: inner');
      expect(error.message).not.to.match(/\bat \S+|file:|\.js|\.ts/);
      expect(error.cause).to.equal(undefined);
    }));

  it('E1-errors a dropped connection is told nothing', async () => {
    const authenticate = (): never => {
      throw new Error('the password of user 7 is wrong');
    };
    const server = await listen({ host: '127.0.0.1', port: 0, authenticate });
    const peer = await RawPeer.connect(server.address.port, null);
    peer.negotiate(NO_FEATURES);
    expect(await peer.takeAll()).to.have.length(0);
    await peer.destroy();
    await server.abort();
  });

  it('E1-verbs only what was registered can be called, whatever the number', () =>
    withServer(async ({ server, client }) => {
      server.handle(ECHO, (_context, text) => text);
      for (const number of [0, 2, 2n ** 32n + 1n, 2n ** 64n - 1n]) {
        const error = await rejectionOf(client.call(verb<() => void>(number)), UnknownVerbError);
        expect(error.verb).to.equal(BigInt(number));
      }
      expect(await client.call(ECHO, 'x')).to.equal('x');
    }));

  it('E1-cookie a cookie that the server does not know gives the default class, and proves nothing', () =>
    withServer({ server: { isolate: () => undefined } }, async ({ server, connect }) => {
      const group = verb<() => string>(51);
      server.handle(group, (context) => JSON.stringify([context.group, context.principal]));
      const client = await connect({ isolationCookie: 'administrator' });
      expect(await client.call(group)).to.equal('[null,null]');
    }));

  it('E1-cookie a server may refuse a cookie, without a word', async () => {
    const isolate = (): never => {
      throw new Error('not for you');
    };
    await withServer({ server: { isolate } }, async ({ server, client }) => {
      server.handle(ECHO, (_context, text) => text);
      const peer = await RawPeer.connect(server.address.port, null);
      peer.negotiate({ ...NO_FEATURES, isolation: Buffer.from('gold') });
      expect(await peer.takeAll()).to.have.length(0);
      await peer.destroy();
      expect(await client.call(ECHO, 'x')).to.equal('x');
    });
  });
});
