import { expect } from 'chai';

import type { ServerSession } from '../../lib/call/server/server-session.ts';
import { type ServerOptions, stream, verb } from '../../lib/index.ts';
import { encodeLaneFrame } from '../../lib/wire/lane-frame.ts';
import type { MainMessage } from '../../lib/wire/main-message.ts';
import type { RawMain } from '../support/raw-session.ts';
import { SessionServer } from '../support/session-server.ts';
import { until } from '../support/turns.ts';
import { item, offered, tupleOf } from '../support/value-stream-bytes.ts';

const GIVE = 1;
const TAKE = 2;
const KEEP = 3;
const LEASE_MS = 30_000;

/** A session that is away, and a stream that has begun, count for so much beside what they keep. */
const SESSION_BYTES = 20_480;
const STREAM_BYTES = 24_576;
const LARGE_BYTES = 10_000;

const FIRST = item('first');

/** A server that gives streams, and reads those that it gets. */
class Bench {
  readonly net: SessionServer;
  readonly seen: unknown[] = [];
  began = 0;
  release: () => void = () => {};

  private constructor(net: SessionServer) {
    this.net = net;
    const held = new Promise<void>((resolve) => void (this.release = resolve));
    net.server.handle(
      verb<(isLate: boolean) => Promise<unknown>>(GIVE),
      async (_context, isLate) => {
        if (isLate) await held;
        return this.#give();
      },
    );
    net.server.handle(verb<(items: unknown) => Promise<void>>(TAKE), async (_context, items) => {
      for await (const each of items as AsyncIterable<unknown>) this.seen.push(each);
    });
  }

  static async start(options: Partial<ServerOptions> = {}): Promise<Bench> {
    const limits = { promiseLeaseMs: LEASE_MS, pingIntervalMs: 0 };
    return new Bench(await SessionServer.start({ limits, ...options }));
  }

  /** A client that comes back behind a reply with a stream, which was done while it was away. */
  async comeBackBehindReply(): Promise<RawMain> {
    const main = await this.net.connect();
    main.call(GIVE, tupleOf(true));
    await main.settle();
    await this.net.cut(main);
    const [{ bytes }] = this.net.sessions.away() as [ServerSession];
    this.release();
    await until(() => this.net.sessions.away()[0]!.bytes > bytes);
    return this.net.resume(main);
  }

  /** Lets a client read the stream with this number. */
  async read(main: RawMain, number: number): Promise<void> {
    const lane = await main.lane(this.net.server.address.port);
    lane.write(encodeLaneFrame({ type: 'consume', number }));
    expect(await lane.take(FIRST.length)).to.deep.equal(FIRST);
    await lane.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.net[Symbol.asyncDispose]();
  }

  async *#give(): AsyncGenerator<string> {
    this.began++;
    yield 'first';
  }
}

/** The next main message that is no pong. */
async function messageOf(main: RawMain): Promise<MainMessage> {
  for (;;) {
    const { message } = await main.take();
    if (message !== undefined && message.kind !== 'pong') return message;
  }
}

describe('the streams in values of a client that comes back, at its server', () => {
  it('E2 count with what they keep, also with what they are given while it is away', async () => {
    const bound = SESSION_BYTES + STREAM_BYTES + 2.5 * LARGE_BYTES;
    await using bench = await Bench.start({ maxAwaySessionBytes: bound });
    let give: () => void = () => {};
    const source = async function* (): AsyncGenerator<string> {
      for (;;) {
        const given = new Promise<void>((resolve) => void (give = resolve));
        yield 'x'.repeat(LARGE_BYTES);
        await given;
      }
    };
    bench.net.server.handle(verb<() => unknown>(KEEP), () => stream(source(), { resumable: true }));
    const main = await bench.net.connect();
    main.call(KEEP, tupleOf(true));
    await main.takeReply();
    const lane = await main.lane(bench.net.server.address.port);
    lane.write(encodeLaneFrame({ type: 'consume', number: 2 }));
    await lane.take(LARGE_BYTES);
    await bench.net.cut(main);
    await lane.destroy();
    const items = (): number => {
      const [session] = bench.net.sessions.away();
      if (session === undefined) return 0;
      return Math.floor((session.bytes - SESSION_BYTES - STREAM_BYTES) / LARGE_BYTES);
    };
    expect(items()).to.equal(1);
    give();
    await until(() => items() === 2);
    give();
    await until(() => items() === 0);
    expect(bench.net.sessions.away()).to.deep.equal([]);
  });

  it('wait for it with their numbers, and their leases stand still while it is away', async () => {
    await using bench = await Bench.start();
    const main = await bench.net.connect();
    main.call(GIVE, tupleOf(false));
    expect((await main.takeReply()).payload).to.deep.equal(tupleOf(offered(2)));
    await bench.net.cut(main);
    expect(bench.net.server.snapshot().sessions).to.deep.equal([
      { id: undefined, queuedCalls: 0, promisedStreams: 1, unopenedStreams: 0 },
    ]);
    bench.net.clock.advance(2 * LEASE_MS);
    const back = await bench.net.resume(main);
    back.listCalls();
    bench.net.clock.advance(LEASE_MS - 1);
    expect(bench.began).to.equal(0);
    await bench.read(back, 2);
  });

  it('are offered in replies that were done while it was away', async () => {
    await using bench = await Bench.start();
    const back = await bench.comeBackBehindReply();
    back.listCalls(1);
    expect((await back.takeReply()).payload).to.deep.equal(tupleOf(offered(2)));
    await bench.read(back, 2);
  });

  it('are ended with the reply that offered them, where nobody waits for it any more', async () => {
    await using bench = await Bench.start();
    const back = await bench.comeBackBehindReply();
    back.listCalls();
    await back.settle();
    expect(bench.net.server.snapshot().sessions[0]).to.include({ promisedStreams: 0 });
  });

  it('are asked for on its new connection where their reader waits', async () => {
    await using bench = await Bench.start();
    const main = await bench.net.connect();
    await bench.net.cut(main);
    const back = await bench.net.resume(main);
    back.listCalls();
    back.call(TAKE, tupleOf(offered(1)));
    expect(await messageOf(back)).to.deep.equal({ kind: 'stream-open', number: 1 });
    const lane = await back.lane(bench.net.server.address.port);
    lane.write(encodeLaneFrame({ type: 'produce', number: 1 }), FIRST);
    await until(() => bench.seen.length === 1);
    await lane.destroy();
  });

  it('fail at once when its time is over', async () => {
    await using bench = await Bench.start();
    const main = await bench.net.connect();
    main.call(GIVE, tupleOf(false));
    await main.takeReply();
    await bench.net.cut(main);
    const session = bench.net.sessions.away()[0];
    bench.net.clock.advance(180_000);
    const produced = session?.calls.streams?.valueStreams.producedCount;
    expect([produced, session?.phase]).to.deep.equal([0, 'over']);
  });
});
