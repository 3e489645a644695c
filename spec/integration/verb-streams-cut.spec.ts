import { expect } from 'chai';

import { lz4 } from '../../lib/compression.ts';
import { RefusedError } from '../../lib/errors/errors.ts';
import type { Client } from '../../lib/index.ts';
import { withCuts } from '../support/passing.ts';
import { rejectionOf } from '../support/rejection.ts';
import { until } from '../support/turns.ts';
import { ECHO, echo, serveEcho, type StreamTerms } from '../support/verb-streams.ts';
import type { PairOptions } from '../support/with-server.ts';

const TEXTS = ['one', 'two', 'three'];
const ECHOED = ['one!', 'two!', 'three!'];
const WINDOWS: readonly StreamTerms[] = [
  true,
  { windowItems: 2, ackPeriod: 1 },
  { windowBytes: 1 },
];

describe('a resumable stream of a verb whose connection is cut', () => {
  for (const [what, both] of [
    ['plain', {}],
    ['compressed', { compression: lz4() }],
  ] as const satisfies [string, PairOptions['both']][]) {
    for (const direction of ['toServer', 'toClient'] as const) {
      it(`L10 is opened by another connection when its first one is cut, at every byte ${direction}: ${what}`, async () => {
        // The server drops those whose opening the client never learns of.
        const server = { limits: { childIdleMs: 1_000 } };
        await withCuts({ both, server }, async (pair) => {
          const { client, proxy, cutNext } = pair;
          serveEcho(pair.server);
          const opened = await measureOpening(client, proxy, direction);
          for (let bytes = 0; bytes < opened; bytes++) {
            const before = proxy.connections.length;
            cutNext({ [direction]: { limitData: { bytes, by: bytes % 2 === 0 ? 'fin' : 'rst' } } });
            expect(await echo(client, TEXTS), `cut at ${bytes}`).to.deep.equal(ECHOED);
            expect(proxy.connections.length - before, `cut at ${bytes}`).to.equal(2);
          }
          await until(() => client.snapshot().connections[0]!.streams.length === 0);
          await until(() => pair.server.snapshot().connections[0]!.streams.length === 0);
        });
      });

      it(`L10 goes on at the exact message in both directions, at every byte ${direction}: ${what}`, async () => {
        await withCuts({ both }, async ({ server, client, proxy, cutNext }) => {
          serveEcho(server);
          expect(await echo(client, TEXTS)).to.deep.equal(ECHOED);
          const whole = proxy.connections.at(-1)!;
          const total = direction === 'toServer' ? whole.bytesFromClient : whole.bytesFromServer;
          const opened = await measureOpening(client, proxy, direction);
          let connections = proxy.connections.length;
          let cuts = 0;
          for (let bytes = opened + 1; bytes <= total; bytes++) {
            const by = bytes % 2 === 0 ? 'fin' : 'rst';
            cutNext({ [direction]: { limitData: { bytes, by } } });
            const resumable = WINDOWS[bytes % WINDOWS.length];
            const echoed = await echo(client, TEXTS, { resumable });
            expect(echoed, `cut at ${bytes}`).to.deep.equal(ECHOED);
            if (proxy.connections.length - connections > 1) cuts++;
            connections = proxy.connections.length;
          }
          // The last cuts may come behind the end of the stream.
          expect(cuts).to.be.at.least((total - opened) / 2);
          await until(() => client.snapshot().connections[0]!.streams.length === 0);
          await until(() => server.snapshot().connections[0]!.streams.length === 0);
        });
      });
    }
  }

  it('E2 takes one place among maxChildren while it dials again', async () => {
    await whileDialingAgain(2, async (client) => {
      const other = await client.makeStreamSink({ resumable: true });
      other.abort();
    });
  });

  it('E2 keeps its place among maxChildren at its client until it has another one', async () => {
    await whileDialingAgain(1, async (client) => {
      await until(() => client.snapshot().connections[0]!.children === 0);
      const error = await rejectionOf(client.makeStreamSink({ resumable: true }), RefusedError);
      expect(error.message).to.contain('maxChildren');
    });
  });
});

/** Runs a test while the connection of a stream is lost and dialed again, and sees the stream go on. */
async function whileDialingAgain(
  maxChildren: number,
  run: (client: Client) => Promise<void>,
): Promise<void> {
  await withCuts({ client: { limits: { maxChildren } } }, async (pair) => {
    const { client, proxy, cutNext } = pair;
    serveEcho(pair.server);
    const sink = await client.makeStreamSink<[string]>({ resumable: true });
    const back = await client.call(ECHO, sink);
    cutNext({ down: true });
    proxy.connections.at(-1)!.reset();
    await until(() => proxy.connections.length === 3);
    await run(client);
    await sink.send('on');
    expect(await back.read()).to.deep.equal(['on!']);
    sink.abort();
  });
}

/** Bytes of a direction until the stream is open. */
async function measureOpening(
  client: Parameters<typeof echo>[0],
  proxy: { readonly connections: readonly { bytesFromClient: number; bytesFromServer: number }[] },
  direction: 'toServer' | 'toClient',
): Promise<number> {
  const sink = await client.makeStreamSink<[string]>({ resumable: true });
  const opening = proxy.connections.at(-1)!;
  const bytes = direction === 'toServer' ? opening.bytesFromClient : opening.bytesFromServer;
  sink.abort();
  await sink.ended.catch(() => {});
  return bytes;
}
