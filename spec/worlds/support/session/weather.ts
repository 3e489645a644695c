import type { SessionWorld, Weather } from './session-world.ts';

/** The weather is good after so much time, so that each scene comes to its end. */
const BAD_MS = 5_000;

/** Something breaks, and some milliseconds pass, up to so many. */
export function badWeather(event: (session: SessionWorld) => void, gapMs: number): Weather {
  return async (session) => {
    const { world } = session;
    for (;;) {
      await world.sleep(world.dice.between(1, gapMs));
      if (session.isSettled || world.clock.now() > BAD_MS) break;
      event(session);
    }
    world.heal();
  };
}

/** All connections are reset, or one of them. */
export function cutSome(session: SessionWorld): void {
  if (session.world.dice.chance(0.5)) session.cut();
  else session.cutOne();
}

/** Anything may break but a process. */
export function anyFault(session: SessionWorld): void {
  const { world } = session;
  const { dice } = world;
  const node = dice.pick(['client', 'server']);
  switch (dice.below(10)) {
    case 0:
      if (world.connections > 0) silenceOne(session);
      break;
    case 1:
      world.block(node, dice.between(1, 300));
      break;
    case 2:
      world.jump(node, dice.pick([10, 1_000, 30_000]));
      break;
    case 3:
      world.partition('client', 'server');
      break;
    case 4:
    case 5:
      world.heal();
      break;
    default:
      cutSome(session);
  }
}

/** A connection is half open: nothing of it passes any more, in one direction or both. */
function silenceOne({ world }: SessionWorld): void {
  const { dice } = world;
  const direction = dice.pick(['both', 'toListener', 'toDialer'] as const);
  world.silence(dice.below(world.connections), direction, 120_000);
}
