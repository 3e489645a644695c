import { expect } from 'chai';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import {
  type Client,
  ClosedError,
  connect,
  createClient,
  listen,
  type Server,
  StreamClosedError,
  verb,
} from '../../lib/index.ts';
import { networkTransport, type Transport } from '../../lib/transport.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { rejectionOf } from '../support/rejection.ts';
import { ECHO } from '../support/session.ts';
import { until } from '../support/turns.ts';
import { withListening } from '../support/with-server.ts';

const QUICK = { minDelayMs: 1, maxDelayMs: 5 };
const HOST = '127.0.0.1';
const WAIT = verb<() => number>(40);
const AGAIN = verb<() => number>(41, { idempotent: true });

/** The verbs of the server that is stopped, beside ECHO. */
const HELD = verb<() => number>(2);
const RELEASE = verb<() => void>(3);

/** Two servers, and a client that is sent to the first one until the test moves it. */
class TwoServers implements AsyncDisposable {
  readonly first: Server;
  readonly second: Server;
  /** The servers that have run a call of ECHO. */
  readonly runs: Server[] = [];
  /** Ends the call of WAIT, which only the first one has. */
  finish: (value: number) => void = () => {};
  #client: Client | undefined;
  #port: number | undefined;

  private constructor(first: Server, second: Server) {
    this.first = first;
    this.second = second;
    this.#port = first.address.port;
    first.handle(WAIT, () => new Promise((resolve) => void (this.finish = resolve)));
    for (const server of [first, second]) {
      server.handle(ECHO, (_context, text) => {
        this.runs.push(server);
        return text;
      });
    }
  }

  static async start(): Promise<TwoServers> {
    const pair = new TwoServers(
      await listen({ host: HOST, port: 0 }),
      await listen({ host: HOST, port: 0 }),
    );
    const network: Transport = {
      ...networkTransport,
      dial: (endpoint, options) =>
        networkTransport.dial({ ...endpoint, port: pair.#port! }, options),
    };
    const { port } = pair.first.address;
    pair.#client = await connect({ host: HOST, port, network, reconnect: QUICK });
    return pair;
  }

  get client(): Client {
    return this.#client!;
  }

  /** From now on connections go to the second one. */
  move(): void {
    this.#port = this.second.address.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.abort();
    await Promise.all([this.first.abort(), this.second.abort()]);
  }
}

/** A process of its own, whose lines can be waited for. */
class Fixture implements AsyncDisposable {
  readonly process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly exited: Promise<unknown>;

  constructor(name: string, ...args: readonly string[]) {
    const script = fileURLToPath(new URL(`fixtures/${name}.js`, import.meta.url));
    const stdio = ['ignore', 'pipe', 'inherit'] as const;
    this.process = spawn(process.execPath, [script, ...args], { stdio: [...stdio] });
    this.exited = once(this.process, 'exit');
    const lines = createInterface({ input: this.process.stdout! });
    this.#lines = lines[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    const step = await this.#lines.next();
    return step.done === true ? '' : step.value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill('SIGKILL');
    await this.exited;
  }
}

async function withReconnecting(
  run: (server: Server, client: Client) => Promise<void>,
): Promise<void> {
  await withListening({ client: { reconnect: QUICK } }, async (server, start) => {
    server.handle(ECHO, (_context, text) => text);
    const client = start();
    await client.whenReady();
    await run(server, client);
  });
}

function lose(server: Server, client: Client): void {
  server.abortConnection(client.connectionId ?? 0n);
}

describe('a client that reconnects', () => {
  it('First attempt fails: `connect` rejects, `createClient` goes on, until there is a server', async () => {
    const gone = await listen({ host: HOST, port: 0 });
    const { port } = gone.address;
    await gone.close();
    await rejectionOf(connect({ host: HOST, port, reconnect: QUICK }), ClosedError);
    await using client = createClient({ host: HOST, port, reconnect: QUICK });
    const call = client.call(ECHO, 'early');
    await once(client, 'reconnecting');
    await using server = await listen({ host: HOST, port });
    server.handle(ECHO, (_context, text) => text);
    expect(await call).to.equal('early');
  });

  it('gives its first connection up when its signal fires, and no later one', async () => {
    const gone = await listen({ host: HOST, port: 0 });
    const { port } = gone.address;
    await gone.close();
    const never = new AbortController();
    const client = createClient({ host: HOST, port, reconnect: QUICK, signal: never.signal });
    await once(client, 'reconnecting');
    never.abort('enough');
    const error = await rejectionOf(client.whenReady(), ClosedError);
    expect(error.cause).to.include({ code: 'ERR_CANCELED', cause: 'enough' });

    await using server = await listen({ host: HOST, port: 0 });
    const late = new AbortController();
    const options = { host: HOST, port: server.address.port, reconnect: QUICK };
    await using other = createClient({ ...options, signal: late.signal });
    await other.whenReady();
    late.abort('too late');
    server.abortConnection(other.connectionId ?? 0n);
    await until(() => other.stats.reconnects === 1);
  });

  it('F20 survives its server, whose successor has the same address', async () => {
    const first = await listen({ host: HOST, port: 0 });
    const { port } = first.address;
    await using client = await connect({ host: HOST, port, reconnect: QUICK });
    await first.abort();
    await until(() => client.state === 'reconnecting');
    const call = client.call(ECHO, 'to the next one');
    await using second = await listen({ host: HOST, port });
    second.handle(ECHO, (_context, text) => text);
    expect(await call).to.equal('to the next one');
    expect(client.stats.reconnects).to.equal(1);
  });

  it('Drain: REFUSED repeated elsewhere', async () => {
    await using pair = await TwoServers.start();
    const { first, second, client } = pair;
    const old = client.call(WAIT);
    expect(await client.call(ECHO, 'early')).to.equal('early');
    pair.move();
    const closing = first.close();
    // It goes to the first server, of which nobody knows yet that it leaves.
    const late = client.call(ECHO, 'late');
    expect(client.stats).to.include({ pending: 0, waitReply: 2 });
    expect(await late).to.equal('late');
    expect(pair.runs).to.deep.equal([first, second]);
    pair.finish(7);
    expect(await old).to.equal(7);
    await closing;
  });

  it('Drain: REFUSED repeated elsewhere, also by a server with nothing else under way', async () => {
    await using pair = await TwoServers.start();
    const { first, second, client } = pair;
    expect(await client.call(ECHO, 'early')).to.equal('early');
    pair.move();
    const late = client.call(ECHO, 'late');
    await first.close();
    expect(await late).to.equal('late');
    expect(pair.runs).to.deep.equal([first, second]);
  });

  it('moves to the next server while the one that goes away finishes', async () => {
    await using pair = await TwoServers.start();
    const { first, client } = pair;
    const old = client.call(WAIT);
    await until(() => first.snapshot().connections[0]?.runningCalls === 1);
    const closing = first.close();
    await once(client, 'goingAway');
    const fresh = client.call(ECHO, 'new');
    // Until then, the first one turns it away.
    await once(client, 'reconnecting');
    pair.move();
    expect(await fresh).to.equal('new');
    expect(client.snapshot().connections).to.have.length(2);
    pair.finish(7);
    expect(await old).to.equal(7);
    await closing;
    expect(client.state).to.equal('connected');
  });

  it('repeats calls of idempotent verbs, and fails others that may have run', async () => {
    await withReconnecting(async (server, client) => {
      let runs = 0;
      server.handle(AGAIN, () => {
        if (++runs === 1) lose(server, client);
        return runs;
      });
      server.handle(WAIT, () => new Promise(() => {}));
      const plain = rejectionOf(client.call(WAIT), ClosedError);
      expect(await client.call(AGAIN)).to.equal(2);
      expect(await plain).to.include({ mayHaveRun: true, retryable: true });
    });
  });

  it('repeats idempotent methods: of its view, or that describe has told it of', async () => {
    await withReconnecting(async (server, client) => {
      let runs = 0;
      const count = (): number => {
        if (++runs % 2 === 1) lose(server, client);
        return runs;
      };
      async function* list(): AsyncGenerator<number> {
        yield await Promise.resolve(count());
        yield 0;
      }
      server.expose(
        'counter',
        { count, list: () => (count(), list()) },
        {
          methods: { count: { idempotent: true } },
        },
      );
      interface Counter {
        count(): Promise<number>;
        list(): AsyncIterable<number>;
      }
      const untold = client.api<Counter>('counter');
      expect(await rejectionOf(untold.count(), ClosedError)).to.include({ mayHaveRun: true });
      runs = 0;
      expect(await client.api<Counter>('counter', { idempotent: ['count'] }).count()).to.equal(2);
      const { services } = await client.describe();
      expect(services).to.deep.equal([
        { name: 'counter', methods: ['count', 'list'], idempotent: ['count'] },
      ]);
      expect(await untold.count()).to.equal(4);
      await rejectionOf(Promise.resolve(untold.list()), ClosedError);
    });
  });

  it('repeats an idempotent method that was called with a lane for its stream', async () => {
    await withReconnecting(async (server, client) => {
      let calls = 0;
      async function* items(count: number): AsyncGenerator<number> {
        yield await Promise.resolve(count);
      }
      const service = {
        list(): AsyncGenerator<number> {
          if (++calls === 2) lose(server, client);
          return items(calls);
        },
      };
      server.expose('lists', service);
      const api = client.api<typeof service>('lists', { idempotent: true });
      const seen: number[] = [];
      // The first stream leaves a lane behind, on which the second is asked for.
      for (let round = 0; round < 3; round++) {
        for await (const item of api.list()) seen.push(item);
      }
      expect(seen).to.deep.equal([1, 3, 4]);
      expect(client.stats.reconnects).to.equal(1);
    });
  });

  it('ends its streams with the connection, and opens new ones on the next', async () => {
    await withReconnecting(async (server, client) => {
      const sink = await client.makeStreamSink<[number]>();
      lose(server, client);
      await until(() => client.stats.reconnects === 1);
      const error = await rejectionOf(sink.closeAndConfirm(), StreamClosedError);
      expect(error.retryable).to.equal(true);
      const next = await client.makeStreamSink<[number]>();
      next.abort();
    });
  });

  it('ends when the server does not accept its identity', async () => {
    let isOpen = true;
    const authenticate = (): string => {
      if (!isOpen) throw new Error('no longer');
      return 'somebody';
    };
    await withListening(
      { server: { authenticate }, client: { reconnect: QUICK } },
      async (server, start) => {
        const client = start();
        await client.whenReady();
        isOpen = false;
        const closed = once(client, 'closed');
        lose(server, client);
        const [{ cause }] = (await closed) as [{ cause: Error }];
        expect(cause).to.have.property('code', 'ERR_UNAUTHENTICATED');
      },
    );
  });

  it('comes back through a network that was cut', async () => {
    await withListening({ client: { reconnect: QUICK } }, async (server, start) => {
      server.handle(ECHO, (_context, text) => text);
      await using proxy = await FaultProxy.start(server.address.port);
      const client = start({ port: proxy.port });
      for (let round = 0; round < 5; round++) {
        expect(await client.call(ECHO, `${round}`)).to.equal(`${round}`);
        const lost = once(client, 'reconnecting');
        for (const connection of proxy.connections) connection.reset();
        await lost;
      }
      await client.whenReady();
      expect(client.stats.reconnects).to.equal(5);
    });
  });
});

describe('a client that reconnects, as a process', () => {
  it('stays alive while it waits for its next attempt, and ends once it is closed', async () => {
    const gone = await listen({ host: HOST, port: 0 });
    const { port } = gone.address;
    await gone.close();
    await using fixture = new Fixture('reconnecting-client', String(port));
    expect(await fixture.line()).to.equal('waiting');
    fixture.process.kill('SIGTERM');
    expect(await fixture.line()).to.equal('closed');
    expect(await fixture.exited).to.deep.equal([0, null]);
  });

  it('F20 SIGSTOP 60 s: newest attempt wins', async () => {
    await using fixture = new Fixture('stopped-server');
    const port = Number(await fixture.line());
    await using client = await connect({
      host: HOST,
      port,
      connectTimeoutMs: 200,
      reconnect: QUICK,
      limits: { pingIntervalMs: 100, pingTimeoutMs: 300 },
    });
    const attempts: number[] = [];
    const resumed: boolean[] = [];
    client.on('connecting', ({ attempt }) => void attempts.push(attempt));
    client.on('connected', (event) => void resumed.push(event.resumed));
    const held = client.call(HELD);
    expect(await client.call(ECHO, 'before the stop')).to.equal('before the stop');
    fixture.process.kill('SIGSTOP');
    await until(() => attempts.length >= 4);
    const call = client.with({ idempotent: true }).call(ECHO, 'behind the stop');
    fixture.process.kill('SIGCONT');
    expect(await call).to.equal('behind the stop');
    expect(client.snapshot().connections).to.have.length(1);
    // Earlier attempts have come first, and each has taken the session from the one before.
    await client.call(RELEASE);
    expect(await held).to.equal(1);
    expect(resumed).to.include(true).and.not.include(false);
  });
});
