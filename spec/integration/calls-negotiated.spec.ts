import { expect } from 'chai';

import { Deferred } from '../../lib/base/deferred.ts';
import { ClosedError, Group, type ServerOptions, verb } from '../../lib/index.ts';
import {
  type Compressor,
  type CompressorFactory,
  lz4,
  lz4Fragmented,
  multiCompressor,
} from '../../lib/compression.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { rejectionOf } from '../support/rejection.ts';
import { turns } from '../support/turns.ts';
import { withListening, withServer } from '../support/with-server.ts';

const echo = verb<(value: string) => string>(1);
const where = verb<() => string | undefined>(2);
const wait = verb<(value: number) => number>(3);

describe('calls: what is negotiated', () => {
  const both = [false, true];
  for (const serverCompresses of both) {
    for (const clientCompresses of both) {
      for (const sendTimeout of both) {
        for (const sendHandlerDuration of both) {
          const offers = [
            serverCompresses && 'server compression',
            clientCompresses && 'client compression',
            sendTimeout && 'timeout',
            sendHandlerDuration && 'duration',
          ].filter((offer) => offer !== false);
          it(`test_rpc_connect: a call works with ${offers.join(', ') || 'nothing'}`, async () => {
            const [atServer, atClient] = [countingCompression(), countingCompression()];
            const options = {
              server: { compression: serverCompresses ? atServer.factory : undefined },
              client: {
                compression: clientCompresses ? atClient.factory : undefined,
                sendTimeout,
                sendHandlerDuration,
              },
            };
            await withServer(options, async ({ server, client }) => {
              let timeoutMs: number | undefined;
              server.handle(echo, (context, value) => {
                timeoutMs = context.timeoutMs;
                return value;
              });
              expect(await client.with({ timeoutMs: 60_000 }).call(echo, 'hello')).to.equal(
                'hello',
              );
              expect(timeoutMs !== undefined).to.equal(sendTimeout);
              expect(client.stats.delaySamples).to.equal(sendHandlerDuration ? 1 : 0);
              const isCompressed = serverCompresses && clientCompresses;
              for (const { counts } of [atServer, atClient]) {
                expect(counts.compressed).to.equal(isCompressed ? 1 : 0);
                expect(counts.decompressed).to.equal(isCompressed ? 1 : 0);
              }
            });
          });
        }
      }
    }
  }

  const named = (names: string[]): { factory: CompressorFactory; chosen: string[] } => {
    const chosen: string[] = [];
    const factories = names.map((name) => {
      const { factory } = countingCompression(name, () => chosen.push(name));
      return factory;
    });
    return { factory: multiCompressor(...factories), chosen };
  };
  for (const [client, server, expected] of [
    [['A', 'B', 'C'], ['C', 'B', 'A'], 'A'],
    [['B', 'C'], ['A', 'C', 'B'], 'B'],
    [['D', 'C'], ['A', 'B', 'C'], 'C'],
    [['D'], ['A', 'B'], undefined],
  ] as const) {
    it(`test_rpc_connect_multi_compression_algo: a client of ${client.join(',')} and a server of ${server.join(',')} use ${expected ?? 'none'}`, async () => {
      const [atClient, atServer] = [named([...client]), named([...server])];
      const options = {
        client: { compression: atClient.factory },
        server: { compression: atServer.factory },
      };
      await withServer(options, async ({ server, client }) => {
        server.handle(echo, (_context, value) => value);
        expect(await client.call(echo, 'hello')).to.equal('hello');
        const chosen = expected === undefined ? [] : [expected];
        expect(atServer.chosen).to.deep.equal(chosen);
        expect(atClient.chosen).to.deep.equal(chosen);
      });
    });
  }

  for (const factory of [lz4(), lz4Fragmented(), multiCompressor(lz4Fragmented(), lz4())]) {
    it(`A2-client, A2-server: calls of all sizes pass through ${factory.supported}`, async () => {
      await withServer({ both: { compression: factory } }, async ({ server, client }) => {
        server.handle(echo, (_context, value) => value);
        const texts = [0, 1, 1_000, 32_767, 32_768, 32_769, 1_000_000].map((length) =>
          'abcdefgh'.repeat(length / 8 + 1).slice(0, length),
        );
        const calls = texts.map((text) => client.call(echo, text));
        expect(await Promise.all(calls)).to.deep.equal(texts);
      });
    });
  }

  it('test_compressor_empty_frames: compressors exchange frames of their own in both directions', async () => {
    const [atServer, atClient] = [countingCompression(), countingCompression()];
    const options = {
      server: { compression: atServer.factory },
      client: { compression: atClient.factory },
    };
    await withServer(options, async ({ server, client }) => {
      server.handle(echo, (_context, value) => value);
      for (let round = 0; round < 3; round++) {
        atServer.sendEmptyFrame();
        atClient.sendEmptyFrame();
        expect(await client.call(echo, 'hello')).to.equal('hello');
        atServer.sendEmptyFrame();
        atClient.sendEmptyFrame();
      }
      expect(await client.call(echo, 'again')).to.equal('again');
      for (const { counts } of [atServer, atClient]) {
        expect(counts.emptySent).to.equal(6);
        expect(counts.emptyReceived).to.equal(6);
        expect(counts.decompressed - counts.emptyReceived).to.equal(4);
      }
      expect(client.stats.replied).to.equal(4);
    });
    expect(atServer.counts.closed, 'closed with its connection').to.equal(1);
    expect(atClient.counts.closed, 'closed with its connection').to.equal(1);
  });
});

describe('calls: classes of work', () => {
  it('test_rpc_scheduling: a verb runs in the group that it was registered for', async () => {
    await withServer(async ({ server, client }) => {
      const group = new Group('bulk', 2);
      const finish = new Deferred();
      const running: number[] = [];
      server.handle(
        wait,
        async (context, value) => {
          expect(context.group).to.equal(group);
          running.push(value);
          await finish.promise;
          return value;
        },
        { group },
      );
      server.handle(where, (context) => context.group?.name);
      const calls = [1, 2, 3, 4].map((value) => client.call(wait, value));
      expect(await client.call(where), 'other verbs are not in it').to.equal(undefined);
      expect(running).to.deep.equal([1, 2]);
      expect(group.running).to.equal(2);
      finish.resolve();
      expect(await Promise.all(calls)).to.deep.equal([1, 2, 3, 4]);
      expect(group.running).to.equal(0);
    });
  });

  const groups: Record<string, Group> = { fast: new Group('fast'), slow: new Group('slow', 1) };
  const resolvers: [suffix: string, isolate: NonNullable<ServerOptions['isolate']>][] = [
    ['', (cookie) => groups[cookie]],
    [
      '_async',
      async (cookie) => {
        await turns(3);
        return groups[cookie];
      },
    ],
  ];
  for (const [suffix, isolate] of resolvers) {
    it(`S-W7, test_rpc_scheduling_connection_based${suffix}: a connection’s cookie chooses its group`, async () => {
      await withServer({ server: { isolate } }, async ({ server, connect }) => {
        server.handle(where, (context) => `${context.isolation} in ${context.group?.name}`);
        for (const cookie of ['fast', 'slow', 'unheard of']) {
          const client = await connect({ isolationCookie: cookie });
          expect(await client.call(where)).to.equal(`${cookie} in ${groups[cookie]?.name}`);
        }
      });
    });

    it(`S-W7, test_rpc_scheduling_connection_based_compatibility${suffix}: a client without a cookie gets no group`, async () => {
      let asked = 0;
      const counting: typeof isolate = (cookie, peer) => {
        asked++;
        return isolate(cookie, peer);
      };
      await withServer({ server: { isolate: counting } }, async ({ server, client, connect }) => {
        server.handle(where, (context) => context.group?.name ?? 'none');
        expect(await client.call(where)).to.equal('none');
        const empty = await connect({ isolationCookie: '' });
        expect(await empty.call(where)).to.equal('none');
        expect(asked).to.equal(0);
      });
    });
  }

  it('S-W7 a verb’s own group goes before that of the connection', async () => {
    const options = {
      server: { isolate: () => new Group('of the connection') },
      client: { isolationCookie: 'any' },
    };
    await withServer(options, async ({ server, client }) => {
      server.handle(where, (context) => context.group?.name, { group: new Group('of the verb') });
      expect(await client.call(where)).to.equal('of the verb');
    });
  });

  for (const [how, isolate] of [
    [
      'throws',
      () => {
        throw new Error('no such class');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no such class'))],
  ] as [string, NonNullable<ServerOptions['isolate']>][]) {
    it(`S-W7, E1-cookie: a resolver that ${how} ends the connection, and no other`, async () => {
      const log = new CollectedLog();
      await withListening({ server: { isolate, logger: log } }, async (server, start) => {
        server.handle(echo, (_context, value) => value);
        const refused = start({ isolationCookie: 'unknown' });
        await rejectionOf(refused.whenReady(), ClosedError);
        await rejectionOf(refused.call(echo, 'x'), ClosedError);
        expect(await log.line(/no such class/)).to.match(
          /^warn client 127\.0\.0\.1:\d+: server connection dropped: no such class$/,
        );
        expect(await start().call(echo, 'hello')).to.equal('hello');
      });
    });
  }

  it('S-W7, E1-cookie: a cookie that nobody resolves is only told', async () => {
    await withServer({ client: { isolationCookie: 'root' } }, async ({ server, client }) => {
      server.handle(where, (context) => `${context.isolation} in ${context.group?.name}`);
      expect(await client.call(where)).to.equal('root in undefined');
    });
  });
});

interface CountingCompression {
  readonly factory: CompressorFactory;
  readonly counts: {
    compressed: number;
    decompressed: number;
    emptySent: number;
    emptyReceived: number;
    closed: number;
  };
  /** On the last connection that was negotiated. */
  sendEmptyFrame(): void;
}

/** Turns every bit, so that what was not compressed can't be mistaken for what was. */
function countingCompression(name = 'TURN', onChosen: () => void = () => {}): CountingCompression {
  const counts = { compressed: 0, decompressed: 0, emptySent: 0, emptyReceived: 0, closed: 0 };
  let send: () => void = () => {};
  const turn = (from: Buffer): Buffer => Buffer.from(from.map((byte) => byte ^ 0xff));
  const compressor: Compressor = {
    name,
    compress: (frame) => {
      if (frame.length === 0) counts.emptySent++;
      else counts.compressed++;
      return turn(frame);
    },
    decompress: (payload) => {
      counts.decompressed++;
      if (payload.length === 0) counts.emptyReceived++;
      return turn(payload);
    },
    close: () => void counts.closed++,
  };
  const factory: CompressorFactory = {
    supported: name,
    negotiate: (feature, _isServer, sendEmptyFrame) => {
      if (feature !== name) return undefined;
      send = sendEmptyFrame;
      onChosen();
      return compressor;
    },
  };
  return { factory, counts, sendEmptyFrame: () => send() };
}
