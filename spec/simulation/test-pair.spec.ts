import { expect } from 'chai';

import { UnauthenticatedError } from '../../lib/errors/access-errors.ts';
import {
  ClosedError,
  RefusedError,
  type Source,
  stream,
  TimeoutError,
  verb,
} from '../../lib/index.ts';
import {
  advance,
  createTestPair,
  ManualClock,
  MemoryTransport,
  runUntil,
  settle,
} from '../../lib/testing.ts';
import { follow, rejectionOf } from '../support/rejection.ts';

const LATENCY_MS = 50;
const echo = verb<(text: string) => string>(1);
const never = verb<() => void>(2);
const load = verb<(input: Source<[number]>) => void>(3);

describe('sluice/testing', () => {
  it('makes a connected pair on one clock that stands still', async () => {
    await using pair = await createTestPair();
    const { server, client, clock, network } = pair;
    expect(clock).to.be.instanceOf(ManualClock);
    expect(network).to.be.instanceOf(MemoryTransport);
    server.handle(echo, (_context, text) => text);
    expect(client.state).to.equal('connected');
    expect(await client.call(echo, 'at once')).to.equal('at once');
    expect(clock.now()).to.equal(0);
  });

  it('fails calls at their deadlines, not a millisecond before', async () => {
    await using pair = await createTestPair();
    const { server, client, clock } = pair;
    server.handle(never, () => new Promise(() => {}));
    const call = follow(client.with({ timeoutMs: 3_600_000 }).call(never));
    await advance(clock, 3_599_999);
    expect(call.outcome).to.equal(undefined);
    await advance(clock, 1);
    expect(call.outcome).to.have.property('error').that.is.instanceOf(TimeoutError);
    expect(client.state, 'an hour has passed, and pings with it').to.equal('connected');
  });

  it('carries bytes for as long as the latency says, each way and in order', async () => {
    await using pair = await createTestPair({ latencyMs: LATENCY_MS });
    const { server, client, clock } = pair;
    const called: [text: string, at: number][] = [];
    const begin = clock.now();
    server.handle(echo, (_context, text) => {
      called.push([text, clock.now() - begin]);
      return text;
    });
    const first = follow(client.call(echo, 'one'));
    await advance(clock, 20);
    const second = follow(client.call(echo, 'two'));
    await advance(clock, 79);
    expect(first.outcome).to.equal(undefined);
    await advance(clock, 1);
    expect([first.outcome, second.outcome]).to.deep.equal([{ value: 'one' }, undefined]);
    await advance(clock, 20);
    expect(second.outcome).to.deep.equal({ value: 'two' });
    expect(called).to.deep.equal([
      ['one', 50],
      ['two', 70],
    ]);
  });

  it('lets streams run in as much time as they need', async () => {
    await using pair = await createTestPair({ latencyMs: LATENCY_MS });
    const { server, client, clock } = pair;
    const received: number[] = [];
    server.handle(load, async (_context, input) => {
      for await (const [number] of input) received.push(number);
    });
    const run = async (): Promise<void> => {
      const sink = await client.makeStreamSink<[number]>();
      const loaded = client.call(load, sink);
      for (let number = 0; number < 1_000; number++) await sink.send(number);
      await sink.close();
      await loaded;
    };
    await runUntil(clock, run());
    expect(received).to.deep.equal(Array.from({ length: 1_000 }, (_, index) => index));
    expect(clock.now()).to.be.lessThan(1_000);
  });

  it('takes the options of both ends, and connects more clients', async () => {
    await using pair = await createTestPair({
      server: { authenticate: ({ token }) => token },
      client: { token: 'first' },
    });
    const { server, client } = pair;
    server.handle(echo, ({ principal }) => String(principal));
    const other = await pair.connect({ token: 'second' });
    expect(await client.call(echo, '')).to.equal('first');
    expect(await other.call(echo, '')).to.equal('second');
  });

  it('rejects with what the client does not get over, and leaves nothing open', async () => {
    const server = {
      authenticate: () => {
        throw new Error('nobody');
      },
    };
    await rejectionOf(createTestPair({ server }), UnauthenticatedError);
  });

  it('lets hours pass, with all that keeps a connection and a stream in a value alive', async () => {
    await using pair = await createTestPair();
    const { server, client, clock } = pair;
    // A third of it is no whole number of milliseconds: that is how often leases are renewed.
    server.expose('streams', { numbers: () => Promise.resolve([stream([1, 2, 3])]) });
    const [numbers] = await client
      .api<{ numbers(): Promise<[AsyncIterable<number>]> }>('streams')
      .numbers();
    await advance(clock, 7_200_000);
    const read: number[] = [];
    for await (const number of numbers) read.push(number);
    expect(read).to.deep.equal([1, 2, 3]);
  });

  it('aborts what is left when it is disposed of', async () => {
    const pair = await createTestPair({ latencyMs: LATENCY_MS });
    pair.server.handle(never, () => new Promise(() => {}));
    const call = rejectionOf(pair.client.call(never), ClosedError);
    const other = await pair.connect();
    await pair[Symbol.asyncDispose]();
    await call;
    expect(other.state).to.equal('closed');
    expect(pair.clock.pendingTimers).to.equal(0);
  });

  it('shows a drain as clients see it', async () => {
    const reconnect = false;
    await using pair = await createTestPair({ latencyMs: LATENCY_MS, client: { reconnect } });
    const { server, client, clock } = pair;
    server.handle(echo, async (_context, text) => {
      await new Promise<void>((resolve) => void clock.setTimeout(resolve, 500));
      return text;
    });
    const call = client.call(echo, 'in flight');
    await advance(clock, 100);
    const closing = server.close();
    await advance(clock, LATENCY_MS);
    await rejectionOf(client.call(echo, 'too late'), RefusedError);
    expect(await runUntil(clock, call)).to.equal('in flight');
    await runUntil(clock, closing);
  });
});

describe('sluice/testing: time', () => {
  it('settles when nothing is left to do without time', async () => {
    const clock = new ManualClock();
    let hops = 0;
    const hop = (): void => {
      if (++hops < 1_000) clock.yield(hop);
    };
    hop();
    await settle(clock);
    expect(hops).to.equal(1_000);
    expect(clock.pendingTurns).to.equal(0);
  });

  it('says so when there is no end of it', async () => {
    const clock = new ManualClock();
    let isOver = false;
    const hop = (): void => {
      if (!isOver) clock.yield(hop);
    };
    hop();
    const error = await rejectionOf(settle(clock), Error);
    isOver = true;
    expect(error.message).to.match(/nothing came to rest/);
  });

  it('meets each timer at its instant, also those that are set on the way', async () => {
    const clock = new ManualClock();
    const fired: number[] = [];
    const tick = (): void => {
      fired.push(clock.now());
      // In a later turn of the loop, as a message that arrives sets the next one.
      clock.yield(() => void clock.setTimeout(tick, 30));
    };
    clock.setTimeout(tick, 30);
    await advance(clock, 100);
    expect(fired).to.deep.equal([30, 60, 90]);
    expect(clock.now()).to.equal(100);
    await rejectionOf(advance(clock, -1), RangeError);
  });

  it('runs until a promise is settled, and no further', async () => {
    const clock = new ManualClock();
    const inTime = new Promise((resolve) => void clock.setTimeout(() => resolve('done'), 250));
    clock.setTimeout(() => {}, 251);
    expect(await runUntil(clock, inTime)).to.equal('done');
    expect(clock.now()).to.equal(250);
    await rejectionOf(runUntil(clock, Promise.reject(new RangeError('as it is'))), RangeError);
    await rejectionOf(runUntil(clock, new Promise(() => {})), Error);
  });
});
