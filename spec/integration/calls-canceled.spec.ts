import { serialize } from 'bson';
import { expect } from 'chai';

import { Deferred } from '../../lib/base/deferred.ts';
import { decodeCancel } from '../../lib/document/cancel-document.ts';
import { encodeExtension } from '../../lib/connection/handshake/extension.ts';
import {
  type CallContext,
  callContext,
  CanceledError,
  type Client,
  type ClientOptions,
  Group,
  type HandlerContext,
  listen,
  type Server,
  TimeoutError,
  verb,
} from '../../lib/index.ts';
import { isRemote, remotePeerOf } from '../../lib/errors.ts';
import { ManualClock } from '../../lib/testing.ts';
import { ProtocolError } from '../../lib/errors/errors.ts';
import { MAIN_MESSAGE_VERB } from '../../lib/call/common/main-messages.ts';
import { decodeMainMessage, encodeMainMessage } from '../../lib/wire/main-message.ts';
import type { Features } from '../../lib/wire/feature.ts';
import { type RawPeer, withRawClient } from '../support/raw-peer.ts';
import { RawServer } from '../support/raw-server.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { requestBytes } from '../support/wire-bytes.ts';
import { turns, until } from '../support/turns.ts';
import { memoryPair, withClient, withServer } from '../support/with-server.ts';

const echo = verb<(value: unknown) => unknown>(1);
const wait = verb<() => number>(2);
const note = verb<() => void>(3, { noWait: true });

/** Turns that a message takes in memory, with some to spare. */
const TRIP_TURNS = 10;

const EXTENDED = Object.freeze({
  hasTimeout: false,
  hasHandlerDuration: false,
  extension: encodeExtension({ version: 2 }),
});

describe('canceling a call that was sent', () => {
  it('X9, B2-8 the handler’s signal fires, with the caller’s reason', async () => {
    await withServer(async ({ server, client }) => {
      const handler = waiting(server);
      const abort = new AbortController();
      const call = rejectionOf(client.with({ signal: abort.signal }).call(wait), CanceledError);
      const { signal } = await handler.context;
      const why = Object.assign(new RangeError('found it elsewhere'), { at: 'the other place' });
      abort.abort(why);
      await firing(signal);
      expect(signal.reason)
        .to.be.instanceOf(CanceledError)
        .and.include({ scope: 'call', initiator: 'remote' });
      const { cause, path } = signal.reason as CanceledError;
      expect(cause)
        .to.be.instanceOf(RangeError)
        .and.include({ at: 'the other place', message: 'found it elsewhere' });
      expect(isRemote(cause)).to.equal(true);
      expect(remotePeerOf(cause)?.address).to.equal('127.0.0.1');
      expect(path).to.deep.equal([]);
      await call;
    });
  });

  it('B2-9 the caller gets its own reason back, at once', async () => {
    await withServer(async ({ server, client }) => {
      const handler = waiting(server);
      const abort = new AbortController();
      const call = client.with({ signal: abort.signal }).call(wait);
      await handler.context;
      const why = new Error('enough');
      abort.abort(why);
      const error = await rejectionOf(call, CanceledError);
      expect(error).to.include({ cause: why, initiator: 'local' });
      expect(client.stats.waitReply).to.equal(0);
    });
  });

  for (const reason of ['enough', 7, null, true]) {
    it(`X9 a reason that is no error arrives as it is: ${String(reason)}`, async () => {
      expect(await heardReason((abort) => abort.abort(reason))).to.equal(reason);
    });
  }

  it('X9 without a reason of one’s own it is the AbortError that signals have', async () => {
    expect(await heardReason((abort) => abort.abort())).to.include({
      name: 'AbortError',
      message: 'This operation was aborted',
    });
  });

  it('X9 a reason that can’t be told is none', async () => {
    expect(await heardReason((abort) => abort.abort(Symbol('secret')))).to.equal(undefined);
  });

  it('S-C6, B2-17 nothing is replied, however the handler ends', async () => {
    const memory = memoryPair();
    await withServer(memory, async ({ server, client }) => {
      server.handle(echo, (_context, value) => value);
      for (const end of [
        (handler: Waiting) => handler.finish.resolve(1),
        (handler: Waiting) => handler.finish.reject(new Error('boom')),
      ]) {
        const handler = waiting(server);
        const abort = new AbortController();
        const call = rejectionOf(client.with({ signal: abort.signal }).call(wait), CanceledError);
        const { signal } = await handler.context;
        abort.abort();
        await call;
        await firing(signal);
        const sent = server.stats.sentMessages;
        end(handler);
        await client.call(echo, 1);
        expect(server.stats.sentMessages).to.equal(sent + 1);
        expect(client.stats.unknownReplies).to.equal(0);
        await server.unhandle(wait);
      }
    });
  });

  it('S-C6 a handler that still waits for its turn is not run', async () => {
    const memory = memoryPair();
    await withServer(memory, async ({ server, client }) => {
      const group = new Group('one at a time', 1);
      const finish = new Deferred<number>();
      let ran = 0;
      const handler = (): Promise<number> => {
        ran++;
        return finish.promise;
      };
      server.handle(wait, handler, { group });
      const first = client.call(wait);
      const abort = new AbortController();
      const second = rejectionOf(client.with({ signal: abort.signal }).call(wait), CanceledError);
      await turns(TRIP_TURNS);
      abort.abort();
      await second;
      await turns(TRIP_TURNS);
      finish.resolve(1);
      expect(await first).to.equal(1);
      await server.unhandle(wait);
      expect(ran).to.equal(1);
      expect(group.running).to.equal(0);
    });
  });

  it('S-C6 a verb without reply can be canceled while its request waits to be written', async () => {
    await withRawServer({}, async (peer, client) => {
      const abort = new AbortController();
      const call = rejectionOf(client.with({ signal: abort.signal }).call(note), CanceledError);
      abort.abort('why');
      await call;
      expect((await peer.takeRequest()).verb).to.equal(3n);
      expect(await takeCancel(peer)).to.deep.equal({ messageId: 1, reason: 'why', path: [] });
    });
  });

  it('S-C6 what is written is not torn by a cancel in the middle of it', async () => {
    await withServer(async ({ server, client }) => {
      const handler = waiting(server);
      server.handle(echo, (_context, value) => value);
      const abort = new AbortController();
      const first = rejectionOf(client.with({ signal: abort.signal }).call(wait), CanceledError);
      const { signal } = await handler.context;
      const value = {
        before: 1,
        get canceling(): number {
          abort.abort('by a getter');
          return 2;
        },
      };
      expect(await client.call(echo, value)).to.deep.equal({ before: 1, canceling: 2 });
      await first;
      await firing(signal);
      expect((signal.reason as CanceledError).cause).to.equal('by a getter');
    });
  });

  it('S-C6 a call that was never sent is never heard of', async () => {
    const options = { limits: { mainBudgetBytes: 1_000 } };
    await withRawServer(options, async (peer, client) => {
      const signal = AbortSignal.abort('before');
      await rejectionOf(client.with({ signal }).call(wait), CanceledError);
      const large = rejectionOf(client.call(echo, 'x'.repeat(10_000)));
      const abort = new AbortController();
      const queued = rejectionOf(client.with({ signal: abort.signal }).call(wait), CanceledError);
      expect(client.stats.pending).to.equal(1);
      abort.abort('queued');
      await queued;
      const last = rejectionOf(client.call(echo, 'last'));
      for (const length of [10_000, 'last'.length]) {
        const { verb: number, payload } = await peer.takeRequest();
        expect(number).to.equal(1n);
        expect(payload.length).to.be.within(length, length + 50);
      }
      await client.abort();
      await Promise.all([large, last]);
    });
  });
});

describe('a call whose time is over', () => {
  it('X9 is not canceled where the server knows the time', async () => {
    const takeTimedRequest = async (peer: RawPeer): Promise<bigint> => {
      await peer.take(8);
      return (await peer.takeRequest()).verb;
    };
    const clock = new ManualClock();
    await withRawServer(
      { clock },
      async (peer, client) => {
        const call = rejectionOf(client.with({ timeoutMs: 50 }).call(wait), TimeoutError);
        expect(await takeTimedRequest(peer)).to.equal(2n);
        clock.advance(50);
        await call;
        await turns(1);
        const next = rejectionOf(client.call(echo, 1));
        expect(await takeTimedRequest(peer)).to.equal(1n);
        await client.abort();
        await next;
      },
      { hasTimeout: true },
    );
  });

  it('X9 is canceled where the server does not know it', async () => {
    const memory = memoryPair();
    const options = { ...memory, client: { sendTimeout: false, name: 'A' } };
    await withServer(options, async ({ server, client }) => {
      const handler = waiting(server);
      const call = rejectionOf(client.with({ timeoutMs: 50 }).call(wait), TimeoutError);
      const { signal } = await handler.context;
      memory.clock.advance(50);
      await call;
      await firing(signal);
      const { cause, path } = signal.reason as CanceledError;
      expect(cause).to.include({ name: 'TimeoutError', limitMs: 50 });
      expect(path).to.deep.equal(['A']);
    });
  });
});

describe('canceling where a side does not speak our extension', () => {
  for (const side of ['client', 'server'] as const) {
    it(`S-C6 the ${side}: nothing is sent, and the handler runs on`, async () => {
      const memory = memoryPair();
      const options = { ...memory, [side]: { extension: false } };
      await withServer(options, async ({ server, client }) => {
        const handler = waiting(server);
        server.handle(echo, (_context, value) => value);
        const abort = new AbortController();
        const call = rejectionOf(client.with({ signal: abort.signal }).call(wait), CanceledError);
        const { signal } = await handler.context;
        abort.abort();
        await call;
        await client.call(echo, 1);
        expect(signal.aborted).to.equal(false);
        const sent = server.stats.sentMessages;
        handler.finish.resolve(1);
        await client.call(echo, 2);
        expect(server.stats.sentMessages).to.equal(sent + 2);
      });
    });
  }

  it('S-C6, F35 a server of version 1: nothing is sent', async () => {
    const versionOne = { extension: encodeExtension({ version: 1 }) };
    const run = async (peer: RawPeer, client: Client): Promise<void> => {
      const abort = new AbortController();
      const call = rejectionOf(client.with({ signal: abort.signal }).call(wait), CanceledError);
      expect((await peer.takeRequest()).verb).to.equal(2n);
      abort.abort();
      await call;
      await turns(1);
      const next = rejectionOf(client.call(echo, 1));
      expect((await peer.takeRequest()).verb).to.equal(1n);
      await client.abort();
      await next;
    };
    await withRawServer({}, run, versionOne);
  });
});

describe('a handler’s signal', () => {
  it('B2-18 does not fire because the handler has returned or failed', async () => {
    await withServer(async ({ server, client }) => {
      const signals: AbortSignal[] = [];
      server.handle(echo, (context, value) => {
        signals.push(context.signal);
        if (value === 'fail') throw new Error('as asked');
        return value;
      });
      const abort = new AbortController();
      const view = client.with({ signal: abort.signal, timeoutMs: 60_000 });
      await view.call(echo, 'return');
      await rejectionOf(view.call(echo, 'fail'));
      abort.abort();
      await client.call(echo, 'later');
      expect(signals.map(({ aborted }) => aborted)).to.deep.equal([false, false, false]);
    });
  });

  it('B2-18 fires once, for the first of cancel and lost connection', async () => {
    await withServer(async ({ server, client }) => {
      const handler = waiting(server);
      const abort = new AbortController();
      const call = rejectionOf(client.with({ signal: abort.signal }).call(wait), CanceledError);
      const { signal } = await handler.context;
      let fired = 0;
      signal.addEventListener('abort', () => void fired++);
      abort.abort('first');
      await call;
      await firing(signal);
      await client.abort();
      await until(() => server.stats.connections === 0);
      expect(fired).to.equal(1);
      expect((signal.reason as CanceledError).cause).to.equal('first');
    });
  });
});

describe('a cancel and a reply that cross', () => {
  it('F29, B2-17 have exactly one outcome, whichever is first', async () => {
    const outcomes = new Set<string>();
    for (let delay = 0; delay <= TRIP_TURNS; delay++) {
      const memory = memoryPair();
      await withServer(memory, async ({ server, client }) => {
        server.handle(echo, (_context, value) => value);
        const abort = new AbortController();
        const call = follow(client.with({ signal: abort.signal }).call(echo, 'value'));
        await turns(delay);
        abort.abort('crossing');
        await turns(TRIP_TURNS);
        const { outcome } = call;
        if (outcome !== undefined && 'error' in outcome) {
          expect(outcome.error).to.be.instanceOf(CanceledError).and.include({ cause: 'crossing' });
          outcomes.add('canceled');
        } else {
          expect(outcome).to.deep.equal({ value: 'value' });
          outcomes.add('replied');
        }
        expect(await client.call(echo, 'alive')).to.equal('alive');
        expect(client.stats).to.include({ waitReply: 0, unknownReplies: 0 });
      });
    }
    expect([...outcomes]).to.have.members(['canceled', 'replied']);
  });

  it('F29 what the handler has left in the background is told as well', async () => {
    await withServer(async ({ server }) => {
      const background = new Deferred<unknown>();
      server.handle(wait, (context) => {
        context.background(async () => {
          await firing(context.signal);
          background.resolve(context.signal.reason);
        });
        return 1;
      });
      await withRawClient(
        server.address.port,
        async (peer) => {
          peer.write(requestBytes(2, 1n, serialize({})));
          expect((await peer.takeReply()).messageId).to.equal(1n);
          peer.write(cancelBytes(2n, 1, Buffer.from(serialize({ 0: { reason: 'late' } }))));
          const reason = await background.promise;
          expect(reason).to.be.instanceOf(CanceledError).and.include({ cause: 'late' });
        },
        EXTENDED,
      );
    });
  });
});

describe('a cancel as a hostile client writes it', () => {
  it('F29 is passed over where there is no such call', async () => {
    await withServer(async ({ server }) => {
      server.handle(wait, () => 5);
      await withRawClient(
        server.address.port,
        async (peer) => {
          for (let id = 1; id <= 50; id++) {
            peer.write(cancelBytes(BigInt(id), id * 7, Buffer.alloc(0)));
          }
          peer.write(requestBytes(2, 51n, serialize({})));
          expect((await peer.takeReply()).messageId).to.equal(51n);
        },
        EXTENDED,
      );
    });
  });

  it('X9 with a malformed reason cancels, and the reason says so', async () => {
    await withServer(async ({ server }) => {
      const handler = waiting(server);
      await withRawClient(
        server.address.port,
        async (peer) => {
          peer.write(requestBytes(2, 1n, serialize({})), cancelBytes(2n, 1, Buffer.from('boom')));
          const { signal } = await handler.context;
          await firing(signal);
          expect((signal.reason as CanceledError).cause)
            .to.be.instanceOf(ProtocolError)
            .and.include({ message: 'the peer sent a malformed reason' });
        },
        EXTENDED,
      );
    });
  });

  it('F28 without a whole message id ends the connection, and no other', async () => {
    await withServer(async ({ server, client }) => {
      server.handle(echo, (_context, value) => value);
      await withRawClient(
        server.address.port,
        async (peer) => {
          peer.write(requestBytes(MAIN_MESSAGE_VERB, 1n, Buffer.from('0801', 'hex')));
          expect(await peer.takeAll()).to.have.length(0);
        },
        EXTENDED,
      );
      expect(await client.call(echo, 'alive')).to.equal('alive');
    });
  });
});

describe('a cancel that goes through several processes', () => {
  it('X9 tells each of them where it comes from, with the first reason', async () => {
    await withChain({ name: 'A' }, { name: 'B' }, async ({ client, middle, last }) => {
      const abort = new AbortController();
      const call = rejectionOf(client.with({ signal: abort.signal }).call(wait), CanceledError);
      const inLast = await last.context;
      const inMiddle = await middle.context;
      abort.abort(new RangeError('enough'));
      expect((await call).path).to.deep.equal(['A']);
      await Promise.all([firing(inMiddle.signal), firing(inLast.signal)]);
      for (const [signal, path] of [
        [inMiddle.signal, ['A']],
        [inLast.signal, ['A', 'B']],
      ] as const) {
        const reason = signal.reason as CanceledError;
        expect(reason.path).to.deep.equal(path);
        expect(reason.cause).to.be.instanceOf(RangeError).and.include({ message: 'enough' });
      }
      const outgoing = await rejectionOf(middle.outgoing, CanceledError);
      expect(outgoing.path).to.deep.equal(['A', 'B']);
      expect(outgoing.cause).to.equal(inMiddle.signal.reason);
    });
  });

  it('X9 a process without a name is not among them', async () => {
    await withChain({}, { name: 'B' }, async ({ client, middle, last }) => {
      const abort = new AbortController();
      const call = rejectionOf(client.with({ signal: abort.signal }).call(wait), CanceledError);
      const [inMiddle, inLast] = await Promise.all([middle.context, last.context]);
      abort.abort('enough');
      expect((await call).path).to.deep.equal([]);
      await Promise.all([firing(inMiddle.signal), firing(inLast.signal)]);
      expect((inMiddle.signal.reason as CanceledError).path).to.deep.equal([]);
      expect((inLast.signal.reason as CanceledError).path).to.deep.equal(['B']);
      await rejectionOf(middle.outgoing, CanceledError);
    });
  });

  it('X9 a lost connection cancels what was called on its behalf', async () => {
    await withChain({ name: 'A' }, { name: 'B' }, async ({ client, middle, last }) => {
      const call = rejectionOf(client.call(wait));
      const inLast = await last.context;
      await client.abort('gone');
      await call;
      await firing(inLast.signal);
      const { cause, path } = inLast.signal.reason as CanceledError;
      expect(path).to.deep.equal(['B']);
      expect(cause).to.include({ name: 'ClosedError' });
      await rejectionOf(middle.outgoing, CanceledError);
    });
  });
});

describe('canceling a call of a service', () => {
  it('X9 fires the signal of its context, with reason and path', async () => {
    await withServer({ client: { name: 'A' } }, async ({ server, client }) => {
      const context = new Deferred<CallContext>();
      const service = {
        wait(): Promise<void> {
          context.resolve(callContext());
          return new Promise(() => {});
        },
      };
      server.expose('service', service);
      const abort = new AbortController();
      const api = client.api<typeof service>('service', { signal: abort.signal });
      const call = rejectionOf(api.wait(), CanceledError);
      const { signal } = await context.promise;
      abort.abort('enough');
      await firing(signal);
      expect(signal.reason)
        .to.be.instanceOf(CanceledError)
        .and.deep.include({ cause: 'enough', path: ['A'] });
      expect((await call).cause).to.equal('enough');
    });
  });
});

interface Waiting {
  /** That of the first call. */
  readonly context: Promise<HandlerContext>;
  readonly finish: Deferred<number>;
}

/** Serves a verb whose handler waits until it is told to end. */
function waiting(server: Server): Waiting {
  const context = new Deferred<HandlerContext>();
  const finish = new Deferred<number>();
  server.handle(wait, (own) => {
    context.resolve(own);
    return finish.promise;
  });
  return { context: context.promise, finish };
}

/** Resolves when the signal has fired. */
function firing(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** What a handler finds as the reason of a cancel. */
async function heardReason(cancel: (abort: AbortController) => void): Promise<unknown> {
  let heard: unknown;
  await withServer(async ({ server, client }) => {
    const handler = waiting(server);
    const abort = new AbortController();
    const call = rejectionOf(client.with({ signal: abort.signal }).call(wait), CanceledError);
    const { signal } = await handler.context;
    cancel(abort);
    await call;
    await firing(signal);
    heard = (signal.reason as CanceledError).cause;
  });
  return heard;
}

/** A main message to the server that cancels a call. */
function cancelBytes(mainMessageId: bigint, messageId: number, reason: Buffer): Buffer {
  const message = encodeMainMessage({ kind: 'call-cancel', messageId, reason });
  return requestBytes(MAIN_MESSAGE_VERB, mainMessageId, message);
}

/** The cancel that a client sends next. */
async function takeCancel(peer: RawPeer): Promise<object> {
  const { verb: number, payload } = await peer.takeRequest();
  expect(number).to.equal(MAIN_MESSAGE_VERB);
  const message = decodeMainMessage(payload);
  if (message?.kind !== 'call-cancel') throw new Error('no cancel');
  return { messageId: message.messageId, ...decodeCancel(message.reason) };
}

/** A client of a server that the test plays, and that speaks our extension but counts no time unless it is told to. */
async function withRawServer(
  options: Partial<ClientOptions>,
  run: (peer: RawPeer, client: Client) => Promise<void>,
  features: Partial<Features> = {},
): Promise<void> {
  await using server = await RawServer.start();
  await withClient({ port: server.port, ...options }, async (client) => {
    const peer = await server.acceptNegotiated({ ...EXTENDED, ...features });
    await client.whenReady();
    await run(peer, client);
  });
}

interface Chain {
  readonly client: Client;
  /** Calls the last one as long as its own caller waits. */
  readonly middle: {
    readonly context: Promise<HandlerContext>;
    readonly outgoing: Promise<number>;
  };
  readonly last: Waiting;
}

/** A client, a server whose handler calls another server, and that. */
async function withChain(
  first: Partial<ClientOptions>,
  second: Partial<ClientOptions>,
  run: (chain: Chain) => Promise<void>,
): Promise<void> {
  const server = await listen({ host: '127.0.0.1', port: 0 });
  try {
    const last = waiting(server);
    const { port } = server.address;
    await withServer({ server: second, client: first }, async ({ server: between, client }) => {
      await withClient({ port, ...second }, async (onward) => {
        const context = new Deferred<HandlerContext>();
        const outgoing = new Deferred<number>();
        between.handle(wait, (own) => {
          context.resolve(own);
          const call = onward.with({ signal: own.signal }).call(wait);
          call.then(
            (value) => outgoing.resolve(value),
            (error: unknown) => outgoing.reject(error),
          );
          return call;
        });
        const middle = { context: context.promise, outgoing: outgoing.promise };
        await run({ client, middle, last });
      });
    });
  } finally {
    await server.abort();
  }
}
