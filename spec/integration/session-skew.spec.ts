import { once } from 'node:events';

import { expect } from 'chai';

import { type Client, createClient, stream, verb } from '../../lib/index.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { rejectionOf } from '../support/rejection.ts';
import { SessionServer } from '../support/session-server.ts';
import { until } from '../support/turns.ts';

const QUICK = { minDelayMs: 1, maxDelayMs: 5 };
const ECHO = verb<(text: string) => string>(80);
const AGAIN = verb<() => number>(81, { idempotent: true });
const ONCE = verb<() => number>(82);
const TAKE = verb<(items: unknown) => Promise<number>>(83);

/** Runs with a client whose server speaks that version; 0 is a plain Seastar. */
async function withVersion(
  version: number,
  run: (bench: SessionServer, client: Client, cut: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const options = version === 0 ? { extension: false } : {};
  await using bench = await SessionServer.start(options, version === 0 ? undefined : version);
  await using proxy = await FaultProxy.start(bench.server.address.port);
  const client = createClient({ host: '127.0.0.1', port: proxy.port, reconnect: QUICK });
  await client.whenReady();
  await run(bench, client, async () => {
    const connected = once(client, 'connected');
    for (const connection of proxy.connections) connection.reset();
    await connected;
  });
  await client.abort();
}

describe('a client that reconnects, and its server of another version', () => {
  for (const [version, name] of [
    [0, 'a plain Seastar'],
    [1, 'version 1'],
    [2, 'version 2'],
    [99, 'version 99'],
  ] as const) {
    const isResuming = version === 99;

    it(`F35 Versions 1, 2, 99, Seastar: queue and idempotent repeats work, nothing else runs twice: ${name}`, async () => {
      await withVersion(version, async ({ server }, client, cut) => {
        let [again, onces] = [0, 0];
        let release: () => void = () => {};
        const held = new Promise<void>((resolve) => void (release = resolve));
        server.handle(ECHO, (_context, text) => text);
        server.handle(AGAIN, async () => {
          again++;
          await held;
          return again;
        });
        const runOnce = async (): Promise<number> => {
          onces++;
          await held;
          return onces;
        };
        server.handle(ONCE, runOnce, { once: true });
        const repeated = client.call(AGAIN);
        const single = client.call(ONCE).catch((error: unknown) => error);
        await until(() => again === 1 && onces === 1);
        let queued: Promise<string> | undefined;
        client.once('reconnecting', () => void (queued = client.call(ECHO, 'queued')));
        await cut();
        expect(await queued).to.equal('queued');
        release();
        expect(await repeated).to.equal(isResuming ? 1 : 2);
        if (isResuming) expect(await single).to.equal(1);
        else expect(await single).to.include({ code: 'ERR_CLOSED', mayHaveRun: true });
        expect(onces).to.equal(1);
      });
    });

    it(`F35 Versions 1, 2, 99, Seastar: a resumable stream is refused, unless it need not be one: ${name}`, async () => {
      await withVersion(version, async ({ server }, client) => {
        server.handle(TAKE, async (_context, items) => {
          let count = 0;
          for await (const _ of items as AsyncIterable<unknown>) count++;
          return count;
        });
        const take = (resumable: true | 'if-possible'): Promise<number> =>
          client.call(TAKE, stream([1, 2, 3], { resumable }));
        if (isResuming) expect(await take(true)).to.equal(3);
        else {
          const error = await rejectionOf(take(true), Error);
          // A server of version 2 has read of it what its producer has ended with.
          const code = version === 2 ? 'ERR_REMOTE' : 'ERR_UNSUPPORTED';
          expect(error).to.include({ code });
          if (version === 2) expect(error.message).to.contain('needs version 3');
        }
        if (version >= 2) expect(await take('if-possible')).to.equal(3);
        else {
          const error = await rejectionOf(take('if-possible'), Error);
          expect(error).to.include({ code: 'ERR_UNSUPPORTED' });
        }
      });
    });
  }
});
