import { resolveEndpoint } from '../../../lib/transport/endpoint.ts';
import { World } from '../../../lib/simulation/world/world.ts';
import { type TransportFixture, transportCompliance } from '../../compliance/transport.ts';

transportCompliance('a network of a world', () => makeFixture(1, Infinity));
transportCompliance('a network of a world that cuts bytes into pieces', () =>
  makeFixture(2, 5_000),
);

async function makeFixture(seed: number, pieceBytes: number): Promise<TransportFixture> {
  const world = new World(seed, () => {});
  world.setPath({ latencyMs: 0, pieceBytes });
  const { surroundings } = world.node('localhost', () => {});
  const running = run(world);
  return {
    transport: surroundings.network,
    listenAt: resolveEndpoint({ host: 'localhost', port: 0 }, 'listen'),
    dialTo: ({ port }) => resolveEndpoint({ host: 'localhost', port }, 'dial'),
    maxBufferedBytes: 262_144,
    release: () => {
      running.isOver = true;
      return running.over;
    },
  };
}

/** Lets things happen in the world for as long as the fixture is in use. */
function run(world: World): { isOver: boolean; readonly over: Promise<void> } {
  const running = { isOver: false, over: Promise.resolve() };
  running.over = (async () => {
    while (!running.isOver) {
      if (!(await world.schedule.step(Infinity))) await new Promise(setImmediate);
    }
    world.end();
  })();
  return running;
}
