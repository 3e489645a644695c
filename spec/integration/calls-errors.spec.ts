import { expect } from 'chai';

import { array, i32, packed, raw, string } from '../../lib/layout.ts';
import {
  type Client,
  ClosedError,
  RemoteError,
  seastar,
  SerializationError,
  type Server,
  verb,
} from '../../lib/index.ts';
import { ProtocolError } from '../../lib/errors/errors.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { type RawPeer, withRawClient } from '../support/raw-peer.ts';
import { RawServer } from '../support/raw-server.ts';
import {
  replyBytes,
  requestBytes,
  userException,
  userExceptionText,
} from '../support/wire-bytes.ts';
import { rejectionOf } from '../support/rejection.ts';
import { turns } from '../support/turns.ts';
import { withClient, withServer } from '../support/with-server.ts';

const echo = verb<(value: unknown) => unknown>(1);
const fail = verb<() => unknown>(2);
const bytes = verb(3, { args: raw, result: raw });
const numbers = verb(4, { args: packed(i32, array(string)), result: packed(i32) });
const numbersNoWait = verb(5, { args: packed(i32), noWait: true });

const I64_MIN = -(2n ** 63n);

describe('what a handler throws', () => {
  const throwing: [what: string, run: () => unknown, text: string | RegExp][] = [
    ['an error', () => raise(new Error('boom')), 'boom'],
    ['a rejection', () => Promise.reject(new Error('boom')), 'boom'],
    ['a string', () => raise('plain'), 'plain'],
    ['nothing', () => raise(undefined), 'undefined'],
    ['null', () => raise(null), 'null'],
    ['a rejection without a reason', async () => raise(undefined), 'undefined'],
    ['an object', () => raise({ code: 7 }), '[object Object]'],
    ['a symbol', () => raise(Symbol('s')), 'Symbol(s)'],
    ['an error that is its own cause', () => raise(cyclic()), /^again(: again)+$/],
    ['a huge message', () => raise(new Error('x'.repeat(10_000_000))), /^x{8,}…$/],
    [
      'a message with every control character',
      () => raise(new Error('a\0\n\u2028b')),
      'a\0\n\u2028b',
    ],
    ['an error with a throwing message', () => raise(hostile('message')), /no text/],
    ['a revoked proxy', () => raise(revoked()), /no text/],
    ['a thenable that throws', () => thenable(() => raise(new Error('boom'))), 'boom'],
    ['a thenable whose then can’t be read', () => hostile('then'), 'no'],
    ['a thenable that settles twice', () => settlingTwice(), 'first'],
    ['a result that can’t be sent', () => ({ deep: [() => {}] }), /deep/],
    ['a result that throws when it is read', () => ({ deep: hostile('then') }), /./],
    ['a result that contains itself', () => selfContaining(), /./],
  ];
  for (const [what, run, text] of throwing) {
    it(`F25 ${what} becomes one bounded error, and the connection lives on`, async () => {
      await withServer(async ({ server, client }) => {
        server.handle(fail, run);
        const { message } = await rejectionOf(client.call(fail), RemoteError);
        if (typeof text === 'string') expect(message).to.equal(text);
        else expect(message).to.match(text);
        expect(Buffer.byteLength(message)).to.be.at.most(8_192);
        expect(message, 'never a stack').not.to.match(/\n\s+at /);
        await expectAlive(server, client);
      });
    });
  }

  it('F25, E1-errors: a filter may rewrite the text, and one that fails does no harm', async () => {
    const errorText = (error: unknown): string => {
      if ((error as Error).message === 'secret') return 'hidden';
      throw new Error('the filter fails');
    };
    await withServer({ server: { errorText } }, async ({ server, client }) => {
      server.handle(fail, () => raise(new Error('secret')));
      expect((await rejectionOf(client.call(fail), RemoteError)).message).to.equal('hidden');
      await server.unhandle(fail);
      server.handle(fail, () => raise(new Error('other')));
      expect((await rejectionOf(client.call(fail), RemoteError)).message).to.equal(
        'the handler failed, and so did the error filter',
      );
      await expectAlive(server, client);
    });
  });

  it('F25 a thenable that never settles holds its own call only', async () => {
    await withServer(async ({ server, client }) => {
      server.handle(fail, () => thenable(() => {}));
      const call = rejectionOf(client.call(fail), ClosedError);
      await expectAlive(server, client);
      await client.abort();
      await call;
    });
  });
});

describe('what does not decode', () => {
  it('F26 arguments that do not decode get an error reply, and the connection lives on', async () => {
    const log = new CollectedLog();
    await withServer({ server: { logger: log } }, async ({ server }) => {
      let ran = 0;
      server.handle(numbers, () => ++ran);
      await withRawClient(server.address.port, async (peer) => {
        const damaged = [
          '',
          '01',
          '01000000',
          '01000000 ffffffff',
          '01000000 01000000 05000000 41',
        ];
        for (const [index, payload] of damaged.entries()) {
          const id = BigInt(index + 1);
          peer.write(requestBytes(4, id, Buffer.from(payload.replaceAll(' ', ''), 'hex')));
          const reply = await peer.takeReply();
          expect(reply.messageId).to.equal(-id);
          expect(userExceptionText(reply.payload)).not.to.equal('');
        }
        peer.write(requestBytes(4, 9n, Buffer.from('0100000000000000', 'hex')));
        expect((await peer.takeReply()).messageId).to.equal(9n);
      });
      expect(ran).to.equal(1);
      expect(log.lines[0]).to.match(
        /^warn client 127\.0\.0\.1:\d+ msg_id 1: caught exception while processing a message: .+, verb 4$/,
      );
    });
  });

  it('F26 with the seastar preset they get silence, as from Seastar', async () => {
    await withServer({ server: seastar.server }, async ({ server }) => {
      server.handle(numbers, () => 7);
      await withRawClient(server.address.port, async (peer) => {
        peer.write(requestBytes(4, 1n, Buffer.alloc(2)));
        peer.write(requestBytes(4, 2n, Buffer.alloc(8)));
        expect((await peer.takeReply()).messageId).to.equal(2n);
      });
    });
  });

  it('F26 arguments of a verb without reply that do not decode are logged', async () => {
    const log = new CollectedLog();
    await withServer({ server: { logger: log } }, async ({ server }) => {
      server.handle(numbersNoWait, () => {});
      server.handle(bytes, (_context, payload) => payload);
      await withRawClient(server.address.port, async (peer) => {
        peer.write(requestBytes(5, 1n, Buffer.alloc(2)), requestBytes(3, 2n, Buffer.from('x')));
        expect((await peer.takeReply()).messageId).to.equal(2n);
      });
      expect(log.lines).to.have.length(1);
    });
  });

  it('F26 arguments that do not fit fail the call before anything is sent', async () => {
    await withServer(async ({ server, client }) => {
      const wrong = verb<(value: unknown) => void>(4);
      const call = client.call({ ...wrong, args: numbers.args }, 'no number');
      const error = await rejectionOf(call, SerializationError);
      expect(error.initiator).to.equal('local');
      expect(error.path).not.to.equal('');
      expect(client.stats.sentMessages).to.equal(1);
      await expectAlive(server, client);
    });
  });

  it('F26 a reply that does not decode fails its call only', async () => {
    await withRawServer(async (peer, client) => {
      const damaged = client.call(numbers, 1, []);
      const sound = client.call(numbers, 2, []);
      await peer.takeRequest();
      await peer.takeRequest();
      peer.write(replyBytes(1n, Buffer.alloc(2)), replyBytes(2n, Buffer.from('2a000000', 'hex')));
      const error = await rejectionOf(damaged, SerializationError);
      expect(error.initiator).to.equal('remote');
      expect(await sound).to.equal(42);
      expect(client.state).to.equal('connected');
    });
  });

  for (const [what, payload] of [
    ['nothing', ''],
    ['a type alone', '00000000'],
    ['a length beyond its end', '00000000 05000000 41'],
    ['an unknown verb of 4 bytes', '01000000 04000000 01000000'],
  ] as const) {
    it(`F26 an exception that holds ${what} fails its call only`, async () => {
      await withRawServer(async (peer, client) => {
        const call = rejectionOf(client.call(bytes, Buffer.of(1)), ProtocolError);
        await peer.takeRequest();
        peer.write(replyBytes(-1n, Buffer.from(payload.replaceAll(' ', ''), 'hex')));
        expect((await call).scope).to.equal('call');
        const next = client.call(bytes, Buffer.of(2));
        await peer.takeRequest();
        peer.write(replyBytes(2n, Buffer.from('fine')));
        expect(Buffer.from(await next).toString()).to.equal('fine');
      });
    });
  }
});

describe('replies that nobody waits for', () => {
  for (const [what, id] of [
    ['an id that was never sent', 77n],
    ['id 0', 0n],
    ['the smallest id there is', I64_MIN],
    ['the largest id there is', 2n ** 63n - 1n],
    ['an exception for an id that was never sent', -77n],
  ] as const) {
    it(`F27 a reply to ${what} is counted and dropped`, async () => {
      const log = new CollectedLog();
      await withRawServer(async (peer, client) => {
        client.logger = log;
        const call = client.call(bytes, Buffer.of(1));
        await peer.takeRequest();
        peer.write(replyBytes(id, userException('x')), replyBytes(1n, Buffer.from('fine')));
        expect(Buffer.from(await call).toString()).to.equal('fine');
        expect(client.stats.unknownReplies).to.equal(1);
        expect(log.lines).to.have.length(1);
        expect(log.lines[0]).to.match(/^warn server 127\.0\.0\.1:\d+ msg_id -?\d+(e\+18)?: /);
        expect(client.state).to.equal('connected');
      });
    });
  }

  it('F27 of two replies to one call the first counts', async () => {
    await withRawServer(async (peer, client) => {
      const call = client.call(bytes, Buffer.of(1));
      await peer.takeRequest();
      peer.write(replyBytes(1n, Buffer.from('first')), replyBytes(1n, Buffer.from('second')));
      peer.write(replyBytes(-1n, userException('third')));
      expect(Buffer.from(await call).toString()).to.equal('first');
      const next = client.call(bytes, Buffer.of(2));
      await peer.takeRequest();
      peer.write(replyBytes(2n, Buffer.from('next')));
      expect(Buffer.from(await next).toString()).to.equal('next');
      expect(client.stats.replied).to.equal(2);
      expect(client.stats.exceptionReceived).to.equal(0);
    });
  });

  it('F27 a reply to a call that is still to be made is counted and dropped', async () => {
    await withRawServer(async (peer, client) => {
      peer.write(replyBytes(1n, Buffer.from('too early')));
      await turns(20);
      const call = client.call(bytes, Buffer.of(1));
      await peer.takeRequest();
      peer.write(replyBytes(1n, Buffer.from('in time')));
      expect(Buffer.from(await call).toString()).to.equal('in time');
      expect(client.stats.unknownReplies).to.equal(1);
    });
  });

  it('F27 a reply to a call without reply is dropped', async () => {
    await withRawServer(async (peer, client) => {
      await client.call(numbersNoWait, 1);
      await peer.takeRequest();
      peer.write(replyBytes(1n, Buffer.alloc(0)), replyBytes(-1n, userException('x')));
      const call = client.call(bytes, Buffer.of(1));
      await peer.takeRequest();
      peer.write(replyBytes(2n, Buffer.from('fine')));
      expect(Buffer.from(await call).toString()).to.equal('fine');
    });
  });
});

describe('message ids of requests', () => {
  for (const [what, ids] of [
    ['a repeated id', [1n, 1n]],
    ['a falling id', [5n, 4n]],
    ['id 0', [0n]],
    ['a negative id', [-1n]],
    ['the smallest id there is', [I64_MIN]],
    ['an id above what a number holds', [2n ** 53n]],
  ] as const) {
    it(`F28 ${what} is a violation that ends the connection, and no other`, async () => {
      const log = new CollectedLog();
      await withServer({ server: { logger: log } }, async ({ server, client }) => {
        const heard: number[] = [];
        server.handle(bytes, (_context, payload) => {
          heard.push(payload.length);
          return payload;
        });
        await withRawClient(server.address.port, async (peer) => {
          for (const id of ids) peer.write(requestBytes(3, id, Buffer.alloc(1)));
          await peer.takeAll();
        });
        expect(heard.length, 'what was violating never ran').to.equal(ids.length - 1);
        expect(await log.line(/ids must rise/)).to.match(/^warn client 127\.0\.0\.1:\d+: /);
        expect(await client.call(bytes, Buffer.of(1))).to.have.length(1);
      });
    });
  }

  it('F28 ids may skip', async () => {
    await withServer(async ({ server }) => {
      server.handle(bytes, (_context, payload) => payload);
      await withRawClient(server.address.port, async (peer) => {
        for (const id of [1n, 7n, 2n ** 53n - 1n]) {
          peer.write(requestBytes(3, id, Buffer.alloc(1)));
          expect((await peer.takeReply()).messageId).to.equal(id);
        }
      });
    });
  });

  it('F28 with the seastar preset any id is answered, as by Seastar', async () => {
    await withServer({ server: seastar.server }, async ({ server }) => {
      server.handle(bytes, (_context, payload) => {
        if (payload[0] === 1) throw new Error('boom');
        return payload;
      });
      await withRawClient(server.address.port, async (peer) => {
        for (const id of [0n, -5n, 3n, 3n]) {
          peer.write(requestBytes(3, id, Buffer.of(0)));
          expect((await peer.takeReply()).messageId).to.equal(id);
        }
        peer.write(requestBytes(3, -6n, Buffer.of(1)));
        expect((await peer.takeReply()).messageId).to.equal(6n);
      });
    });
  });
});

/** Runs a test with a connected client, whose server the test plays. */
async function withRawServer(run: (peer: RawPeer, client: Client) => Promise<void>): Promise<void> {
  await using server = await RawServer.start();
  await withClient({ port: server.port }, async (client) => {
    const peer = await server.acceptNegotiated();
    await client.whenReady();
    await run(peer, client);
  });
}

async function expectAlive(server: Server, client: Client): Promise<void> {
  if (!server.hasHandler(echo)) server.handle(echo, (_context, value) => value);
  expect(await client.call(echo, 'alive')).to.equal('alive');
}

function raise(what: unknown): never {
  // Handlers throw what they like.
  throw what;
}

function cyclic(): Error {
  const error = new Error('again');
  error.cause = error;
  return error;
}

/** An error that can't be looked at: reading the property throws. */
function hostile(property: string): Error {
  return Object.defineProperty(new Error('boom'), property, { get: () => raise(new Error('no')) });
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

type Settle = (outcome: unknown) => void;

/** What `await` takes for a promise. */
function thenable(then: (resolve: Settle, reject: Settle) => void): object {
  // oxlint-disable-next-line unicorn/no-thenable -- that is what it is
  return { then };
}

function settlingTwice(): object {
  return thenable((resolve, reject) => {
    reject(new Error('first'));
    resolve('second');
    throw new Error('third');
  });
}

function selfContaining(): object {
  const value: { self?: object } = {};
  value.self = value;
  return value;
}
