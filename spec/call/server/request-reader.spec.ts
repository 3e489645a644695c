import { expect } from 'chai';

import { MAIN_MESSAGE_VERB } from '../../../lib/call/common/main-messages.ts';
import { Gate } from '../../../lib/call/limits/gate.ts';
import type { Request } from '../../../lib/call/server/request.ts';
import {
  type FrameNotes,
  RequestReader,
  type RequestSink,
} from '../../../lib/call/server/request-reader.ts';
import { capabilitiesOf } from '../../../lib/connection/handshake/capabilities.ts';
import type { Link } from '../../../lib/connection/link/link.ts';
import type { LinkReceiver } from '../../../lib/connection/link/link-receiver.ts';
import { MessageTooLargeError, ProtocolError, TimeoutError } from '../../../lib/errors/errors.ts';
import type { RequestHeader } from '../../../lib/wire/request-frame.ts';
import type { MemoryPeer } from '../../support/memory-peer.ts';
import {
  acceptedClient,
  testCore,
  type TestCore,
  type TestCoreOptions,
} from '../../support/server-bench.ts';
import { turns } from '../../support/turns.ts';
import { requestBytes, u32le, u64le } from '../../support/wire-bytes.ts';

/** A reader on a link in memory; the sink writes down what it gets. */
class Notes implements FrameNotes {
  readonly frames: [messageId: number, bytes: number][] = [];
  position = 0;

  onFrame(messageId: number, frameBytes: number): void {
    this.frames.push([messageId, frameBytes]);
  }
}

class Bench implements RequestSink, LinkReceiver {
  readonly core: TestCore;
  readonly gate: Gate;
  readonly reader: RequestReader;
  readonly link: Link;
  readonly peer: MemoryPeer;
  readonly requests: Request[] = [];
  readonly refusals: string[] = [];
  error: unknown;

  private constructor(
    core: TestCore,
    { client, peer }: Awaited<ReturnType<typeof acceptedClient>>,
    notes?: FrameNotes,
  ) {
    this.core = core;
    this.link = client.link;
    this.peer = peer;
    this.gate = new Gate(core.environment.clock, core.memory, core.resources, this.link.writer);
    const { arrivalTimeoutMs } = core.resources;
    this.reader = new RequestReader(
      core.environment,
      client,
      this.gate,
      this,
      arrivalTimeoutMs,
      notes,
    );
    this.link.start(this);
    this.link.resume();
  }

  static async create(
    options: TestCoreOptions & {
      hasTimeout?: boolean;
      extensionVersion?: number;
      notes?: FrameNotes;
    } = {},
  ): Promise<Bench> {
    const { hasTimeout = false, extensionVersion = 0, notes, ...rest } = options;
    const core = testCore(rest);
    const capabilities = capabilitiesOf(extensionVersion);
    return new Bench(core, await acceptedClient(core, { hasTimeout, capabilities }), notes);
  }

  onRequest(request: Request): void {
    this.requests.push(request);
  }

  onRefused({ messageId }: RequestHeader, text: string): void {
    this.refusals.push(`${messageId}: ${text}`);
  }

  onError(error: unknown): void {
    this.error = error;
  }

  onData(chunk: Buffer): void {
    try {
      this.reader.push(chunk);
    } catch (error) {
      this.error = error;
    }
  }

  onEnd(): void {}
  onClose(): void {}

  /** Ids of the requests that were delivered. */
  get ids(): number[] {
    return this.requests.map(({ messageId }) => messageId);
  }
}

function timedRequest(timeoutMs: bigint, messageId: bigint): Buffer {
  return Buffer.concat([u64le(timeoutMs), requestBytes(7, messageId, Buffer.from('x'))]);
}

describe('RequestReader', () => {
  describe('of a session that outlives its connections', () => {
    const PASSED_OVER = requestBytes(7, 2n, Buffer.alloc(200));

    it('notes each frame when all of it has come, however they are cut, also one that is passed over', async () => {
      const bytes = Buffer.concat([
        requestBytes(7, 1n, Buffer.from('first')),
        PASSED_OVER,
        requestBytes(7, 5n, Buffer.alloc(0)),
      ]);
      const ends = [25, 25 + PASSED_OVER.length, bytes.length];
      for (let at = 1; at <= bytes.length; at++) {
        const notes = new Notes();
        const bench = await Bench.create({ limits: { maxRequestBytes: 100 }, notes });
        bench.reader.push(Buffer.from(bytes.subarray(0, at)));
        const whole = ends.filter((end) => end <= at).length;
        expect(notes.frames.slice(0, whole)).to.deep.equal(
          [
            [1, 25],
            [2, 220],
            [5, 20],
          ].slice(0, whole),
        );
        expect(notes.frames, `at ${at}`).to.have.length(whole);
      }
    });

    it('takes no message id that was used on an earlier connection', async () => {
      const notes = new Notes();
      notes.position = 7;
      const bench = await Bench.create({ notes });
      bench.reader.push(requestBytes(7, 8n, Buffer.alloc(0)));
      expect(bench.ids).to.deep.equal([8]);
      const late = await Bench.create({ notes });
      expect(() => late.reader.push(requestBytes(7, 7n, Buffer.alloc(0)))).to.throw(
        ProtocolError,
        'message id 7 after 7',
      );
    });
  });

  it('delivers requests whole, in order, however they are cut', async () => {
    const bytes = Buffer.concat([
      requestBytes(7, 1n, Buffer.from('first')),
      requestBytes(2n ** 64n - 1n, 2n, Buffer.alloc(0)),
    ]);
    for (let at = 1; at < bytes.length; at++) {
      const bench = await Bench.create();
      bench.reader.push(Buffer.from(bytes.subarray(0, at)));
      bench.reader.push(Buffer.from(bytes.subarray(at)));
      expect(bench.ids).to.deep.equal([1, 2]);
      expect(bench.requests[0]?.payload.toString()).to.equal('first');
      expect(bench.requests.map(({ verb }) => verb)).to.deep.equal([7, 2n ** 64n - 1n]);
      expect(bench.gate.inFlight).to.equal(2);
    }
  });

  it('names the part of a frame that an end would cut', async () => {
    const { reader } = await Bench.create();
    const bytes = requestBytes(7, 1n, Buffer.from('payload'));
    expect(reader.cutFrame).to.equal(undefined);
    reader.push(bytes.subarray(0, 10));
    expect(reader.cutFrame).to.match(/header/);
    reader.push(bytes.subarray(10, 24));
    expect(reader.cutFrame).to.match(/data: expected 7 got 4/);
    reader.push(bytes.subarray(24));
    expect(reader.cutFrame).to.equal(undefined);
  });

  describe('with ids', () => {
    it('refuses one that does not rise', async () => {
      const { reader } = await Bench.create();
      reader.push(requestBytes(7, 5n, Buffer.alloc(0)));
      const again = requestBytes(7, 5n, Buffer.alloc(0));
      expect(() => reader.push(again)).to.throw(ProtocolError, 'ids must rise');
    });

    it('refuses one beyond what a number holds', async () => {
      const { reader } = await Bench.create();
      const bytes = requestBytes(7, 2n ** 53n, Buffer.alloc(0));
      expect(() => reader.push(bytes)).to.throw(ProtocolError);
    });
  });

  describe('with deadlines', () => {
    it('gives a request the time that is left from its header on', async () => {
      const bench = await Bench.create({ hasTimeout: true });
      const bytes = timedRequest(100n, 1n);
      bench.reader.push(bytes.subarray(0, bytes.length - 1));
      bench.core.environment.clock.advance(99);
      bench.reader.push(bytes.subarray(bytes.length - 1));
      expect(bench.requests[0]).to.include({ deadline: 100, timeoutMs: 100 });
    });

    it('drops a request whose time is over when it is whole, and gives its budget back', async () => {
      const resources = { basicRequestBytes: 10 };
      const bench = await Bench.create({ hasTimeout: true, resources });
      const bytes = timedRequest(100n, 1n);
      bench.reader.push(bytes.subarray(0, bytes.length - 1));
      expect(bench.core.memory.usedBytes).to.be.above(0);
      bench.core.environment.clock.advance(100);
      bench.reader.push(bytes.subarray(bytes.length - 1));
      expect(bench.requests).to.deep.equal([]);
      expect([bench.gate.inFlight, bench.core.memory.usedBytes]).to.deep.equal([0, 0]);
    });

    it('takes 0 and times beyond 63 bits for none', async () => {
      const bench = await Bench.create({ hasTimeout: true });
      bench.reader.push(timedRequest(0n, 1n));
      bench.reader.push(timedRequest(2n ** 63n, 2n));
      expect(bench.requests.map(({ deadline }) => deadline)).to.deep.equal([undefined, undefined]);
      expect(bench.requests.map(({ timeoutMs }) => timeoutMs)).to.deep.equal([
        undefined,
        undefined,
      ]);
    });
  });

  describe('with requests that are too large', () => {
    it('refuses one by its header, skips its payload and reads on', async () => {
      const bench = await Bench.create({ limits: { maxRequestBytes: 1_000 } });
      const { reader } = bench;
      reader.push(Buffer.concat([u64le(7), u64le(1), u32le(1_001)]));
      expect(bench.refusals).to.have.length(1);
      expect(bench.refusals[0]).to.match(/^1: .*maxRequestBytes/);
      reader.push(Buffer.alloc(1_001));
      reader.push(requestBytes(7, 2n, Buffer.alloc(1_000)));
      expect(bench.ids).to.deep.equal([2]);
      expect(bench.gate.inFlight).to.equal(1);
    });

    it('gives the connection up when there is more to skip than it may be', async () => {
      const bench = await Bench.create({ limits: { maxRequestBytes: 1_000, maxSkipBytes: 2_000 } });
      bench.reader.push(Buffer.concat([u64le(7), u64le(1), u32le(2_001)]));
      expect(bench.refusals).to.have.length(1);
      expect(bench.link.phase).to.equal('closing');
      expect(bench.link.cause).to.be.instanceOf(MessageTooLargeError);
      bench.reader.push(requestBytes(7, 2n, Buffer.alloc(1)));
      expect(bench.requests).to.deep.equal([]);
    });
  });

  describe('with requests that wait', () => {
    it('leaves the socket alone meanwhile, and goes on when a place is free', async () => {
      const bench = await Bench.create({ resources: { maxInFlight: 1 } });
      const one = requestBytes(7, 1n, Buffer.alloc(1));
      const two = requestBytes(7, 2n, Buffer.alloc(1));
      await bench.peer.send(one, two);
      expect(bench.ids).to.deep.equal([1]);
      expect(bench.link.isPaused).to.equal(true);
      bench.gate.release(bench.requests[0]!.cost);
      expect(bench.ids).to.deep.equal([1, 2]);
      expect(bench.link.isPaused).to.equal(false);
    });

    it('refuses one that waits too long, and reads on behind it', async () => {
      const bench = await Bench.create({ resources: { maxInFlight: 1, memoryWaitMs: 100 } });
      await bench.peer.send(...[1n, 2n].map((id) => requestBytes(7, id, Buffer.alloc(1))));
      bench.core.environment.clock.advance(100);
      expect(bench.refusals).to.deep.equal([
        '2: 1 requests are in progress, as many as maxInFlight allows',
      ]);
      bench.gate.release(bench.requests[0]!.cost);
      await bench.peer.send(requestBytes(7, 3n, Buffer.alloc(1)));
      expect(bench.ids).to.deep.equal([1, 3]);
    });

    it('ends the connection by what is wrong behind one that has waited', async () => {
      const bench = await Bench.create({ resources: { maxInFlight: 1 } });
      await bench.peer.send(...[1n, 2n, 2n].map((id) => requestBytes(7, id, Buffer.alloc(1))));
      bench.gate.release(bench.requests[0]!.cost);
      // The third comes in the place of the second.
      bench.gate.release(bench.requests[1]!.cost);
      expect(bench.error).to.be.instanceOf(ProtocolError);
    });

    it('withdraws the waiting one when it stops', async () => {
      const bench = await Bench.create({ resources: { maxInFlight: 1, memoryWaitMs: 100 } });
      await bench.peer.send(...[1n, 2n].map((id) => requestBytes(7, id, Buffer.alloc(1))));
      bench.reader.end();
      bench.gate.release(bench.requests[0]!.cost);
      expect(bench.ids).to.deep.equal([1]);
      const { pendingTimers } = bench.core.environment.clock;
      expect([bench.gate.inFlight, bench.core.memory.usedBytes, pendingTimers]).to.deep.equal([
        0, 0, 0,
      ]);
    });

    it('gives the budget of a half-read request back when it stops', async () => {
      const bench = await Bench.create();
      bench.reader.push(requestBytes(7, 1n, Buffer.alloc(100)).subarray(0, 50));
      expect(bench.gate.inFlight).to.equal(1);
      bench.reader.end();
      expect([bench.gate.inFlight, bench.core.memory.usedBytes]).to.deep.equal([0, 0]);
    });
  });

  describe('with requests that come slowly', () => {
    const MIB = 1_048_576;
    const header = (bytes: number): Buffer => Buffer.concat([u64le(7), u64le(1), u32le(bytes)]);

    it('F24 charges the bytes that have come, and not what was announced', async () => {
      const bench = await Bench.create();
      bench.reader.push(Buffer.concat([header(16 * MIB), Buffer.alloc(100_000)]));
      expect(bench.core.memory.usedBytes).to.equal(100_000);
      bench.reader.push(Buffer.alloc(50_000));
      expect(bench.core.memory.usedBytes).to.equal(150_000);
    });

    it('F24 leaves the socket alone in the middle of one while there is no memory for more', async () => {
      const bench = await Bench.create({ resources: { maxMemoryBytes: 1_600_000 } });
      bench.core.memory.tryTake(1_000_000);
      await bench.peer.send(header(1_000_000), Buffer.alloc(90_000));
      bench.core.memory.tryTake(600_000, 'rest');
      await bench.peer.send(Buffer.alloc(910_000));
      expect(bench.link.isPaused).to.equal(true);
      bench.core.memory.give(1_000_000);
      bench.core.memory.give(600_000, false);
      await turns(100);
      expect(bench.requests.map(({ cost }) => cost)).to.deep.equal([1_000_000]);
      expect(bench.core.memory.usedBytes).to.equal(1_000_000);
      expect(bench.link.isPaused).to.equal(false);
    });

    it('F5 gives each MiB of one its time, and its rest', async () => {
      const bench = await Bench.create({ resources: { arrivalTimeoutMs: 1_000 } });
      const { clock } = bench.core.environment;
      bench.reader.push(header(2 * MIB + 10));
      for (let count = 0; count < 2; count++) {
        clock.advance(999);
        bench.reader.push(Buffer.alloc(MIB));
      }
      clock.advance(999);
      bench.reader.push(Buffer.alloc(9));
      expect(bench.error).to.equal(undefined);
      clock.advance(1);
      expect(bench.error).to.be.instanceOf(TimeoutError);
      expect((bench.error as Error).message).to.match(/arrivalTimeoutMs/);
    });

    it('F5 does not count the time in which nothing is read, nor that between requests', async () => {
      const resources = { arrivalTimeoutMs: 1_000, maxInFlight: 1, memoryWaitMs: Infinity };
      const bench = await Bench.create({ resources });
      const { clock } = bench.core.environment;
      const two = requestBytes(7, 2n, Buffer.alloc(4));
      await bench.peer.send(requestBytes(7, 1n, Buffer.alloc(4)), two.subarray(0, -1));
      expect(clock.pendingTimers).to.equal(0);
      clock.advance(5_000);
      bench.gate.release(bench.requests[0]!.cost);
      clock.advance(999);
      await bench.peer.send(two.subarray(-1));
      expect(clock.pendingTimers).to.equal(0);
      expect(bench.ids).to.deep.equal([1, 2]);
      expect(bench.error).to.equal(undefined);
    });

    it('F5 begins anew with each request of a row that never rests', async () => {
      const bench = await Bench.create({ resources: { arrivalTimeoutMs: 1_000 } });
      const { clock } = bench.core.environment;
      for (let id = 1n; id < 10n; id++) {
        const bytes = requestBytes(7, id, Buffer.alloc(4));
        bench.reader.push(bytes.subarray(0, -1));
        clock.advance(600);
        bench.reader.push(bytes.subarray(-1));
      }
      expect(bench.error).to.equal(undefined);
      expect(bench.ids).to.have.length(9);
    });
  });

  it('F22 lets the loop turn between slow requests that have come together, and none when it stops', async () => {
    const bench = await Bench.create();
    const { clock } = bench.core.environment;
    bench.onRequest = (request) => {
      clock.advance(1);
      bench.requests.push(request);
    };
    const ids = Array.from({ length: 100 }, (_, index) => BigInt(index + 1));
    bench.reader.push(Buffer.concat(ids.map((id) => requestBytes(7, id, Buffer.alloc(1)))));
    const first = bench.requests.length;
    expect(first).to.be.within(1, 72);
    expect(bench.link.isPaused).to.equal(true);
    await turns(1);
    expect(bench.requests.length).to.be.within(first + 1, first + 8);
    await turns(80);
    expect(bench.ids).to.deep.equal(ids.map(Number));
    expect(bench.link.isPaused).to.equal(false);
    bench.reader.push(
      Buffer.concat(
        Array.from({ length: 99 }, (_, index) =>
          requestBytes(7, BigInt(index + 101), Buffer.alloc(1)),
        ),
      ),
    );
    bench.reader.end();
    const last = bench.requests.length;
    await turns(80);
    expect(bench.requests).to.have.length(last);
  });

  it('F28 tells of what is wrong behind a rest as well', async () => {
    const bench = await Bench.create();
    bench.onRequest = () => bench.core.environment.clock.advance(1);
    const ids = Array.from({ length: 100 }, (_, index) => BigInt(index + 1));
    bench.reader.push(
      Buffer.concat([...ids, 1n].map((id) => requestBytes(7, id, Buffer.alloc(1)))),
    );
    expect(bench.error).to.equal(undefined);
    await turns(100);
    expect(bench.error).to.be.instanceOf(ProtocolError);
  });

  describe('with main messages', () => {
    const message = requestBytes(MAIN_MESSAGE_VERB, 2n, Buffer.alloc(100));

    it('lets them pass without a place and free of charge', async () => {
      const bench = await Bench.create({ resources: { maxInFlight: 1 }, extensionVersion: 2 });
      await bench.peer.send(requestBytes(7, 1n, Buffer.alloc(1)), message);
      expect(bench.ids).to.deep.equal([1, 2]);
      expect(bench.requests[1]?.cost).to.equal(0);
    });

    it('does not count their bytes as those of a request', async () => {
      const bench = await Bench.create({ limits: { maxRequestBytes: 50 }, extensionVersion: 2 });
      bench.reader.push(message);
      expect([bench.ids, bench.refusals]).to.deep.equal([[2], []]);
    });

    it('takes them for requests of a client without our extension', async () => {
      const bench = await Bench.create({ limits: { maxRequestBytes: 50 } });
      bench.reader.push(message);
      expect(bench.refusals).to.have.length(1);
    });
  });
});
