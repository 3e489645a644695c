import { expect } from 'chai';

import { Deferred } from '../../lib/base/deferred.ts';
import {
  ClosedError,
  type HandlerContext,
  listen,
  OptionError,
  RemoteError,
  type ServerOptions,
  StatusError,
  verb,
} from '../../lib/index.ts';
import { encodeExtension } from '../../lib/connection/handshake/extension.ts';
import { refusalIn } from '../../lib/connection/handshake/refusal.ts';
import { UnauthenticatedError } from '../../lib/errors/access-errors.ts';
import { MisuseError } from '../../lib/errors/errors.ts';
import { NegotiationDecoder } from '../../lib/wire/negotiation-frame.ts';
import { resolveServerOptions, SERVER_DEFAULTS } from '../../lib/api/server-options.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { NO_FEATURES, RawPeer } from '../support/raw-peer.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { turns, until } from '../support/turns.ts';
import { memoryPair, withListening, withServer } from '../support/with-server.ts';

const who = verb<() => unknown>(1);
const secret = verb<() => string>(2);
const note = verb<() => void>(3, { noWait: true });

describe('server options', () => {
  it('A2-server has Seastar’s defaults, and finite limits', () => {
    expect(resolveServerOptions({})).to.deep.equal(SERVER_DEFAULTS);
    expect(SERVER_DEFAULTS).to.include({ hasStreaming: true, maxConnections: 10_000 });
  });

  for (const [option, value] of [
    ['maxConnections', 0],
    ['maxNegotiatingPerAddress', 1.5],
    ['failedParentDelayMs', -1],
    ['shard', 0xffff],
    ['shard', -1],
  ] as const) {
    it(`refuses ${option} = ${value}`, async () => {
      const error = await rejectionOf(listen({ port: 0, host: '127.0.0.1', [option]: value }));
      expect(error).to.be.instanceOf(OptionError);
      expect(error).to.include({ option });
    });
  }

  it('A2-server a filter refuses addresses before anything is read or sent', async () => {
    let accept = true;
    const asked: string[] = [];
    const filterConnection: ServerOptions['filterConnection'] = (peer) => {
      asked.push(peer.address);
      return accept;
    };
    await withServer({ server: { filterConnection } }, async ({ server, client, start }) => {
      server.handle(who, () => 'served');
      accept = false;
      await rejectionOf(start().whenReady(), ClosedError);
      const raw = await RawPeer.connect(server.address.port, null);
      expect(await raw.takeAll()).to.have.length(0);
      await raw.destroy();
      expect(asked).to.deep.equal(['127.0.0.1', '127.0.0.1', '127.0.0.1']);
      expect(await client.call(who)).to.equal('served');
    });
  });

  it('A2-server an async filter is awaited, with nothing read or sent before it lets in', async () => {
    let letIn: (isLetIn: boolean) => void = () => {};
    const filterConnection = (): Promise<boolean> =>
      new Promise((resolve) => void (letIn = resolve));
    await withListening({ server: { filterConnection } }, async (server, start) => {
      server.handle(who, () => 'served');
      const first = start();
      const connecting = follow(first.whenReady());
      await turns(50);
      expect(connecting.outcome).to.equal(undefined);
      letIn(true);
      expect(await first.call(who)).to.equal('served');
      const second = start().whenReady();
      await turns(50);
      letIn(false);
      await rejectionOf(second, ClosedError);
      expect(server.stats.refusedConnections).to.equal(1);
    });
  });

  it('A2-server an authorize that answers with anything but true refuses', async () => {
    const answers: unknown[] = [false, undefined, 1, 'yes', {}, Promise.resolve('yes')];
    for (const answer of answers) {
      const server: Partial<ServerOptions> = { authorize: () => answer as boolean };
      await withServer({ ...memoryPair(), server }, async ({ server: serving, client }) => {
        serving.handle(who, () => 'served');
        expect((await rejectionOf(client.call(who))).message).to.match(/^not authorized/);
      });
    }
  });

  it('A2-server an isolate that gives something else than a Group drops the connection', async () => {
    const server: Partial<ServerOptions> = { isolate: () => ({ name: 'gold' }) as never };
    await withListening({ ...memoryPair(), server }, async (_server, start) => {
      await rejectionOf(start({ isolationCookie: 'gold' }).whenReady(), ClosedError);
    });
  });

  for (const thrown of [new Error('broken'), undefined, Object.create(null)]) {
    it(`A2-server a filter that throws ${thrown instanceof Error ? 'an error' : String(typeof thrown)} refuses`, async () => {
      const options: Partial<ServerOptions> = {
        filterConnection: () => {
          throw thrown;
        },
      };
      await withListening({ server: options }, async (_server, start) => {
        await rejectionOf(start().whenReady(), ClosedError);
      });
    });
  }

  it('A2-server without streaming a server gives no connection id', async () => {
    await withServer({ server: { streaming: false } }, async ({ server, client }) => {
      server.handle(who, () => 'served');
      expect(await client.call(who)).to.equal('served');
      expect(client.connectionId).to.equal(undefined);
      const error = await rejectionOf(client.makeStreamSink(), MisuseError);
      expect(error.message).to.equal('Streaming is not supported by the server');
    });
  });

  it('A2-server a shard stands in the low 16 bits of its connection ids', async () => {
    await withServer({ server: { shard: 0x1234 } }, async ({ client, connect }) => {
      const other = await connect();
      for (const { connectionId } of [client, other]) {
        expect(connectionId! & 0xffffn).to.equal(0x1234n);
      }
      expect(client.connectionId).not.to.equal(other.connectionId);
    });
  });
});

describe('the authenticate hook', () => {
  it('turns a token into the principal that handlers find', async () => {
    const options: Partial<ServerOptions> = {
      authenticate: async ({ token, peer }) => {
        await turns(2);
        return { user: token, from: peer.address };
      },
    };
    await withServer({ server: options }, async ({ server, client, connect }) => {
      let seen: unknown;
      server.handle(who, (context) => void (seen = context.principal));
      await client.call(who);
      expect(seen).to.deep.equal({ user: undefined, from: '127.0.0.1' });
      const other = await connect({ token: 'the token' });
      await other.call(who);
      expect(seen).to.deep.equal({ user: 'the token', from: '127.0.0.1' });
      const plain = await connect({ token: 'never sent', extension: false });
      await plain.call(who);
      expect(seen).to.deep.equal({ user: undefined, from: '127.0.0.1' });
    });
  });

  const refusals: [how: string, refuse: () => unknown][] = [
    ['throws', () => raise(new Error('wrong token'))],
    ['rejects', () => Promise.reject(new Error('wrong token'))],
    ['throws nothing', () => raise(undefined)],
    ['rejects with nothing', async () => raise(undefined)],
    ['throws what has no text', () => raise(Object.create(null))],
  ];
  for (const [how, refuse] of refusals) {
    it(`drops the connection without a word when it ${how}, and no other`, async () => {
      const log = new CollectedLog();
      const authenticate: ServerOptions['authenticate'] = ({ token }) =>
        token === 'good' ? 'somebody' : refuse();
      const options = { server: { authenticate, logger: log } };
      await withListening(options, async (server, start) => {
        server.handle(who, (context) => context.principal);
        const refused = start({ token: 'bad', extension: false });
        await rejectionOf(refused.call(who), ClosedError);
        expect(await log.line(/dropped/)).to.match(
          /^warn client 127\.0\.0\.1:\d+: server connection dropped: /,
        );
        expect(await start({ token: 'good' }).call(who)).to.equal('somebody');
      });
    });
  }

  it('tells a client that it refused it, not what was wrong, and that another try is in vain', async () => {
    const authenticate = (): never => raise(new Error('the password of bob is wrong'));
    await withListening({ server: { authenticate } }, async (_server, start) => {
      const client = start({ token: 'bad' });
      const error = await rejectionOf(client.call(who), UnauthenticatedError);
      expect(error).to.include({
        code: 'ERR_UNAUTHENTICATED',
        scope: 'connection',
        initiator: 'remote',
        retryable: false,
        method: 'verb 1',
      });
      expect(error.message).to.match(
        /^the server does not accept the identity of this client: its token or its certificate \(/,
      );
      expect(error.cause).to.equal(undefined);
      expect(client.state).to.equal('closed');
    });
  });

  it('says nothing where it only failed to find out: its error is retryable', async () => {
    const authenticate = (): never =>
      raise(new StatusError('unavailable', 'the directory is down'));
    await withListening({ server: { authenticate } }, async (_server, start) => {
      const error = await rejectionOf(start({ token: 'good' }).call(who), ClosedError);
      expect(error.retryable).to.equal(true);
    });
  });

  it('sends a refused client nothing that it takes for an answer, and no byte without the extension', async () => {
    const authenticate = (): never => raise(new Error('wrong token'));
    await withListening({ server: { authenticate } }, async (server) => {
      const answerTo = async (extension: Buffer | undefined): Promise<Buffer> => {
        const peer = await RawPeer.connect(server.address.port, null);
        peer.negotiate({ ...NO_FEATURES, extension });
        const bytes = await peer.takeAll();
        await peer.destroy();
        return bytes;
      };
      expect(await answerTo(undefined)).to.have.length(0);
      for (const version of [1, 2]) {
        const decoder = new NegotiationDecoder();
        decoder.push(await answerTo(encodeExtension({ version, token: 'bad' })));
        expect(decoder.next(), 'the frame is never finished').to.equal(undefined);
        expect(refusalIn(decoder.begun()!)).to.be.instanceOf(UnauthenticatedError);
      }
    });
  });

  it('F5 has as long as the handshake, and comes too late after that', async () => {
    const memory = memoryPair();
    let finish: (principal: unknown) => void = () => {};
    const authenticate = (): Promise<unknown> =>
      new Promise((resolve) => {
        finish = resolve;
      });
    const options = {
      ...memory,
      server: { authenticate, limits: { handshakeTimeoutMs: 1_000 } },
      client: { limits: { handshakeTimeoutMs: 60_000 } },
    };
    await withListening(options, async (server, start) => {
      const client = start();
      const refused = rejectionOf(client.whenReady(), ClosedError);
      await turns(10);
      memory.clock.advance(999);
      await turns(10);
      expect(client.state).to.equal('connecting');
      memory.clock.advance(1);
      await refused;
      finish('too late');
      await turns(10);
      expect(server.stats.connections).to.equal(0);
    });
  });
});

describe('the authorize hook', () => {
  it('decides call by call, with the caller’s context', async () => {
    const options: Partial<ServerOptions> = {
      authenticate: ({ token }) => token,
      authorize: async (context, { number }) => {
        await turns(1);
        return number !== secret.number || context.principal === 'admin';
      },
    };
    await withServer({ server: options }, async ({ server, client, connect }) => {
      let ran = 0;
      server.handle(who, () => 'anybody');
      server.handle(secret, () => `secret ${++ran}`);
      expect(await client.call(who)).to.equal('anybody');
      const error = await rejectionOf(client.call(secret), RemoteError);
      expect(error.message).to.equal('not authorized to call verb 2');
      expect(ran).to.equal(0);
      const admin = await connect({ token: 'admin' });
      expect(await admin.call(secret)).to.equal('secret 1');
      expect(await client.call(who), 'the refused connection lives on').to.equal('anybody');
    });
  });

  it('refuses a method with a status that says that another try is in vain', async () => {
    await withServer({ server: { authorize: () => false } }, async ({ server, client }) => {
      const vault = { open: () => 'gold' };
      server.expose('vault', vault);
      const error = await rejectionOf(client.api<typeof vault>('vault').open(), StatusError);
      expect(error).to.include({ status: 'permission-denied', retryable: false });
      expect(error.message).to.match(/^not authorized to call verb \d+ \(vault\/open\)$/);
    });
  });

  for (const [how, authorize] of [
    ['is false', () => false],
    ['throws', () => raise(new Error('no'))],
    ['rejects', () => Promise.reject(new Error('no'))],
  ] as [string, () => boolean | Promise<boolean>][]) {
    it(`refuses when it ${how}, also a verb without reply`, async () => {
      const log = new CollectedLog();
      await withServer({ server: { authorize, logger: log } }, async ({ server, client }) => {
        let ran = 0;
        server.handle(who, () => ++ran);
        server.handle(note, () => void ran++);
        await client.call(note);
        await rejectionOf(client.call(who), RemoteError);
        await log.line(/no_wait/);
        expect(ran).to.equal(0);
        expect(client.state).to.equal('connected');
      });
    });
  }
});

describe('a server', () => {
  it('tells where it listens and how many are connected', async () => {
    await withServer(async ({ server, connect }) => {
      expect(server.address).to.include({ address: '127.0.0.1', family: 'IPv4' });
      expect(server.stats.connections).to.equal(1);
      const other = await connect();
      expect(server.stats.connections).to.equal(2);
      await other.close();
      while (server.stats.connections > 1) await turns(1);
    });
  });

  it('can’t reload what it does not have', async () => {
    await withServer(({ server }) => {
      expect(() => server.reloadTls({})).to.throw(MisuseError);
    });
  });

  it('waits at its end for what handlers left running in the background', async () => {
    await withServer(async ({ server, client }) => {
      let finish: () => void = () => {};
      let isOver = false;
      server.handle(who, (context: HandlerContext) => {
        context.background(async () => {
          await new Promise<void>((resolve) => {
            finish = resolve;
          });
          isOver = true;
        });
      });
      await client.call(who);
      const closing = server.close();
      await turns(10);
      expect(isOver).to.be.false;
      finish();
      await closing;
      expect(isOver).to.be.true;
    });
  });

  it('waits at its end for background work of a client that is gone', async () => {
    await withServer(async ({ server, client }) => {
      const work = new Deferred();
      server.handle(who, (context: HandlerContext) => context.background(() => work.promise));
      await client.call(who);
      await client.abort();
      await until(() => server.stats.connections === 0);
      const closing = follow(server.close());
      await turns(10);
      expect(closing.outcome).to.equal(undefined);
      work.resolve();
      await until(() => closing.outcome !== undefined);
    });
  });

  it('does not wait at its end for a handler of a client that is gone', async () => {
    await withServer(async ({ server, client }) => {
      server.handle(who, () => new Promise<void>(() => {}));
      const calling = follow(client.call(who));
      await turns(10);
      await client.abort();
      await until(() => server.stats.connections === 0 && calling.outcome !== undefined);
      await server.close();
    });
  });

  it('logs background work that fails, and lives on', async () => {
    const log = new CollectedLog();
    await withServer({ server: { logger: log } }, async ({ server, client }) => {
      server.handle(who, (context) => {
        context.background(() => raise(new Error('at once')));
        context.background(() => Promise.reject(new Error('later')));
        return 'replied';
      });
      expect(await client.call(who)).to.equal('replied');
      await log.line(/background work failed: at once/);
      await log.line(/background work failed: later/);
    });
  });
});

function raise(what: unknown): never {
  // Hooks throw what they like.
  throw what;
}
