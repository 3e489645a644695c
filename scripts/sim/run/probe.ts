import type { World } from '../../../lib/simulation/world/world.ts';
import { NEWEST_VERSION, type Plan } from '../plan/plan.ts';
import { CountedClock } from './counted-clock.ts';
import { NO_OPERATION } from './damaged-name.ts';
import { metadataOf } from './metadata.ts';
import type { WorldService } from './service.ts';
import { makeClient } from './setup.ts';

/** What a call has beside its pad takes no more. */
const REST_BYTES = 2_000;

const GOOD_PATH = {
  latencyMs: 1,
  jitterMs: 0,
  bytesPerMs: Infinity,
  bufferBytes: 65_536,
  refusals: 0,
  acceptDelayMs: 0,
};

/**
 * Asks for all that a server has to give: as many calls at a time as it admits, and one that takes all of
 * its memory. Returns what it did not get: somebody still has a place, or memory.
 */
export function probe(world: World, plan: Plan): Promise<string[]> {
  const { maxConcurrentCalls, callsPerSecond, maxMemoryBytes } = plan.server;
  return new Promise((resolve, reject) => {
    world
      .node('probe', async (running) => {
        const own = { name: 'probe', version: NEWEST_VERSION };
        world.setPath(GOOD_PATH, ['probe', 'server']);
        const client = makeClient(plan, own, running, new CountedClock(running.clock));
        const metadata = metadataOf(NO_OPERATION);
        const echo = (bytes: number): Promise<unknown> => {
          const operation = {
            id: NO_OPERATION,
            atMs: 0,
            kind: 'echo',
            bytes,
            workMs: 100,
          } as const;
          return client
            .api<WorldService>('world', { metadata, timeoutMs: 5_000 })
            .echo(operation, Buffer.alloc(bytes, 7));
        };
        const works: Promise<unknown>[] = [];
        if (callsPerSecond === 0) {
          for (let call = 0; call < maxConcurrentCalls; call++) works.push(echo(1));
          await Promise.allSettled(works);
        }
        if (maxMemoryBytes > 0) works.push(echo(maxMemoryBytes - REST_BYTES));
        const results = await Promise.allSettled(works);
        await client.close();
        resolve(
          results.flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : [])),
        );
      })
      .finished.catch(reject);
  });
}
