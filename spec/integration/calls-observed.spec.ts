import { expect } from 'chai';

import { ClosedError, RemoteError, TimeoutError, UnknownVerbError, verb } from '../../lib/index.ts';
import { type Logger, MetricsRegistry, type StatValues } from '../../lib/diagnostics.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { rejectionOf } from '../support/rejection.ts';
import { turns } from '../support/turns.ts';
import { memoryPair, withListening, withServer } from '../support/with-server.ts';

const echo = verb<(value: number) => number>(1);
const fail = verb<() => void>(2);
const wait = verb<() => void>(3);
const note = verb<(value: number) => void>(4, { noWait: true });
const missing = verb<() => void>(99);

const ROUND_TRIP_TURNS = 10;

describe('calls: statistics', () => {
  it('test_rpc_metric_domains: counts are kept per domain, each client’s negotiation included', async () => {
    const metrics = new MetricsRegistry();
    await withListening({ client: { metrics } }, async (server, start) => {
      server.handle(echo, (_context, value) => value);
      const domains = { dom1: 2, dom2: 1 };
      const callsPerClient = 3;
      for (const [metricsDomain, clients] of Object.entries(domains)) {
        for (let count = 0; count < clients; count++) {
          const client = start({ metricsDomain });
          for (let call = 0; call < callsPerClient; call++) await client.call(echo, call);
        }
      }
      for (const [domain, clients] of Object.entries(domains)) {
        expect(metrics.totals(domain), domain).to.include({
          connections: clients,
          replied: clients * callsPerClient,
          sentMessages: clients * (callsPerClient + 1),
        });
      }
      expect(metrics.totals('dom3')).to.include({ connections: 0, sentMessages: 0 });
      expect(metrics.domains()).to.include.members(['dom1', 'dom2']);
    });
  });

  it('A6-stats each way that a call can go is counted', async () => {
    const memory = memoryPair();
    await withServer(memory, async ({ server, client }) => {
      server.handle(echo, (_context, value) => value);
      server.handle(fail, () => {
        throw new Error('boom');
      });
      server.handle(wait, () => new Promise(() => {}));
      server.handle(note, () => {});
      const before = client.stats;
      expect(changed(before)).to.deep.equal({ connections: 1, sentMessages: 1 });

      await client.call(echo, 1);
      await client.call(note, 1);
      await rejectionOf(client.call(fail), RemoteError);
      await rejectionOf(client.call(missing), UnknownVerbError);
      const late = rejectionOf(client.with({ timeoutMs: 10 }).call(wait), TimeoutError);
      const pending = rejectionOf(client.call(wait), ClosedError);
      expect(client.stats.waitReply).to.equal(2);
      await turns(ROUND_TRIP_TURNS);
      memory.clock.advance(10);
      await late;
      expect(changed(client.stats)).to.deep.equal({
        connections: 1,
        sentMessages: 7,
        replied: 1,
        exceptionReceived: 2,
        timeout: 1,
        waitReply: 1,
        delaySamples: 2,
      });
      expect(before.sentMessages, 'a copy does not change').to.equal(1);
      await client.abort();
      await pending;
    });
  });

  it('A6-stats the totals survive their client, what was pending does not', async () => {
    const metrics = new MetricsRegistry();
    const client = { metrics, metricsDomain: 'mine' };
    await withServer({ client }, async ({ server, client, connect }) => {
      server.handle(echo, (_context, value) => value);
      server.handle(wait, () => new Promise(() => {}));
      await client.call(echo, 1);
      const pending = rejectionOf(client.call(wait), ClosedError);
      expect(metrics.totals('mine')).to.include({ connections: 1, waitReply: 1 });
      await client.abort();
      await pending;
      const left = { connections: 0, sentMessages: 3, replied: 1, waitReply: 0, pending: 0 };
      expect(metrics.totals('mine')).to.include(left);
      const other = await connect();
      await other.call(echo, 1);
      expect(metrics.totals('mine')).to.include({ connections: 1, sentMessages: 5, replied: 2 });
      await other.close();
      expect(metrics.totals('mine')).to.include({ connections: 0, sentMessages: 5, replied: 2 });
    });
  });

  it('A6-stats the delay is the round trip without the handler’s time', async () => {
    const memory = memoryPair({ latencyMs: 10 });
    await withListening(memory, async (server, start) => {
      const client = start();
      server.handle(echo, async (_context, value) => {
        await new Promise<void>((resolve) => {
          memory.clock.setTimeout(resolve, 500);
        });
        return value;
      });
      const calls = [client.call(echo, 1), client.call(echo, 2)];
      const all = Promise.all(calls);
      for (let ms = 0; ms < 600; ms += 10) {
        await turns(ROUND_TRIP_TURNS);
        memory.clock.advance(10);
      }
      await all;
      expect(client.stats.delaySamples).to.equal(2);
      expect(client.stats.delayTotal).to.be.closeTo(2 * 0.02, 1e-9);
    });
  });

  it('A6-stats streams count in a domain of their own', async () => {
    const metrics = new MetricsRegistry();
    const client = { metrics, metricsDomain: 'mine' };
    await withServer({ client }, async ({ client }) => {
      const sink = await client.makeStreamSink<[number]>();
      expect(metrics.totals('mine_stream').sentMessages).to.equal(1);
      await sink.close();
      expect(metrics.totals('mine')).to.include({ connections: 1, sentMessages: 1 });
    });
  });

  it('A6-stats a server counts what it sent, for itself', async () => {
    const metrics = new MetricsRegistry();
    const options = { server: { metrics, metricsDomain: 'served' } };
    await withServer(options, async ({ server, client }) => {
      server.handle(echo, (_context, value) => value);
      await client.call(echo, 1);
      await rejectionOf(client.call(missing));
      expect(server.stats).to.include({ connections: 1, sentMessages: 3 });
      expect(metrics.totals('served_server').sentMessages).to.equal(3);
    });
  });
});

describe('calls: logging', () => {
  it('A6-logger, test_loggers: a logger can be set, exchanged and taken away while running', async () => {
    const [first, second] = [new CollectedLog(), new CollectedLog()];
    await withServer({ server: { logger: first } }, async ({ server, client }) => {
      server.handle(note, () => {
        throw new Error('boom');
      });
      server.handle(echo, (_context, value) => value);
      const logOnce = async (): Promise<void> => {
        await client.call(note, 1);
        await client.call(echo, 1);
      };
      await logOnce();
      expect(first.lines).to.have.length(1);
      server.logger = second;
      await logOnce();
      expect(first.lines).to.have.length(1);
      expect(second.lines).to.have.length(1);
      server.logger = SILENT;
      await logOnce();
      expect(second.lines).to.have.length(1);
    });
  });

  it('A6-logger lines name the peer and the message', async () => {
    const log = new CollectedLog();
    await withServer({ server: { logger: log } }, async ({ server, client }) => {
      let port: number | undefined;
      server.handle(echo, (context, value) => {
        port = context.peer.port;
        return value;
      });
      server.handle(note, () => {
        throw new Error('boom');
      });
      await client.call(echo, 1);
      await client.call(note, 1);
      await client.call(echo, 1);
      expect(log.lines).to.deep.equal([
        `warn client 127.0.0.1:${port} msg_id 2: exception "boom" in no_wait handler ignored`,
      ]);
    });
  });

  it('A6-logger a logger that throws harms nobody', async () => {
    const throwing = (): never => {
      throw new Error('the disk is full');
    };
    const logger: Logger = { debug: throwing, info: throwing, warn: throwing, error: throwing };
    await withServer({ both: { logger } }, async ({ server, client }) => {
      server.handle(echo, (_context, value) => value);
      server.handle(note, () => {
        throw new Error('boom');
      });
      await client.call(note, 1);
      expect(await client.call(echo, 1)).to.equal(1);
    });
  });

  it('E1-log control characters of an error cannot forge a line', async () => {
    const log = new CollectedLog();
    await withServer({ server: { logger: log } }, async ({ server, client }) => {
      server.handle(note, () => {
        throw new Error('boom\nwarn client 10.0.0.1:1: all is well\u2028\u001b[2J');
      });
      await client.call(note, 1);
      const line = await log.line(/no_wait/);
      expect(line).not.to.match(/[\u0000-\u001f\u2028]/);
      expect(line).to.contain('boom\\u000awarn');
    });
  });
});

const SILENT: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** The counts that are not zero; sums of times are left to tests of their own. */
function changed(stats: Readonly<StatValues>): Partial<StatValues> {
  const { delayTotal: _delayTotal, ...counts } = stats;
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
}
