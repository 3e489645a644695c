import { expect } from 'chai';

import { Deferred } from '../../lib/base/deferred.ts';
import {
  CanceledError,
  type Client,
  ClosedError,
  MessageTooLargeError,
  OptionError,
  RefusedError,
  RemoteError,
  seastar,
  type Server,
  UnknownVerbError,
  verb,
} from '../../lib/index.ts';
import { packed, raw, string } from '../../lib/layout.ts';
import { encodeNegotiation } from '../../lib/wire/negotiation-frame.ts';
import { NO_FEATURES, RawPeer, withRawClient } from '../support/raw-peer.ts';
import { RawServer } from '../support/raw-server.ts';
import { replyBytes, requestBytes, userExceptionText } from '../support/wire-bytes.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { SocketRecorder } from '../support/socket-recorder.ts';
import { turns, until } from '../support/turns.ts';
import { memoryPair, withClient, withListening, withServer } from '../support/with-server.ts';

/** The length of its argument, which is the whole payload. */
const size = verb(2, { args: raw, result: raw });
/** As many bytes as asked for. */
const make = verb(3, { args: raw, result: raw });
const hold = verb(4, { args: raw, result: raw });
const fail = verb<(length: number) => void>(6);
/** Nobody serves it. */
const absent = verb(7, { args: raw, result: raw });
/** One verb, whose arguments are text at the server and any bytes at the client. */
const text = verb(8, { args: packed(string), result: raw });
const illegible = verb(8, { args: raw, result: raw });

const LIMIT = 1_000;
const AROUND = [LIMIT - 1, LIMIT, LIMIT + 1];
const SETTLE_TURNS = 40;

/** Many more bad calls than there are places. */
const BAD_CALLS = 60;
/** The memory is for little more than one request, and whoever finds none is refused soon. */
const SCARCE = { maxInFlight: 3, maxMemoryBytes: LIMIT, memoryWaitMs: 1 };
const HALF = Buffer.alloc(LIMIT / 2, 0xff);

describe('limits: requests', () => {
  for (const length of AROUND) {
    it(`E2 maxRequestBytes: a client with a limit of ${LIMIT} ${length > LIMIT ? 'refuses' : 'sends'} ${length} bytes`, async () => {
      await withServer({ client: { limits: { maxRequestBytes: LIMIT } } }, async (pair) => {
        serve(pair.server);
        const call = pair.client.call(size, Buffer.alloc(length));
        if (length <= LIMIT) expect(lengthIn(await call)).to.equal(length);
        else {
          const error = await rejectionOf(call, MessageTooLargeError);
          expect(error).to.include({ actualBytes: length, limitBytes: LIMIT });
          expect(error).to.include({ option: 'maxRequestBytes', initiator: 'local' });
        }
        await expectAlive(pair.client);
        expect(pair.client.stats.sentMessages, 'the negotiation, and what was allowed').to.equal(
          length <= LIMIT ? 3 : 2,
        );
      });
    });

    it(`E2, F9 maxRequestBytes: a server with a limit of ${LIMIT} ${length > LIMIT ? 'refuses' : 'takes'} ${length} bytes and lives on`, async () => {
      await withServer({ server: { limits: { maxRequestBytes: LIMIT } } }, async (pair) => {
        const heard = serve(pair.server);
        const call = pair.client.call(size, Buffer.alloc(length));
        if (length <= LIMIT) expect(lengthIn(await call)).to.equal(length);
        else {
          expect((await rejectionOf(call, RemoteError)).message).to.equal(
            `a message of ${length} bytes is above the limit of ${LIMIT} bytes (maxRequestBytes)`,
          );
          expect(heard).to.deep.equal([]);
        }
        await expectAlive(pair.client);
      });
    });

    it(`E2, F9 maxSkipBytes: a refused request of ${length} bytes ${length > LIMIT ? 'ends its connection' : 'is skipped'} at a limit of ${LIMIT}`, async () => {
      const limits = { maxRequestBytes: 10, maxSkipBytes: LIMIT };
      await withServer({ server: { limits } }, async (pair) => {
        serve(pair.server);
        const error = await rejectionOf(pair.client.call(size, Buffer.alloc(length)));
        expect(error, 'the error is read even when the connection ends').to.be.instanceOf(
          RemoteError,
        );
        if (length <= LIMIT) await expectAlive(pair.client);
        else await rejectionOf(pair.client.call(size, Buffer.alloc(1)), ClosedError);
      });
    });
  }

  it('F9 an oversized request is answered from its header, before its payload comes', async () => {
    await withServer({ server: { limits: { maxRequestBytes: LIMIT } } }, async ({ server }) => {
      serve(server);
      await withRawClient(server.address.port, async (peer) => {
        const request = requestBytes(2, 1n, Buffer.alloc(LIMIT + 1));
        peer.write(request.subarray(0, 20));
        const refused = await peer.takeReply();
        expect(refused.messageId).to.equal(-1n);
        expect(userExceptionText(refused.payload)).to.contain('maxRequestBytes');
        for (let at = 20; at < request.length; at += 100)
          peer.write(request.subarray(at, at + 100));
        peer.write(requestBytes(2, 2n, Buffer.alloc(7)));
        const reply = await peer.takeReply();
        expect(reply.messageId).to.equal(2n);
        expect(lengthIn(reply.payload)).to.equal(7);
      });
    });
  });

  it('F9 a length of 4 GiB ends the connection with the error, and nothing is allocated for it', async () => {
    await withServer(async ({ server, client }) => {
      serve(server);
      await withRawClient(server.address.port, async (peer) => {
        const before = process.memoryUsage().arrayBuffers;
        const header = requestBytes(2, 1n, Buffer.alloc(0));
        header.writeUInt32LE(0xffff_ffff, 16);
        peer.write(header);
        const refused = await peer.takeReply();
        expect(userExceptionText(refused.payload)).to.contain('4294967295 bytes');
        expect(await peer.takeAll()).to.have.length(0);
        expect(process.memoryUsage().arrayBuffers - before).to.be.below(16 * 1024 * 1024);
      });
      await expectAlive(client);
    });
  });
});

describe('limits: replies', () => {
  for (const length of AROUND) {
    it(`E2 maxReplyBytes: a server with a limit of ${LIMIT} ${length > LIMIT ? 'fails the call instead of sending' : 'sends'} ${length} bytes`, async () => {
      await withServer({ server: { limits: { maxReplyBytes: LIMIT } } }, async (pair) => {
        serve(pair.server);
        const call = pair.client.call(make, lengthAs(length));
        if (length <= LIMIT) expect(await call).to.have.length(length);
        else {
          expect((await rejectionOf(call, RemoteError)).message).to.equal(
            `a message of ${length} bytes is above the limit of ${LIMIT} bytes (maxReplyBytes)`,
          );
        }
        await expectAlive(pair.client);
      });
    });

    it(`E2, F9 maxReplyBytes: a client with a limit of ${LIMIT} ${length > LIMIT ? 'refuses' : 'takes'} ${length} bytes and lives on`, async () => {
      await withServer({ client: { limits: { maxReplyBytes: LIMIT } } }, async (pair) => {
        serve(pair.server);
        const call = pair.client.call(make, lengthAs(length));
        if (length <= LIMIT) expect(await call).to.have.length(length);
        else {
          const error = await rejectionOf(call, MessageTooLargeError);
          expect(error).to.include({ actualBytes: length, limitBytes: LIMIT, scope: 'call' });
          expect(error).to.include({ option: 'maxReplyBytes', initiator: 'remote' });
        }
        await expectAlive(pair.client);
      });
    });

    it(`E2, F9 maxSkipBytes: a refused reply of ${length} bytes ${length > LIMIT ? 'ends its connection' : 'is skipped'} at a limit of ${LIMIT}`, async () => {
      const limits = { maxReplyBytes: 10, maxSkipBytes: LIMIT };
      await withServer({ client: { limits } }, async (pair) => {
        serve(pair.server);
        const call = pair.client.call(make, lengthAs(length));
        await rejectionOf(call, MessageTooLargeError);
        if (length <= LIMIT) await expectAlive(pair.client);
        else {
          await rejectionOf(pair.client.call(size, Buffer.of(1)), MessageTooLargeError);
          expect(pair.client.state).to.equal('closed');
        }
      });
    });
  }

  it('F9 an oversized reply fails its call from its header, before its payload comes', async () => {
    await using server = await RawServer.start();
    await withClient({ port: server.port, limits: { maxReplyBytes: LIMIT } }, async (client) => {
      const peer = await server.acceptNegotiated();
      const calls = [client.call(size, Buffer.of(1)), client.call(size, Buffer.of(2))];
      for (const _call of calls) await peer.takeRequest();
      const reply = replyBytes(1n, Buffer.alloc(LIMIT + 1));
      peer.write(reply.subarray(0, 12));
      await rejectionOf(calls[0]!, MessageTooLargeError);
      peer.write(reply.subarray(12), replyBytes(2n, Buffer.from('fine')));
      expect(Buffer.from(await calls[1]!).toString()).to.equal('fine');
    });
  });

  it('F9 an oversized reply that nobody waits for is skipped as well', async () => {
    await using server = await RawServer.start();
    await withClient({ port: server.port, limits: { maxReplyBytes: LIMIT } }, async (client) => {
      const peer = await server.acceptNegotiated();
      const call = client.call(size, Buffer.of(1));
      await peer.takeRequest();
      peer.write(replyBytes(77n, Buffer.alloc(2 * LIMIT)), replyBytes(1n, Buffer.from('fine')));
      expect(Buffer.from(await call).toString()).to.equal('fine');
    });
  });
});

describe('limits: memory and concurrency', () => {
  for (const cost of AROUND) {
    it(`E2, A2-limits, test_message_to_big: a request that costs ${cost} ${cost > LIMIT ? 'is refused' : 'runs'} at a limit of ${LIMIT}`, async () => {
      const resources = { basicRequestBytes: 100, bloatFactor: 0.5, maxMemoryBytes: LIMIT };
      await withServer({ server: { resources } }, async ({ server, client }) => {
        const heard = serve(server);
        const length = (cost - 100) * 2;
        const call = client.call(size, Buffer.alloc(length));
        if (cost <= LIMIT) expect(lengthIn(await call)).to.equal(length);
        else {
          expect((await rejectionOf(call, RemoteError)).message).to.equal(
            `request size ${cost} larger than memory limit ${LIMIT}, verb 2`,
          );
          expect(heard).to.deep.equal([]);
        }
        await expectAlive(client);
      });
    });
  }

  it('F24 requests wait for memory, nothing more is read meanwhile, and it recovers', async () => {
    const resources = { maxMemoryBytes: LIMIT, memoryWaitMs: Infinity };
    await withServer({ server: { resources } }, async ({ server, client, connect }) => {
      const holding = holdCalls(server);
      const other = await connect();
      const calls = [
        client.call(hold, Buffer.alloc(600)),
        client.call(hold, Buffer.alloc(600)),
        client.call(hold, Buffer.alloc(100)),
        other.call(hold, Buffer.alloc(500)),
      ];
      await holding.atLeast(1);
      await turns(SETTLE_TURNS);
      expect(holding.lengths, 'nobody overtakes within a connection').to.deep.equal([600]);
      holding.finish();
      await Promise.all(calls);
      expect(holding.lengths.toSorted((a, b) => a - b)).to.deep.equal([100, 500, 600, 600]);
      for (let count = 0; count < 3; count++) await client.call(hold, Buffer.alloc(LIMIT));
    });
  });

  it('F24 requests that wait too long for memory are refused, and it recovers', async () => {
    const memory = memoryPair();
    const resources = { maxMemoryBytes: LIMIT, memoryWaitMs: 500 };
    await withServer({ ...memory, server: { resources } }, async ({ server, client }) => {
      const holding = holdCalls(server);
      serve(server);
      const first = client.call(hold, Buffer.alloc(LIMIT));
      const second = client.call(size, Buffer.alloc(10));
      const followed = follow(second);
      await turns(SETTLE_TURNS);
      memory.clock.advance(499);
      await turns(SETTLE_TURNS);
      expect(followed.outcome).to.equal(undefined);
      memory.clock.advance(1);
      const refusal = await rejectionOf(second, RefusedError);
      expect(refusal.message).to.equal(
        `no memory for a request of 10 within 500 ms (memoryWaitMs): requests take ${LIMIT} of ${LIMIT} bytes (maxMemoryBytes)`,
      );
      expect(refusal).to.include({ initiator: 'remote', retryable: true });
      holding.finish();
      await first;
      await expectAlive(client);
    });
  });

  it('F24 a client that leaves while its request waits gives nothing back that it did not have', async () => {
    const resources = { maxMemoryBytes: LIMIT, memoryWaitMs: Infinity };
    await withServer({ server: { resources } }, async ({ server, client, connect }) => {
      const holding = holdCalls(server);
      const first = client.call(hold, Buffer.alloc(LIMIT));
      await holding.atLeast(1);
      const other = await connect();
      const waiting = rejectionOf(other.call(hold, Buffer.alloc(LIMIT)), ClosedError);
      await turns(SETTLE_TURNS);
      await other.abort();
      await waiting;
      holding.finish();
      await first;
      const again = await connect();
      await Promise.all([
        again.call(hold, Buffer.alloc(LIMIT)),
        client.call(hold, Buffer.alloc(LIMIT)),
      ]);
    });
  });

  it('F24 what was announced and has not come costs nobody anything, and what has is given back when its client leaves', async () => {
    const resources = { maxMemoryBytes: LIMIT, memoryWaitMs: Infinity };
    await withServer({ server: { resources } }, async ({ server, client }) => {
      serve(server);
      const peer = await RawPeer.connect(server.address.port);
      peer.write(requestBytes(2, 1n, Buffer.alloc(LIMIT)).subarray(0, 520));
      await turns(SETTLE_TURNS);
      await client.call(size, Buffer.alloc(1));
      const call = follow(client.call(size, Buffer.alloc(LIMIT)));
      await turns(SETTLE_TURNS);
      expect(call.outcome, 'the other has a half of the memory').to.equal(undefined);
      await peer.destroy();
      await expectAlive(client);
      expect(call.outcome).to.have.property('value');
    });
  });

  for (const count of [2, 3, 4]) {
    it(`E2 maxInFlight: of ${count} calls at a limit of 3, ${Math.min(count, 3)} run at a time`, async () => {
      await withServer({ server: { resources: { maxInFlight: 3 } } }, async (pair) => {
        const holding = holdCalls(pair.server);
        const calls = Array.from({ length: count }, () => pair.client.call(hold, Buffer.of(1)));
        await holding.atLeast(Math.min(count, 3));
        await turns(SETTLE_TURNS);
        expect(holding.lengths).to.have.length(Math.min(count, 3));
        holding.finish();
        await Promise.all(calls);
        expect(holding.lengths).to.have.length(count);
      });
    });

    it(`E2 maxQueuedCalls: of ${count} calls at a limit of 3, ${count > 3 ? 'the last is refused' : 'all wait'}`, async () => {
      const memory = memoryPair({ faults: () => ({ connectDelayMs: 10 }) });
      const options = { ...memory, client: { maxQueuedCalls: 3 } };
      await withListening(options, async (server, start) => {
        serve(server);
        const client = start();
        const calls = Array.from({ length: count }, () => client.call(size, Buffer.of(1)));
        if (count > 3) {
          const error = await rejectionOf(calls.pop()!, RefusedError);
          expect(error.message).to.contain('maxQueuedCalls');
          expect(error.retryable).to.be.true;
        }
        expect(client.stats.pending).to.equal(Math.min(count, 3));
        await turns(1);
        memory.clock.advance(10);
        await Promise.all(calls);
        await expectAlive(client);
      });
    });
  }

  it('F24 a client that takes no replies gets no more requests read', async () => {
    const both = { limits: { mainBudgetBytes: 10_000 } };
    const memory = memoryPair({ bufferBytes: 1_024 });
    await withServer({ ...memory, server: both }, async ({ server }) => {
      let served = 0;
      server.handle(make, (_context, asked) => {
        served++;
        return Buffer.alloc(lengthIn(asked));
      });
      const endpoint = { host: '127.0.0.1', port: server.address.port };
      const socket = await memory.both.network.dial(
        { ...endpoint, noDelay: true, keepAliveDelayMs: 0 },
        {},
      );
      const recorder = new SocketRecorder(socket);
      socket.write([encodeNegotiation(NO_FEATURES)]);
      await recorder.received(12);
      socket.pause();
      for (let id = 1n; id <= 100n; id++) socket.write([requestBytes(3, id, lengthAs(1_000))]);
      await turns(SETTLE_TURNS);
      expect(served).to.be.within(10, 13);
      socket.resume();
      await recorder.received(12 + 100 * 1_012);
      expect(served).to.equal(100);
      socket.destroy();
      await recorder.seen('close');
    });
  });
});

describe('limits: places and memory of calls that are never run', () => {
  it(`F24 ${BAD_CALLS} calls of a verb that nobody serves keep neither places nor memory`, async () => {
    await withServer({ server: { resources: SCARCE } }, async ({ server, client }) => {
      serve(server);
      for (let count = 0; count < BAD_CALLS; count++) {
        await rejectionOf(client.call(absent, HALF), UnknownVerbError);
      }
      await expectRoom(client);
    });
  });

  it(`F24 ${BAD_CALLS} calls with arguments that do not decode keep neither places nor memory`, async () => {
    await withServer({ server: { resources: SCARCE } }, async ({ server, client }) => {
      serve(server);
      server.handle(text, () => Buffer.from('never called'));
      for (let count = 0; count < BAD_CALLS; count++) {
        const { message } = await rejectionOf(client.call(illegible, HALF), RemoteError);
        expect(message).not.to.match(/limits\.|memory|in progress/);
      }
      await expectRoom(client);
    });
  });

  it(`F24 ${BAD_CALLS} calls that a limit of calls turns away keep neither places nor memory`, async () => {
    await withServer({ server: { resources: SCARCE } }, async ({ server, client }) => {
      serve(server);
      const end = new Deferred();
      let running = 0;
      const wait = async (): Promise<Uint8Array> => {
        running++;
        await end.promise;
        return Buffer.alloc(0);
      };
      server.handle(hold, wait, { maxConcurrent: 1 });
      const held = client.call(hold, Buffer.of(1));
      await until(() => running === 1);
      for (let count = 0; count < BAD_CALLS; count++) {
        const { message } = await rejectionOf(client.call(hold, HALF), RefusedError);
        expect(message).to.contain('maxConcurrent');
      }
      end.resolve();
      await held;
      await expectRoom(client);
    });
  });

  it(`F24 ${BAD_CALLS} calls that come while the server drains keep neither places nor memory`, async () => {
    await withServer({ server: { resources: SCARCE } }, async ({ server }) => {
      const holding = holdCalls(server);
      await withRawClient(server.address.port, async (peer) => {
        peer.write(requestBytes(4, 1n, Buffer.of(1)));
        await holding.atLeast(1);
        const closed = server.close();
        await turns(1);
        for (let id = 2n; id < 2n + BigInt(BAD_CALLS); id++) {
          peer.write(requestBytes(4, id, HALF));
          const refused = await peer.takeReply();
          expect(refused.messageId).to.equal(-id);
          expect(userExceptionText(refused.payload)).to.contain('clos');
        }
        holding.finish();
        expect((await peer.takeReply()).messageId).to.equal(1n);
        peer.end();
        await closed;
      });
    });
  });

  it(`F24 ${BAD_CALLS} messages that give calls up keep no places`, async () => {
    await withServer({ server: { resources: SCARCE } }, async ({ server, client }) => {
      serve(server);
      let running = 0;
      server.handle(hold, async ({ signal }) => {
        running++;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        running--;
        return Buffer.alloc(0);
      });
      for (let count = 0; count < BAD_CALLS; count++) {
        const abort = new AbortController();
        const call = client.with({ signal: abort.signal }).call(hold, Buffer.of(1));
        await until(() => running === 1);
        abort.abort();
        await rejectionOf(call, CanceledError);
        await until(() => running === 0);
      }
      await expectRoom(client);
    });
  });
});

describe('limits: texts and options', () => {
  for (const length of [8_191, 8_192, 8_193]) {
    it(`E2 an error of ${length} bytes arrives in at most 8,192`, async () => {
      await withServer(async ({ server, client }) => {
        server.handle(fail, (_context, count) => {
          throw new Error('x'.repeat(count));
        });
        const { message } = await rejectionOf(client.call(fail, length), RemoteError);
        expect(Buffer.byteLength(message)).to.equal(Math.min(length, 8_192));
        expect(message.endsWith('…')).to.equal(length > 8_192);
      });
    });
  }

  for (const length of [99, 100, 101]) {
    it(`E2 an error of ${length} bytes arrives in at most 100 where maxErrorTextBytes says so`, async () => {
      const limits = { maxErrorTextBytes: 100 };
      await withServer({ server: { limits } }, async ({ server, client }) => {
        server.handle(fail, (_context, count) => {
          throw new Error('x'.repeat(count));
        });
        const { message } = await rejectionOf(client.call(fail, length), RemoteError);
        expect(Buffer.byteLength(message)).to.equal(Math.min(length, 100));
        expect(message.endsWith('…')).to.equal(length > 100);
      });
    });
  }

  it('E2 the preset sends the whole text of an error, which is cut at maxReplyBytes only', async () => {
    const options = { client: seastar.client, server: seastar.server };
    await withServer(options, async ({ server, client }) => {
      server.handle(fail, (_context, count) => {
        throw new Error('outer', { cause: new Error('x'.repeat(count)) });
      });
      const { message } = await rejectionOf(client.call(fail, 100_000), RemoteError);
      expect(message).to.equal(`outer: ${'x'.repeat(100_000)}`);
      const cut = await rejectionOf(client.call(fail, 17_000_000), RemoteError);
      expect(cut.message).to.have.length(16_777_216 - 8 - 2);
    });
  });

  it('E2 an error filter’s own text is cut as well', async () => {
    await withServer({ server: { errorText: () => 'y'.repeat(100_000) } }, async (pair) => {
      pair.server.handle(fail, () => {
        throw new Error('x');
      });
      const { message } = await rejectionOf(pair.client.call(fail, 1), RemoteError);
      expect(Buffer.byteLength(message)).to.equal(8_192);
    });
  });

  for (const [option, value] of [
    ['maxRequestBytes', -1],
    ['maxReplyBytes', Infinity],
    ['maxSkipBytes', 1.5],
    ['mainBudgetBytes', 0],
    ['handshakeTimeoutMs', NaN],
  ] as const) {
    it(`E2 limits.${option} can’t be ${value}`, async () => {
      await withServer(async ({ start }) => {
        expect(() => start({ limits: { [option]: value } })).to.throw(
          OptionError,
          `limits.${option}`,
        );
      });
    });
  }
});

/** Serves `size` and `make`; returns the sizes that were heard. */
function serve(server: Server): number[] {
  const heard: number[] = [];
  const hear = (bytes: Uint8Array): number => {
    heard.push(bytes.length);
    return bytes.length;
  };
  server.handle(size, (_context, bytes) => lengthAs(hear(bytes)));
  server.handle(make, (_context, asked) => Buffer.alloc(lengthIn(asked)));
  return heard;
}

interface Holding {
  readonly lengths: number[];
  atLeast(count: number): Promise<void>;
  finish(): void;
}

/** Serves `hold`, whose calls end together, and at once from then on. */
function holdCalls(server: Server): Holding {
  const lengths: number[] = [];
  const end = new Deferred();
  const waiting: { count: number; reached: Deferred }[] = [];
  server.handle(hold, async (_context, bytes) => {
    lengths.push(bytes.length);
    for (const { count, reached } of waiting) if (lengths.length >= count) reached.resolve();
    await end.promise;
    return bytes;
  });
  const atLeast = async (count: number): Promise<void> => {
    if (lengths.length >= count) return;
    const reached = new Deferred();
    waiting.push({ count, reached });
    await reached.promise;
  };
  return { lengths, atLeast, finish: () => end.resolve() };
}

async function expectAlive(client: Client): Promise<void> {
  expect(lengthIn(await client.call(size, Buffer.of(1)))).to.equal(1);
}

/** Every place is free, and all of the memory. */
async function expectRoom(client: Client): Promise<void> {
  const calls = Array.from({ length: SCARCE.maxInFlight }, () => client.call(size, Buffer.of(1)));
  expect((await Promise.all(calls)).map(lengthIn)).to.deep.equal(calls.map(() => 1));
  expect(lengthIn(await client.call(size, Buffer.alloc(LIMIT)))).to.equal(LIMIT);
}

function lengthAs(length: number): Buffer {
  return Buffer.from(String(length));
}

function lengthIn(bytes: Uint8Array): number {
  return Number(Buffer.from(bytes).toString());
}
