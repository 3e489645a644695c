import type { NodeProcess } from '../../../lib/simulation/world/node.ts';
import type { World } from '../../../lib/simulation/world/world.ts';
import { type Flow, NEWEST_VERSION, type Plan } from '../plan/plan.ts';
import { CountedClock } from './counted-clock.ts';
import { NO_OPERATION } from './damaged-name.ts';
import { itemOf, makeItem } from './item.ts';
import type { WorldService } from './service.ts';
import { makeClient } from './setup.ts';
import { damage } from './tampers.ts';

/** Milliseconds that the client stays. */
const STAY_MS = 60_000;
const ROUNDS = 4;
const FLOW: Flow = { items: 3, itemBytes: 20, gapMs: 0, readGapMs: 0 };

/** A client calls everything, and its bytes are damaged on their way. */
export function sendDamaged(world: World, plan: Plan, name: string, probability: number): void {
  world.node(name, async (running) => {
    const clock = new CountedClock(running.clock);
    const dice = running.dice;
    const own = { name, version: NEWEST_VERSION };
    const client = makeClient(plan, own, running, clock, () => damage(dice, probability));
    const api = client.api<WorldService>('world');
    const common = { id: NO_OPERATION, atMs: 0 };
    const works = Array.from({ length: ROUNDS }, async () => {
      const { pad } = makeItem(NO_OPERATION, 'echo', 0, 10);
      await api.echo({ ...common, kind: 'echo', bytes: 10, workMs: 0 }, pad);
      const items = await api.both({ ...common, kind: 'both', flow: FLOW }, threeItems());
      for await (const item of items) if (itemOf(item).index === 2) break;
      for await (const row of await api.nested({
        ...common,
        kind: 'nested',
        rows: 2,
        cells: FLOW,
      })) {
        for await (const cell of row.cells) if (itemOf(cell).index === 1) break;
      }
    });
    await Promise.race([Promise.allSettled(works), stay(running)]);
    await client.abort();
  });
}

function stay(running: NodeProcess): Promise<void> {
  return running.sleep(STAY_MS);
}

async function* threeItems(): AsyncGenerator<ReturnType<typeof makeItem>, void, undefined> {
  for (let index = 0; index < FLOW.items; index++) {
    yield makeItem(NO_OPERATION, 'up', index, FLOW.itemBytes);
  }
}
