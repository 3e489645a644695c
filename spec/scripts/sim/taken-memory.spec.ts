import { expect } from 'chai';

import type { Sink } from '../../../lib/index.ts';
import { drawPlan } from '../../../scripts/sim/plan/draw.ts';
import { makeItem, type SentItem, toSent } from '../../../scripts/sim/run/item.ts';
import { sendAll } from '../../../scripts/sim/run/verbs.ts';

const ITEMS = Array.from({ length: 3 }, (_, index) => toSent(makeItem(1, 'up', index, 20), 'raw'));

async function* items(): AsyncGenerator<SentItem> {
  yield* ITEMS;
}

/** Sends all items, and tells what a sink has given and got. */
async function send(isTaken: boolean): Promise<{ taken: SentItem[]; sent: SentItem[] }> {
  const taken: SentItem[] = [];
  const sent: SentItem[] = [];
  const sink: Partial<Sink<[SentItem]>> = {
    take: (size) => {
      const memory = Buffer.alloc(size);
      taken.push(memory);
      return memory;
    },
    send: (item) => {
      sent.push(item);
      return undefined;
    },
    close: () => Promise.resolve(),
  };
  await sendAll(sink as Sink<[SentItem]>, items(), { isTaken });
  return { taken, sent };
}

describe('senders of programs for worlds that fill memory of their sinks', () => {
  it('send their items in it, each in some of its own', async () => {
    const { taken, sent } = await send(true);
    expect(sent.every((item, i) => item === taken[i])).to.equal(true);
    expect(sent.map((item) => [...(item as Uint8Array)])).to.deep.equal(
      ITEMS.map((item) => [...(item as Uint8Array)]),
    );
    expect(await send(false)).to.deep.equal({ taken: [], sent: ITEMS });
  });

  it('are drawn for both directions, resumable or not, compressed or not', () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 1_000; seed++) {
      const { clients, server } = drawPlan(seed);
      for (const operation of clients.flatMap(({ operations }) => operations)) {
        if (!('flow' in operation) || operation.flow.isTaken !== true) continue;
        seen.add(`${operation.kind} ${operation.flow.resumable === undefined ? 'plain' : 'kept'}`);
        if (server.isCompressing) seen.add(`${operation.kind} compressed`);
      }
    }
    const kinds = ['verbUp', 'verbDown'].flatMap((kind) =>
      ['plain', 'kept', 'compressed'].map((term) => `${kind} ${term}`),
    );
    expect([...seen].toSorted()).to.deep.equal(kinds.toSorted());
  });
});
