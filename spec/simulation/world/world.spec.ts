import { expect } from 'chai';

import { type NodeProcess, simulate, type World } from '../../../lib/simulation.ts';
import { openPair } from '../../support/world-sockets.ts';

const service = {
  add: (a: number, b: number): number => a + b,
  hang: () => new Promise<never>(() => {}),
};

describe('World', () => {
  it('starts the program of a node, tells when it has returned, and runs it again at a restart', async () => {
    await simulate(1, async (world) => {
      const starts: NodeProcess[] = [];
      const first = world.node('a', async (running) => {
        starts.push(running);
        await running.sleep(10);
      });
      await first.finished;
      expect(world.clock.now()).to.equal(10);
      expect([first.hasEnded, world.processOf('a')]).to.deep.equal([false, first]);
      world.crash('a');
      expect(first.hasEnded).to.equal(true);
      const second = world.restart('a');
      await second.finished;
      expect(starts).to.deep.equal([first, second]);
      expect(world.processOf('a')).to.equal(second);
    });
  });

  it('lets nothing of a crashed process happen: timers, promises of sleeps, notes', async () => {
    const { trace } = await simulate(1, async (world) => {
      world.node('a', async (running) => {
        running.clock.setTimeout(() => running.note('timer'), 20);
        running.note('before');
        await running.sleep(20);
        running.note('after');
      });
      await world.sleep(10);
      const crashed = world.processOf('a');
      world.crash('a');
      world.crash('a');
      crashed.note('a ghost');
      await world.sleep(100);
    });
    expect(trace.toString().split('\n')).to.deep.equal([
      '0.000 start a',
      '0.000 note a before',
      '10.000 crash a process',
    ]);
  });

  it('tells in its trace which bytes are sent, also those that never arrive', async () => {
    const { trace } = await simulate(1, async (world) => {
      const { dialed, accepted } = await openPair(world);
      dialed.send('hello');
      await accepted.text('hello');
      accepted.send('lost');
      world.cut('dialer', 'listener');
      await world.sleep(10);
    });
    const passed = trace.entries.filter(({ bytes }) => bytes !== undefined);
    expect(passed.map(({ kind, node, peer, bytes }) => [kind, node, peer, String(bytes)])).to.eql([
      ['sent', 'dialer', 'listener', 'hello'],
      ['data', 'listener', 'dialer', 'hello'],
      ['sent', 'listener', 'dialer', 'lost'],
    ]);
    expect(passed.map(({ atMs }) => atMs)).to.deep.equal([2, 3, 3]);
    const [first = ''] = trace
      .toString()
      .split('\n')
      .filter((line) => line.includes(' sent '));
    expect(first).to.match(/^2\.000 sent dialer>listener#1 5 bytes [0-9a-f]+$/);
  });

  it('refuses nodes that are there already, that are not there, and restarts of what runs', async () => {
    await simulate(1, async (world) => {
      world.node('a', () => {});
      expect(() => world.node('a', () => {})).to.throw('there is a node a already');
      expect(() => world.restart('a')).to.throw('the node a has not crashed');
      expect(() => world.crash('b')).to.throw('there is no node b');
      expect(() => world.processOf('b')).to.throw('there is no node b');
      expect(() => world.node(5 as never, () => {})).to.throw('node: name must be a string, not 5');
      expect(() => world.node('c', 5 as never)).to.throw('program must be a function, not 5');
      expect(() => world.block('a', -1)).to.throw('block: ms must be a number from 0 on, not -1');
      expect(() => world.jump('a', NaN)).to.throw('jump: ms must be a number from 0 on, not NaN');
      expect(() => world.crash('a', { kind: 'disk' as never })).to.throw(
        `crash: option kind: must be 'process' or 'machine', not "disk"`,
      );
      await world.sleep(1);
    });
  });

  it('tells the peers of a crashed process at once, as its system does', async () => {
    await withService(async (world, client) => {
      const lost = failureOf(client.api.hang());
      await world.sleep(10);
      world.crash('server');
      expect(await lost).to.equal('ClosedError');
      expect(world.clock.now()).to.be.below(100);
    });
  });

  it('tells the peers of a crashed machine nothing: pings notice it', async () => {
    await withService(async (world, client) => {
      const lost = failureOf(client.api.hang());
      await world.sleep(10);
      const crashedAt = world.clock.now();
      world.crash('server', { kind: 'machine' });
      expect(await lost).to.equal('ClosedError');
      expect(world.clock.now() - crashedAt).to.be.above(1_000);
    });
  });

  it('lets a machine that runs again reset the connections of before', async () => {
    await withService(async (world, client) => {
      const lost = failureOf(client.api.hang());
      await world.sleep(10);
      world.crash('server', { kind: 'machine' });
      await world.sleep(20);
      world.restart('server');
      expect(await lost).to.equal('ClosedError');
      expect(world.clock.now()).to.be.below(200);
    });
  });

  it('lets no reset of a restarted machine pass a partition', async () => {
    await withService(async (world, client) => {
      let failure = '';
      void failureOf(client.api.hang()).then((name) => (failure = name));
      await world.sleep(10);
      world.crash('server', { kind: 'machine' });
      world.partition('server', 'client');
      world.restart('server');
      await world.sleep(500);
      expect(failure).to.equal('');
      world.heal();
      await world.sleep(1);
      expect(failure).to.equal('ClosedError');
    });
  });

  it('keeps a dial to a machine that is down without an answer, until it runs again', async () => {
    await withService(async (world, { running }) => {
      world.crash('server', { kind: 'machine' });
      const dialing = running.dial('server', 1);
      let outcome = 'none';
      void dialing.then(
        () => (outcome = 'connected'),
        () => (outcome = 'refused'),
      );
      await world.sleep(10_000);
      expect(outcome).to.equal('none');
      world.restart('server');
      await world.sleep(10);
      expect(outcome).to.equal('connected');
    });
  });

  it('lets clients connect again after a crash and a restart', async () => {
    await withService(async (world, { running, api }) => {
      expect(await api.add(1, 2)).to.equal(3);
      world.crash('server');
      await world.sleep(50);
      world.restart('server');
      await world.sleep(0);
      const client = await running.connect({ host: 'server', port: 1 });
      expect(await client.api<typeof service>('service').add(3, 4)).to.equal(7);
    });
  });

  it('lets go of every connection in the end, however it went', async () => {
    for (let seed = 0; seed < 10; seed++) {
      await withService(async (world, { client, api }) => {
        await api.add(1, 2);
        world.crash('server', { kind: world.dice.pick(['process', 'machine']) });
        await world.sleep(world.dice.below(100));
        world.restart('server');
        await world.sleep(10_000);
        await client.abort();
        await world.sleep(100);
        expect(world.connections).to.equal(0);
      }, seed);
    }
  });

  it('answers no call while the loop of the server is blocked', async () => {
    await withService(async (world, { api }) => {
      const startedAt = world.clock.now();
      world.block('server', 400);
      expect(await api.add(1, 2)).to.equal(3);
      expect(world.clock.now() - startedAt).to.be.within(400, 410);
    });
  });

  it('lets a deadline be over at once where the clock of the client jumps', async () => {
    await withService(async (world, { running, api }) => {
      const late = failureOf(api.hang());
      await world.sleep(10);
      world.jump('client', 60_000);
      expect(await late).to.equal('TimeoutError');
      expect(world.clock.now()).to.be.below(100);
      expect(running.clock.now()).to.be.above(60_000);
    });
  });

  it('collects a dropped stream when it is told to, and not before', async () => {
    await withService(async (world, { running, client }) => {
      const sink = await client.makeStreamSink();
      let outcome = 'open';
      sink.ended.catch((error: Error) => (outcome = error.name));
      await world.sleep(1_000);
      expect(outcome).to.equal('open');
      expect(running.collect({})).to.equal(false);
      expect(running.collect(sink)).to.equal(true);
      expect(running.collect(sink)).to.equal(false);
      await world.sleep(10);
      expect(outcome).to.equal('StreamClosedError');
    });
  });

  it('counts what has happened', async () => {
    const { steps } = await simulate(1, async (world) => {
      await world.sleep(5);
      expect(world.steps).to.equal(1);
      await world.sleep(5);
    });
    expect(steps).to.equal(2);
  });
});

interface ServiceClient {
  readonly running: NodeProcess;
  readonly client: ReturnType<NodeProcess['createClient']>;
  readonly api: { add(a: number, b: number): Promise<number>; hang(): Promise<never> };
}

/** Runs in a world in which `client` is connected to `server`. */
async function withService(
  run: (world: World, client: ServiceClient) => Promise<void>,
  seed = 1,
): Promise<void> {
  await simulate(seed, async (world) => {
    world.node('server', async (running) => {
      const server = await running.listen({ port: 1 });
      server.expose('service', service);
    });
    await world.sleep(0);
    const running = world.node('client', () => {});
    const client = running.createClient({ host: 'server', port: 1, reconnect: false });
    await client.whenReady();
    const api = client.api<typeof service>('service', { timeoutMs: 50_000 });
    await run(world, { running, client, api });
  });
}

async function failureOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: Error) => error.name,
  );
}
