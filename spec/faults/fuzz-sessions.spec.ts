import { expect } from 'chai';

import { type CompressorFactory, lz4, lz4Fragmented } from '../../lib/compression.ts';
import { Mutator } from '../support/mutator.ts';
import { ECHO, GOOD_SESSION } from '../support/session.ts';
import { SessionWorld } from '../support/session-world.ts';
import { settleWithin } from '../support/settle.ts';
import { TamperedTransport } from '../support/tampered-transport.ts';

const SESSIONS = 400;

/** Every fifth chunk of one direction of one connection arrives damaged. */
function mutated(world: SessionWorld, seed: number): TamperedTransport {
  const mutator = new Mutator(seed);
  const target = { connection: mutator.below(2), isToServer: mutator.below(2) === 0 };
  return new TamperedTransport(world.network, ({ connection, isToServer, bytes }) => {
    if (connection !== target.connection || isToServer !== target.isToServer) return bytes;
    return mutator.below(5) === 0 ? mutator.mutate(bytes) : bytes;
  });
}

async function runMutated(compression: CompressorFactory | undefined): Promise<void> {
  const world = await SessionWorld.create(compression);
  const bystander = world.connect();
  await bystander.whenReady();
  for (let seed = 0; seed < SESSIONS; seed++) {
    await world.session(mutated(world, seed));
    expect(bystander.state, `seed ${seed}`).to.equal('connected');
  }
  expect(await bystander.call(ECHO, 'still here')).to.equal('still here');
  expect(await world.session()).to.deep.equal(GOOD_SESSION);
  await settleWithin(bystander.close(), world.clock, 5_000);
  await world.close();
  expect(world.clock.pendingTimers).to.equal(0);
}

// The root hook fails the run for an unhandled rejection.
describe('F11 damaged sessions', () => {
  for (const [name, compression] of [
    ['plain', undefined],
    ['LZ4', lz4()],
    ['LZ4_FRAGMENTED', lz4Fragmented()],
  ] as const) {
    it(`end, leave nothing behind and harm nobody else, ${name}`, () => runMutated(compression));
  }
});
