import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import { expect } from 'chai';

import { decodeStreamError } from '../../lib/document/error-document.ts';
import { encodeExtension } from '../../lib/connection/handshake/extension.ts';
import type { StreamEvent } from '../../lib/diagnostics.ts';
import { stream, type StreamOptions, verb } from '../../lib/index.ts';
import { count, laneFrame } from '../support/lane-bench.ts';
import { type LanePart, takeStream, withPlayedResumer } from '../support/played-resumable.ts';
import { answer, withPlayedServer } from '../support/played-server.ts';
import { rejectionOf } from '../support/rejection.ts';
import { until } from '../support/turns.ts';
import { item } from '../support/value-stream-bytes.ts';
import { EOS_FRAME } from '../support/wire-bytes.ts';

const CONSUME = laneFrame({ type: 'consume', number: 2 });
const TAKE = verb<(items: unknown) => void>(2);

/** What a client of that version gets of a stream, and whether the producer has run. */
async function partsOf(
  version: number,
  resumable: StreamOptions<number>['resumable'],
): Promise<{ parts: LanePart[]; isLeft: boolean }> {
  let parts: LanePart[] = [];
  let isLeft = false;
  async function* items(): AsyncGenerator<number> {
    try {
      yield 7;
    } finally {
      isLeft = true;
    }
  }
  await withPlayedResumer(
    () => {
      const local = stream(items(), { resumable });
      local.whenSent.catch(() => {});
      return local;
    },
    async (client) => {
      await client.give();
      const lane = await client.lane();
      lane.write(CONSUME);
      parts = await takeStream(lane);
    },
    version,
  );
  return { parts, isLeft };
}

const typesOf = (parts: readonly LanePart[]): unknown[] =>
  parts.map((part) => (typeof part === 'object' && 'type' in part ? part.type : 'item'));

describe('F35 a resumable stream with a peer of another version', () => {
  it('fails its reader of version 2 with ERR_UNSUPPORTED, and sends nothing', async () => {
    const { parts } = await partsOf(2, true);
    expect(typesOf(parts)).to.deep.equal(['error']);
    const [first] = parts;
    if (typeof first !== 'object' || !('document' in first)) throw new Error('no error came');
    expect(decodeStreamError(first.document)).to.include({ code: 'ERR_UNSUPPORTED' });
  });

  it('tells subscribers that its producer has ended with version 2, as it has begun', async () => {
    const started: StreamEvent[] = [];
    const finished: StreamEvent[] = [];
    // These channels carry events of streams only.
    const onStart = (event: unknown): void => void started.push(event as StreamEvent);
    const onFinish = (event: unknown): void => void finished.push(event as StreamEvent);
    subscribe('sluice:stream:start', onStart);
    subscribe('sluice:stream:finish', onFinish);
    try {
      await partsOf(2, true);
    } finally {
      unsubscribe('sluice:stream:start', onStart);
      unsubscribe('sluice:stream:finish', onFinish);
    }
    expect(started.map(({ side }) => side)).to.deep.equal(['producer']);
    expect(finished).to.deep.equal(started);
    expect(finished[0]).to.include({ items: 0, bytes: 0 });
    expect(finished[0]?.error).to.include({ code: 'ERR_UNSUPPORTED' });
  });

  it('is a plain stream for version 2 if it is to be resumable if possible', async () => {
    const { parts, isLeft } = await partsOf(2, 'if-possible');
    expect(typesOf(parts)).to.deep.equal(['item', 'count']);
    expect(isLeft).to.equal(true);
  });

  it('is resumable for version 99', async () => {
    for (const resumable of [true, 'if-possible'] as const) {
      const { parts } = await partsOf(99, resumable);
      expect(typesOf(parts)).to.deep.equal(['retained', 'item', 'count']);
    }
  });

  it('can’t be passed to version 1, nor to a peer without the extension, as no stream can', async () => {
    for (const extension of [encodeExtension({ version: 1 }), undefined]) {
      await withPlayedServer(async (client, server) => {
        await answer(server, { connectionId: 0x10001n, ...(extension && { extension }) });
        await client.whenReady();
        for (const resumable of [true, 'if-possible'] as const) {
          const error = await rejectionOf(client.call(TAKE, stream([1], { resumable })));
          expect(error).to.include({ code: 'ERR_UNSUPPORTED' });
        }
      });
    }
  });

  it('of version 2 is read as a plain one, and acknowledges nothing', async () => {
    await withPlayedResumer(
      () => undefined,
      async (client) => {
        await client.offer(2);
        const { remote } = client;
        remote.ack = 'manual';
        const first = remote.read();
        await client.told('stream-open');
        const lane = await client.lane();
        lane.write(laneFrame({ type: 'produce', number: 2 }), item(1), item(2));
        expect((await first).value).to.equal(1);
        remote.acknowledge();
        expect(remote).to.include({ acknowledgedItems: 1, wantsManualAck: false });
        lane.write(count(2), EOS_FRAME);
        expect((await remote.read()).value).to.equal(2);
        expect((await remote.read()).done).to.equal(true);
        await client.told('stream-taken');
      },
      2,
    );
  });

  it('is asked for again by the next attempt when its client has lost a lane, and only then', async () => {
    await withPlayedResumer(
      () => undefined,
      async (client) => {
        await client.offer(2);
        void client.remote.read().catch(() => {});
        await client.told('stream-open');
        const lane = await client.lane();
        lane.write(laneFrame({ type: 'produce', number: 2 }));
        lane.reset();
        const { attempt } = await client.told('stream-resume');
        expect(attempt).to.equal(1);
        client.tell({ kind: 'stream-parted', number: 2, attempt: 1 });
        expect((await client.told('stream-resume')).attempt).to.equal(2);
        client.tell({ kind: 'stream-parted', number: 2, attempt: 1 });
        const next = await client.lane();
        next.write(laneFrame({ type: 'produce', number: 2 }), item(5), count(1), EOS_FRAME);
        await until(() => client.remote.receivedItems === 1);
      },
    );
  });
});
