import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import { expect } from 'chai';

import type { StreamEvent } from '../../lib/diagnostics.ts';
import { type Source, verb, type Verb } from '../../lib/index.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { heldObjects } from '../support/held-objects.ts';
import { inMemory } from '../support/passing.ts';
import { expectNothingLeft, TAKE, withResumed } from '../support/resumed-pair.ts';
import { turns, until } from '../support/turns.ts';
import { echo, serveEcho } from '../support/verb-streams.ts';
import { withServer } from '../support/with-server.ts';

const TAKE_BYTES: Verb<(chunks: Source<[Uint8Array]>) => void> = verb(0x57_0022);
const STREAMS = 24;
const PAYLOAD_BYTES = 100_000;

describe('what a resumable stream of a verb keeps', () => {
  it('tells sluice:stream:unacknowledged of a reader that acknowledges nothing', async () => {
    const told: StreamEvent[] = [];
    const onTold = (event: unknown): void => void told.push(event as StreamEvent);
    subscribe('sluice:stream:unacknowledged', onTold);
    const log = new CollectedLog();
    const memory = inMemory({ both: { logger: log } });
    try {
      await withServer(memory, async ({ server, client }) => {
        let source: Source<[string]> | undefined;
        server.handle(TAKE, (_context, texts) => {
          texts.ack = 'manual';
          source = texts;
        });
        const sink = await client.makeStreamSink<[string]>({ resumable: { windowItems: 2 } });
        await client.call(TAKE, sink);
        await sink.send('one');
        const waiting = sink.send('two');
        expect(await source!.read()).to.deep.equal(['one']);
        memory.clock.advance(29_900);
        await turns(20);
        expect(told).to.deep.equal([]);
        memory.clock.advance(60_000);
        await until(() => told.length === 1);
        expect(told[0]).to.include({ side: 'producer', kind: 'verb' });
        expect(log.lines.join(' ')).to.contain('has acknowledged none of 2 items for 30 s');
        source!.acknowledge();
        await waiting;
        sink.abort();
      });
    } finally {
      unsubscribe('sluice:stream:unacknowledged', onTold);
    }
  });

  it('leaves nothing when its messages were many and its connections were cut', async () => {
    await withResumed(async (pair) => {
      serveEcho(pair.server);
      await echo(
        pair.client,
        Array.from({ length: 50 }, (_, at) => `text ${at}`),
      );
      pair.cutAll()();
      await until(() => pair.client.stats.reconnects === 1 && pair.client.state === 'connected');
      await expectNothingLeft(pair);
      expect(pair.server.snapshot().sessions).to.have.length(1);
      await pair.client.close();
      await until(() => pair.server.snapshot().sessions.length === 0);
    });
  });

  it('holds nothing when it is over, whether it was read or canceled', async () => {
    await withServer(async ({ server, client }) => {
      let source: Source<[Uint8Array]> | undefined;
      server.handle(TAKE_BYTES, (_context, chunks) => void (source = chunks));
      const run = async (): Promise<void> => {
        for (let round = 0; round < STREAMS; round++) {
          const sink = await client.makeStreamSink<[Uint8Array]>({ resumable: true });
          await client.call(TAKE_BYTES, sink);
          for (let at = 0; at < 5; at++) await sink.send(new Uint8Array(PAYLOAD_BYTES));
          await source!.read();
          if (round % 2 === 0) {
            const closing = sink.closeAndConfirm();
            while ((await source!.read()) !== undefined);
            await closing;
          } else {
            source!.cancel();
            await sink.ended.catch(() => {});
          }
        }
        await expectNothingLeft({ server, client });
      };
      await run();
      const objects = await heldObjects();
      const { arrayBuffers } = process.memoryUsage();
      await run();
      expect((await heldObjects()) - objects, 'objects').to.be.lessThan(STREAMS / 4);
      expect(process.memoryUsage().arrayBuffers - arrayBuffers).to.be.lessThan(5 * PAYLOAD_BYTES);
    });
  });

  it('keeps no place of its call when its handler and background work have ended', async () => {
    const governance = { maxConcurrentCalls: 1 };
    await withServer({ server: { governance } }, async ({ server, client }) => {
      serveEcho(server);
      for (let round = 0; round < 3; round++) {
        expect(await echo(client, ['one'])).to.deep.equal(['one!']);
        await turns(20);
      }
    });
  });
});
