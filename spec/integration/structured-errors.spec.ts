import { serialize } from 'bson';
import { expect } from 'chai';

import { encodeExtension } from '../../lib/connection/handshake/extension.ts';
import {
  type Client,
  type HandleOptions,
  isRpcError,
  isStatusError,
  RemoteError,
  type Server,
  StatusError,
  TimeoutError,
  verb,
} from '../../lib/index.ts';
import { isRemote, remotePeerOf, UnknownExceptionError } from '../../lib/errors.ts';
import { ProtocolError } from '../../lib/errors/errors.ts';
import { ownFields } from '../support/own-fields.ts';
import { withRawClient } from '../support/raw-peer.ts';
import { RawServer } from '../support/raw-server.ts';
import { rejectionOf } from '../support/rejection.ts';
import { settleWithin } from '../support/settle.ts';
import { turns } from '../support/turns.ts';
import { replyBytes, requestBytes, u32le, userExceptionText } from '../support/wire-bytes.ts';
import { memoryPair, type PairOptions, withClient, withServer } from '../support/with-server.ts';

const echo = verb<(value: string) => string>(1);
const fail = verb<(how: string) => unknown>(2);

/** As services register their methods. */
const STRUCTURED: HandleOptions = { hasStructuredErrors: true };

const EXTENSION = { hasTimeout: false, hasHandlerDuration: false } as const;

describe('structured errors', () => {
  it('K4 what a handler throws arrives as itself', async () => {
    await withThrowing(
      () => Object.assign(new RangeError('no such page'), { page: 7, of: { title: 'x' } }),
      async (client) => {
        const error = await rejectionOf(client.call(fail, ''), RangeError);
        expect(ownFields(error)).to.deep.equal({ page: 7, of: { title: 'x' } });
        expect(error.message).to.equal('no such page');
        expect(isRpcError(error)).to.equal(false);
      },
    );
  });

  it('K4 says which peer threw it', async () => {
    await withThrowing(
      () => new Error('boom'),
      async (client, server) => {
        const error = await rejectionOf(client.call(fail, ''), Error);
        expect(isRemote(error)).to.equal(true);
        expect(remotePeerOf(error)?.port).to.equal(server.address.port);
      },
    );
  });

  it('N5, X2 a StatusError arrives with its details, and the connection is none the worse', async () => {
    const details = { left: 0n, digest: Buffer.from([1, 0, 255]) };
    const options = { code: 'E_QUOTA', details, retryAfterMs: 50 };
    await withThrowing(
      () => new StatusError('resource-exhausted', 'slow down', options),
      async (client) => {
        const error = await rejectionOf(client.call(fail, ''), StatusError);
        expect(error).to.deep.include({
          status: 'resource-exhausted',
          retryable: true,
          ...options,
        });
        expect(isStatusError(error) && !isRpcError(error)).to.equal(true);
        expect(client.state).to.equal('connected');
        expect(client.stats.exceptionReceived).to.equal(1);
      },
    );
  });

  it('X2 a failure of the transport further down is none of this connection', async () => {
    await withThrowing(
      () => new TimeoutError('the call', 20, 'call'),
      async (client) => {
        const error = await rejectionOf(client.call(fail, ''), Error);
        expect(isRpcError(error)).to.equal(false);
        expect(error).to.include({ name: 'TimeoutError', code: 'ERR_TIMEOUT', limitMs: 20 });
      },
    );
  });

  const strange: [what: string, thrown: () => unknown, message: RegExp][] = [
    ['a string', () => 'plain', /^plain$/],
    ['nothing', () => undefined, /^undefined$/],
    ['a huge message', () => new Error('x'.repeat(10_000_000)), /^x{8000,}…$/],
    ['an error that is its own cause', () => ownCause(), /^again$/],
    ['a revoked proxy', () => revoked(), /no text/],
    [
      'fields beyond measure',
      () => Object.assign(new Error('big'), { all: manyFields() }),
      /^big$/,
    ],
  ];
  for (const [what, thrown, message] of strange) {
    it(`F25 ${what} becomes one bounded error, and the connection lives on`, async () => {
      await withThrowing(thrown, async (client) => {
        const error = await rejectionOf(client.call(fail, ''), Error);
        expect(error.message).to.match(message);
        expect(isRemote(error)).to.equal(true);
        expect(await client.call(echo, 'alive')).to.equal('alive');
      });
    });
  }

  it('F25 a result that can’t be sent is an error as well', async () => {
    await withServer(async ({ server, client }) => {
      server.handle(fail, () => ({ deep: [() => {}] }), STRUCTURED);
      const error = await rejectionOf(client.call(fail, ''), Error);
      expect(error).to.include({ name: 'SerializationError', path: '[0].deep[0]' });
    });
  });

  it('K4 a plain verb goes on to answer with text', async () => {
    await withThrowing(
      () => new StatusError('not-found', 'no such key', { cause: new Error('gone') }),
      async (client) => {
        const error = await rejectionOf(client.call(fail, ''), RemoteError);
        expect(error.message).to.equal('no such key: gone');
      },
      {},
      {},
    );
  });

  for (const side of ['client', 'server'] as const) {
    it(`K4 where the ${side} does not speak our extension, an error is its text`, async () => {
      await withThrowing(
        () => new RangeError('no such page'),
        async (client) => {
          const error = await rejectionOf(client.call(fail, ''), RemoteError);
          expect(error.message).to.equal('no such page');
        },
        { [side]: { extension: false } },
      );
    });
  }

  it('K4, F35 to a client of version 1 an error is its text', async () => {
    await withServer(async ({ server }) => {
      server.handle(fail, () => raise(new RangeError('no such page')), STRUCTURED);
      const extension = encodeExtension({ version: 1 });
      await withRawClient(
        server.address.port,
        async (peer) => {
          peer.write(requestBytes(fail.number, 1n, serialize({ 0: '' })));
          const { messageId, payload } = await peer.takeReply();
          expect(messageId).to.equal(-1n);
          expect(userExceptionText(payload)).to.equal('no such page');
        },
        { ...EXTENSION, extension },
      );
    });
  });
});

describe('the error filter', () => {
  const errorFilter = (error: unknown): unknown => {
    if ((error as Error).message === 'secret') return new StatusError('internal', 'hidden');
    if ((error as Error).message === 'broken') throw new Error('secret');
    return error;
  };

  for (const extension of [true, false]) {
    const form = extension ? 'as itself' : 'as text';
    it(`E1-errors: it replaces what is told ${form}`, async () => {
      await withServer(
        { both: { extension }, server: { errorFilter } },
        async ({ server, client }) => {
          server.handle(fail, (_context, how) => raise(new Error(how)), STRUCTURED);
          expect((await rejectionOf(client.call(fail, 'secret'), Error)).message).to.equal(
            'hidden',
          );
          expect((await rejectionOf(client.call(fail, 'other'), Error)).message).to.equal('other');
          const { message } = await rejectionOf(client.call(fail, 'broken'), Error);
          expect(message).to.equal('the handler failed, and so did the error filter');
        },
      );
    });
  }

  it('E1-errors: it has nothing to do with plain verbs', async () => {
    await withServer({ server: { errorFilter } }, async ({ server, client }) => {
      server.handle(fail, () => raise(new Error('secret')));
      expect((await rejectionOf(client.call(fail, ''), RemoteError)).message).to.equal('secret');
    });
  });
});

describe('the errors of a service', () => {
  const table = {
    find: (id: number): Promise<string> =>
      Promise.reject(new StatusError('not-found', `no row ${id}`, { details: { id } })),
    async *rows(): AsyncGenerator<number> {
      yield* [1, 2, 3];
      throw Object.assign(new RangeError('no more'), { at: 3 });
    },
  };

  it('K4, X2 of a method is what it threw', async () => {
    await withServer(async ({ server, client }) => {
      server.expose('table', table);
      const error = await rejectionOf(client.api<typeof table>('table').find(7), StatusError);
      expect(error).to.deep.include({
        status: 'not-found',
        message: 'no row 7',
        details: { id: 7 },
      });
    });
  });

  it('K4 of a stream comes after the items before it, and is what its producer threw', async () => {
    await withServer(async ({ server, client }) => {
      server.expose('table', table);
      const items: number[] = [];
      const reading = (async () => {
        for await (const item of client.api<typeof table>('table').rows()) items.push(item);
      })();
      const error = await rejectionOf(reading, RangeError);
      expect(items).to.deep.equal([1, 2, 3]);
      expect(ownFields(error)).to.deep.equal({ at: 3 });
      expect(error.message).to.equal('no more');
      expect(isRemote(error)).to.equal(true);
    });
  });

  it('E1-errors: of both pass the filter', async () => {
    const errorFilter = (error: unknown): unknown =>
      new StatusError('internal', isStatusError(error) ? 'a status' : 'hidden');
    await withServer({ server: { errorFilter } }, async ({ server, client }) => {
      server.expose('table', table);
      const api = client.api<typeof table>('table');
      expect((await rejectionOf(api.find(7), StatusError)).message).to.equal('a status');
      const items: unknown[] = [];
      const reading = (async () => {
        for await (const item of api.rows()) items.push(item);
      })();
      const error = await rejectionOf(reading, StatusError);
      expect(items).to.deep.equal([1, 2, 3]);
      expect(error).to.include({ status: 'internal', message: 'hidden' });
    });
  });

  it('E1-errors: of both wait for an async filter, a stream’s behind its items', async () => {
    const errorFilter = async (): Promise<Error> => {
      await turns(3);
      return new StatusError('internal', 'hidden');
    };
    await withServer({ server: { errorFilter } }, async ({ server, client }) => {
      server.expose('table', table);
      const api = client.api<typeof table>('table');
      expect((await rejectionOf(api.find(7), StatusError)).message).to.equal('hidden');
      const items: number[] = [];
      const reading = (async () => {
        for await (const item of api.rows()) items.push(item);
      })();
      expect((await rejectionOf(reading, StatusError)).message).to.equal('hidden');
      expect(items).to.deep.equal([1, 2, 3]);
      await rejectionOf(readAll(api.rows()), StatusError);
    });
  });

  for (const [what, settle] of [
    ['rejects', () => Promise.reject(new Error('secret'))],
    ['does not settle within a second', () => new Promise(() => {})],
  ] as const) {
    it(`E1-errors: of both have a fixed text when an async filter ${what}`, async () => {
      const memory = memoryPair();
      await withServer(
        { ...memory, server: { errorFilter: settle } },
        async ({ server, client }) => {
          server.expose('table', table);
          const api = client.api<typeof table>('table');
          for (const fails of [() => api.find(7), () => readAll(api.rows())]) {
            const { message } = await settleWithin(
              rejectionOf(fails(), Error),
              memory.clock,
              2_000,
            );
            expect(message).to.equal('the handler failed, and so did the error filter');
          }
        },
      );
    });
  }

  it('E1-errors: a server that is closed waits for the filter of a stream', async () => {
    let settle: (error: Error) => void = () => {};
    const errorFilter = (): Promise<Error> => new Promise((resolve) => void (settle = resolve));
    await withServer({ ...memoryPair(), server: { errorFilter } }, async ({ server, client }) => {
      server.expose('table', table);
      const items = client.api<typeof table>('table').rows()[Symbol.asyncIterator]();
      for (let count = 0; count < 3; count++) await items.next();
      const last = rejectionOf(items.next(), Error);
      const closed = server.close();
      await turns(20);
      settle(new Error('hidden'));
      expect((await last).message).to.equal('hidden');
      await closed;
    });
  });
});

async function readAll(items: AsyncIterable<unknown>): Promise<void> {
  for await (const item of items) expect(item).to.be.a('number');
}

describe('a reply with an error as a hostile server writes it', () => {
  const documents: [what: string, document: Buffer][] = [
    ['no document', Buffer.alloc(0)],
    ['text', Buffer.from(serialize({ 0: 'boom' }))],
    ['more than an error takes', Buffer.from(serialize({ 0: { message: 'x'.repeat(40_000) } }))],
  ];
  for (const [what, document] of documents) {
    it(`F26 with ${what} fails its call only`, async () => {
      await withRawReply(0x534c_0001, document, async (client, answer) => {
        const error = await rejectionOf(client.call(fail, ''), ProtocolError);
        expect(error).to.include({ scope: 'call', message: 'the peer sent a malformed error' });
        const next = client.call(fail, '');
        answer(Buffer.from(serialize({ 0: { name: 'TypeError', message: 'fine' } })));
        expect((await rejectionOf(next, TypeError)).message).to.equal('fine');
      });
    });
  }

  it('S-W13 of any other type is an exception that we don’t know', async () => {
    await withRawReply(0x534c_00ff, Buffer.alloc(4), async (client) => {
      const error = await rejectionOf(client.call(fail, ''), UnknownExceptionError);
      expect(error.exceptionType).to.equal(0x534c_00ff);
    });
  });
});

/** A client whose verb fails with what is thrown anew for each call. */
function withThrowing(
  thrown: () => unknown,
  run: (client: Client, server: Server) => Promise<void>,
  options: PairOptions = {},
  registration: HandleOptions = STRUCTURED,
): Promise<void> {
  return withServer(options, async ({ server, client }) => {
    server.handle(fail, () => raise(thrown()), registration);
    server.handle(echo, (_context, value) => value);
    await run(client, server);
  });
}

/** A client whose first call gets an exception with this data, later ones those that `answer` is given. */
async function withRawReply(
  type: number,
  first: Buffer,
  run: (client: Client, answer: (document: Buffer) => void) => Promise<void>,
): Promise<void> {
  await using server = await RawServer.start();
  await withClient({ port: server.port }, async (client) => {
    const extension = encodeExtension({ version: 2 });
    const peer = await server.acceptNegotiated({ ...EXTENSION, extension });
    await client.whenReady();
    let messageId = 0n;
    const answer = (document: Buffer): void => {
      const payload = Buffer.concat([u32le(type), u32le(document.length), document]);
      peer.write(replyBytes(-++messageId, payload));
    };
    const running = run(client, answer);
    await peer.takeRequest();
    answer(first);
    await running;
  });
}

function raise(what: unknown): never {
  // Handlers throw what they like.
  throw what;
}

function ownCause(): Error {
  const error = new Error('again');
  error.cause = error;
  return error;
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function manyFields(): object {
  return Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`field${i}`, 'x']));
}
