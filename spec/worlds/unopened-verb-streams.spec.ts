import { expect } from 'chai';

import { ClosedError, type Source, verb } from '../../lib/index.ts';
import { simulate } from '../../lib/simulation.ts';
import { rejectionOf } from '../support/rejection.ts';

const LATENCY_MS = 50;
const SUM = verb<(numbers: Source<[number]>) => number>(0x57_0030);

/** The outcome of a stream whose connection was cut off while it was being opened. */
interface Opened {
  sum: number | undefined;
  error: Error | undefined;
  /** Connections that the server has had, with main connections. */
  connections: number;
}

/** Opens a plain stream and cuts its connection, and then perhaps the main connection too. */
async function openWhileCut(isMainCut: boolean, reconnect: boolean): Promise<Opened> {
  const opened: Opened = { sum: undefined, error: undefined, connections: 0 };
  await simulate(1, async (world) => {
    world.node('server', async (node) => {
      const server = await node.listen({ port: 4000 });
      server.on('connected', () => opened.connections++);
      server.handle(SUM, async (_context, numbers) => {
        let sum = 0;
        for await (const [number] of numbers) sum += number;
        return sum;
      });
    });
    const client = world.node('client', async (node) => {
      world.setPath({ latencyMs: LATENCY_MS });
      await using connected = await node.connect({ host: 'server', port: 4000, reconnect });
      const opening = connected.makeStreamSink<[number]>();
      // It is connected, and not negotiated.
      await world.sleep(2.5 * LATENCY_MS);
      expect(world.connections).to.equal(2);
      expect(world.cutOne(1)).to.equal(true);
      if (isMainCut) {
        await world.sleep(LATENCY_MS);
        world.cutOne(0);
      }
      if (!isMainCut || !reconnect) {
        opened.error = await rejectionOf(opening, ClosedError);
        return;
      }
      const sink = await opening;
      const sum = connected.call(SUM, sink);
      for (const number of [1, 2, 3]) await sink.send(number);
      await sink.close();
      opened.sum = await sum;
    });
    await client.finished;
  });
  return opened;
}

describe('a plain stream of a verb whose connection is cut off while it is opened', () => {
  it('L10 opens on the next connection if the main connection turns out to be lost as well', async () => {
    expect(await openWhileCut(true, true)).to.deep.include({ sum: 6, connections: 2 });
  });

  it('fails if the main connection lives on, and where there will be no other', async () => {
    for (const [isMainCut, reconnect] of [
      [false, true],
      [true, false],
    ] as const) {
      const { error, connections } = await openWhileCut(isMainCut, reconnect);
      expect(error).to.include({ code: 'ERR_CLOSED' });
      expect(connections).to.equal(1);
    }
  });
});
