import { expect } from 'chai';

import { Deferred } from '../../lib/base/deferred.ts';
import {
  CanceledError,
  ClosedError,
  type HandlerContext,
  isRpcError,
  RemoteError,
  type RpcErrorCode,
  SerializationError,
  TimeoutError,
  UnknownVerbError,
  verb,
} from '../../lib/index.ts';
import { f64, i32, i64, optional, packed, string } from '../../lib/layout.ts';
import { MissingAuxiliaryError, MisuseError } from '../../lib/errors/errors.ts';
import { UnknownExceptionError } from '../../lib/errors.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { RawServer } from '../support/raw-server.ts';
import { replyBytes } from '../support/wire-bytes.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { turns } from '../support/turns.ts';
import { memoryPair, withClient, withServer } from '../support/with-server.ts';

const add = verb<(a: number, b: number) => number>(1);
const wait = verb<() => string>(2);
const fail = verb<() => void>(3);
const note = verb<(text: string) => void>(4, { noWait: true });
const missing = verb<(text: string) => void>(99);
const missingNoWait = verb<(text: string) => void>(98, { noWait: true });

describe('calls: verbs and handlers', () => {
  it('S-C1, test_handler_registration: a verb is served once, found, and given up', async () => {
    await withServer(async ({ server, client }) => {
      expect(server.hasHandlers).to.be.false;
      server.handle(add, (_context, a, b) => a + b);
      expect(server.hasHandlers).to.be.true;
      expect(server.hasHandler(add)).to.be.true;
      expect(server.hasHandler(wait)).to.be.false;
      expect(() => server.handle(add, () => 0)).to.throw(
        MisuseError,
        'registered handler already exists for verb 1',
      );
      expect(await client.call(add, 2, 3)).to.equal(5);

      await server.unhandle(add);
      expect(server.hasHandler(add)).to.be.false;
      await rejectionOf(client.call(add, 2, 3), UnknownVerbError);
      await server.unhandle(add);

      server.handle(add, (_context, a, b) => a * b);
      expect(await client.call(add, 2, 3)).to.equal(6);
    });
  });

  it('S-C1, test_unregister_handler: giving a verb up waits for its running calls and refuses new ones', async () => {
    await withServer(async ({ server, client }) => {
      const started = new Deferred();
      const finish = new Deferred<string>();
      server.handle(wait, () => {
        started.resolve();
        return finish.promise;
      });
      const running = client.call(wait);
      await started.promise;
      const removed = follow(server.unhandle(wait));
      await rejectionOf(client.call(wait), UnknownVerbError);
      expect(removed.outcome).to.equal(undefined);
      finish.resolve('done');
      expect(await running).to.equal('done');
      await turns(1);
      expect(removed.outcome).to.deep.equal({ value: undefined });
    });
  });

  it('S-C2 an unknown verb fails its call only, and says which it was', async () => {
    await withServer(async ({ server, client }) => {
      server.handle(add, (_context, a, b) => a + b);
      const unknown = client.call(missing, 'x');
      const known = client.call(add, 1, 2);
      const error = await rejectionOf(unknown, UnknownVerbError);
      expect(error.verb).to.equal(99n);
      expect(error.scope).to.equal('call');
      expect(await known).to.equal(3);
    });
  });

  it('S-C2 an unknown verb without reply harms nobody', async () => {
    const log = new CollectedLog();
    await withServer({ client: { logger: log } }, async ({ server, client }) => {
      server.handle(add, (_context, a, b) => a + b);
      await client.call(missingNoWait, 'x');
      expect(await client.call(add, 1, 2)).to.equal(3);
      expect(log.lines).to.have.length(1);
      expect(log.lines[0]).to.match(/^info server 127\.0\.0\.1:\d+ msg_id -1: /);
      expect(client.state).to.equal('connected');
    });
  });

  it('S-C3, test_rpc_remote_verb_error: the caller gets the exact text, nested cause included', async () => {
    await withServer(async ({ server, client }) => {
      let error: unknown;
      server.handle(fail, () => {
        throw error;
      });
      error = new Error('error');
      expect((await rejectionOf(client.call(fail), RemoteError)).message).to.equal('error');
      error = new Error('outer', { cause: new TypeError('inner') });
      expect((await rejectionOf(client.call(fail), RemoteError)).message).to.equal('outer: inner');
      error = 'no error at all';
      expect((await rejectionOf(client.call(fail), RemoteError)).message).to.equal(
        'no error at all',
      );
      expect(client.state).to.equal('connected');
    });
  });

  it('S-C3 what a handler rejects with is as what it throws', async () => {
    await withServer(async ({ server, client }) => {
      server.handle(fail, async () => {
        await turns(1);
        throw new Error('later');
      });
      expect((await rejectionOf(client.call(fail), RemoteError)).message).to.equal('later');
    });
  });

  it('S-C3 a failure in a handler without reply is logged and ignored', async () => {
    const log = new CollectedLog();
    await withServer({ server: { logger: log } }, async ({ server, client }) => {
      server.handle(add, (_context, a, b) => a + b);
      server.handle(note, () => {
        throw new Error('boom');
      });
      await client.call(note, 'x');
      const line = await log.line(/no_wait/);
      expect(line).to.match(
        /^warn client 127\.0\.0\.1:\d+ msg_id 1: exception "boom" in no_wait handler ignored$/,
      );
      expect(await client.call(add, 1, 2)).to.equal(3);
    });
  });

  it('S-C4 a call without reply resolves when it is sent, and leaves nothing pending', async () => {
    await withServer(async ({ server, client }) => {
      const blocked = new Deferred();
      const heard = new Deferred<string>();
      server.handle(note, async (_context, text) => {
        heard.resolve(text);
        await blocked.promise;
      });
      expect(await client.call(note, 'hello')).to.equal(undefined);
      expect(client.stats.waitReply).to.equal(0);
      expect(client.stats.pending).to.equal(0);
      expect(await heard.promise).to.equal('hello');
      blocked.resolve();
      server.handle(add, (_context, a, b) => a + b);
      expect(await client.call(add, 1, 1)).to.equal(2);
      expect(client.stats.replied).to.equal(1);
    });
  });

  it('S-C11 both ends of a program are client and server at once', async () => {
    await withServer(async ({ server: here, connect }) => {
      await withServer(async ({ server: there, client: toThere }) => {
        const toHere = await connect();
        here.handle(add, (_context, a, b) => a + b);
        there.handle(add, async (_context, a, b) => 10 * (await toHere.call(add, a, b)));
        expect(await toThere.call(add, 1, 2)).to.equal(30);
      });
    });
  });

  it('S-W10 replies come in whatever order the handlers end', async () => {
    await withServer(async ({ server, client }) => {
      const ends = [new Deferred<string>(), new Deferred<string>(), new Deferred<string>()];
      const waitFor = verb<(index: number) => string>(5);
      server.handle(waitFor, (_context, index) => ends[index]!.promise);
      const order: string[] = [];
      const calls = ends.map(async (_end, index) => {
        order.push(await client.call(waitFor, index));
      });
      ends[2]!.resolve('third');
      await calls[2];
      ends[0]!.resolve('first');
      await calls[0];
      ends[1]!.resolve('second');
      await calls[1];
      expect(order).to.deep.equal(['third', 'first', 'second']);
    });
  });

  it('test_rpc_tuple: a call returns several values', async () => {
    const several = verb(6, { args: packed(i32, i64), result: packed(i32, i64, string) });
    await withServer(async ({ server, client }) => {
      server.handle(several, (_context, a, b) => [a + 1, b + 1n, 'three']);
      expect(await client.call(several, 1, 2n)).to.deep.equal([2, 3n, 'three']);
    });
  });

  it('a result has none, one or several members, as declared', async () => {
    const none = verb(20, { args: packed(i32) });
    const one = verb(21, { args: packed(i32), result: packed(f64) });
    const maybe = verb(22, { args: packed(i32), result: packed(optional(string)) });
    await withServer(async ({ server, client }) => {
      server.handle(none, () => {});
      server.handle(one, (_context, a) => a / 2);
      server.handle(maybe, (_context, a) => (a > 0 ? 'some' : undefined));
      expect(await client.call(none, 1)).to.equal(undefined);
      expect(await client.call(one, 1)).to.equal(0.5);
      expect(await client.call(maybe, 1)).to.equal('some');
      expect(await client.call(maybe, 0)).to.equal(undefined);
    });
  });
});

describe('calls: what a handler learns', () => {
  it('A2-handlers, test_client_info: data attached to a connection is found by its later calls alone', async () => {
    const attach = verb<(value: number) => void>(30);
    const retrieve = verb<() => unknown>(31);
    const retrieveOptional = verb<() => boolean>(32);
    await withServer(async ({ server, client, connect }) => {
      server.handle(attach, (context, value) => context.attach('key', value));
      server.handle(retrieve, (context) => context.retrieve('key'));
      server.handle(retrieveOptional, (context) => context.retrieveOptional('key') !== undefined);
      await client.call(attach, 42);
      expect(await client.call(retrieve)).to.equal(42);
      const other = await connect();
      expect(await other.call(retrieveOptional)).to.be.false;
      expect(await client.call(retrieveOptional)).to.be.true;
    });
  });

  it('A2-handlers a handler learns the peer, the connection id and the deadline', async () => {
    await withServer(async ({ server, client }) => {
      let seen: HandlerContext | undefined;
      server.handle(wait, (context) => {
        seen = context;
        return context.peer.address;
      });
      expect(await client.with({ timeoutMs: 60_000 }).call(wait)).to.equal('127.0.0.1');
      expect(seen?.connectionId).to.equal(client.connectionId);
      expect(seen?.peer.family).to.equal('IPv4');
      expect(seen?.timeoutMs).to.be.within(59_000, 60_000);
      expect(seen?.remainingMs).to.be.within(50_000, 60_000);
      expect(seen?.principal).to.equal(undefined);
      expect(seen?.isolation).to.equal(undefined);
      expect(seen?.group).to.equal(undefined);

      await client.call(wait);
      expect(seen?.timeoutMs).to.equal(undefined);
      expect(seen?.remainingMs).to.equal(undefined);
    });
  });

  it('A2-handlers the signal fires at the deadline, and not because the handler returned', async () => {
    const memory = memoryPair();
    await withServer(memory, async ({ server, client }) => {
      const signals: AbortSignal[] = [];
      const blocked = new Deferred<string>();
      server.handle(wait, (context) => {
        signals.push(context.signal);
        return signals.length === 1 ? 'at once' : blocked.promise;
      });
      await client.with({ timeoutMs: 50 }).call(wait);
      const late = rejectionOf(client.with({ timeoutMs: 100 }).call(wait), TimeoutError);
      await turns(10);
      expect(signals).to.have.length(2);
      memory.clock.advance(99);
      expect(signals[1]?.aborted).to.be.false;
      memory.clock.advance(1);
      expect(signals[1]?.aborted).to.be.true;
      expect(signals[1]?.reason).to.be.instanceOf(TimeoutError);
      expect(signals[0]?.aborted).to.be.false;
      await late;
      blocked.resolve('too late');
    });
  });

  it('A2-handlers the signal fires when the caller’s connection is lost', async () => {
    await withServer(async ({ server, connect }) => {
      const lost = new Deferred<unknown>();
      const started = new Deferred();
      server.handle(wait, async (context) => {
        context.signal.addEventListener('abort', () => lost.resolve(context.signal.reason));
        started.resolve();
        await lost.promise;
        return 'nobody hears this';
      });
      const other = await connect();
      const call = rejectionOf(other.call(wait), ClosedError);
      await started.promise;
      await other.abort();
      await call;
      expect(await lost.promise).to.be.instanceOf(ClosedError);
    });
  });

  it('A2-handlers the signal also fires for what a handler left in the background', async () => {
    await withServer(async ({ server, connect }) => {
      const lost = new Deferred<unknown>();
      let signal: AbortSignal | undefined;
      server.handle(wait, (context) => {
        signal = context.signal;
        context.background(async () => {
          signal?.addEventListener('abort', () => lost.resolve(signal?.reason));
          await lost.promise;
        });
        context.background(async () => {});
        return 'replied';
      });
      const other = await connect();
      expect(await other.call(wait)).to.equal('replied');
      expect(signal?.aborted).to.be.false;
      await other.close();
      expect(await lost.promise).to.be.instanceOf(ClosedError);
    });
  });

  it('test_connection_id_format: a connection id prints as lower-case hex', async () => {
    await withServer(async ({ server, client }) => {
      server.handle(wait, (context) => context.connectionId.toString(16));
      expect(await client.call(wait)).to.match(/^[0-9a-f]+$/);
      expect(await client.call(wait)).to.equal(client.connectionId?.toString(16));
      // As Seastar's `make_id(0x123, 1)` prints.
      expect(((0x123n << 16n) | 1n).toString(16)).to.equal('1230001');
    });
  });
});

describe('calls: kinds of failure', () => {
  /** How to fail, by the code that tells it. */
  const failures: [code: RpcErrorCode, kind: abstract new (...args: never[]) => Error][] = [
    ['ERR_REMOTE', RemoteError],
    ['ERR_UNKNOWN_VERB', UnknownVerbError],
    ['ERR_TIMEOUT', TimeoutError],
    ['ERR_CANCELED', CanceledError],
    ['ERR_SERIALIZATION', SerializationError],
    ['ERR_CLOSED', ClosedError],
  ];

  it('S-C8 each kind has a class and a code of its own', async () => {
    const memory = memoryPair();
    await withServer(memory, async ({ server, client }) => {
      server.handle(fail, () => {
        throw new Error('boom');
      });
      server.handle(wait, () => new Promise(() => {}));
      const abort = new AbortController();
      const unsendable = verb<(value: unknown) => void>(50);
      const pending = [
        client.call(fail),
        client.call(missing, ''),
        client.with({ timeoutMs: 10 }).call(wait),
        client.with({ signal: abort.signal }).call(wait),
        client.call(unsendable, () => {}),
      ].map((call) => rejectionOf(call));
      await turns(10);
      memory.clock.advance(10);
      abort.abort('enough');
      const errors = await Promise.all(pending);
      const closed = rejectionOf(client.call(wait));
      await client.close();
      errors.push(await closed);
      for (const [index, [code, kind]] of failures.entries()) {
        expect(errors[index], code).to.be.instanceOf(kind);
        expect(errors[index]?.code).to.equal(code);
        expect(errors[index]?.name).to.equal(kind.name);
        expect(isRpcError(errors[index])).to.be.true;
      }
      expect(errors[3]?.cause).to.equal('enough');
    });
  });

  it('S-C8 an exception of a type that is not known is told as that', async () => {
    await using server = await RawServer.start();
    await withClient({ port: server.port }, async (client) => {
      const peer = await server.acceptNegotiated();
      const call = rejectionOf(client.call(wait), UnknownExceptionError);
      const { messageId } = await peer.takeRequest();
      peer.write(replyBytes(-messageId, Buffer.from('0700000000000000', 'hex')));
      expect((await call).exceptionType).to.equal(7);
      expect(client.state).to.equal('connected');
    });
  });

  it('test_retrieve_missing_auxiliary_wait_handler: the call fails and its connection is aborted', async () => {
    await withServer(async ({ server, client, connect }) => {
      const thrown = new Deferred<unknown>();
      server.handle(wait, (context) => {
        try {
          return String(context.retrieve('nothing here'));
        } catch (error) {
          thrown.resolve(error);
          throw error;
        }
      });
      await rejectionOf(client.call(wait), ClosedError);
      expect(await thrown.promise).to.be.instanceOf(MissingAuxiliaryError);
      server.handle(add, (_context, a, b) => a + b);
      const other = await connect();
      expect(await other.call(add, 1, 2), 'the server lives on').to.equal(3);
    });
  });

  it('test_retrieve_missing_auxiliary_no_wait_handler: so it is in a handler without reply', async () => {
    await withServer(async ({ server, client, connect }) => {
      server.handle(note, (context) => void context.retrieve('nothing here'));
      server.handle(wait, () => new Promise(() => {}));
      const pending = rejectionOf(client.call(wait), ClosedError);
      await client.call(note, 'x');
      await pending;
      server.handle(add, (_context, a, b) => a + b);
      const other = await connect();
      expect(await other.call(add, 1, 2), 'the server lives on').to.equal(3);
    });
  });

  it('test_retrieve_missing_auxiliary_standalone: outside of the call it throws all the same', async () => {
    await withServer(async ({ server, client }) => {
      let kept: HandlerContext | undefined;
      server.handle(wait, (context) => {
        kept = context;
        return 'kept';
      });
      await client.call(wait);
      expect(() => kept?.retrieve('nothing here')).to.throw(MissingAuxiliaryError, 'nothing here');
      await rejectionOf(client.call(wait), ClosedError);
    });
  });
});
