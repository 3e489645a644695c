import { expect } from 'chai';

import { type CompressorFactory, lz4, lz4Fragmented } from '../../lib/compression.ts';
import { RecordingTransport } from '../support/recording-transport.ts';
import { ECHO, GOOD_SESSION } from '../support/session.ts';
import { CONNECTIONS, SessionWorld } from '../support/session-world.ts';
import { settleWithin } from '../support/settle.ts';
import { TamperedTransport } from '../support/tampered-transport.ts';

interface Place {
  readonly connection: number;
  readonly isToServer: boolean;
}

const PLACES: readonly Place[] = [0, 1].flatMap((connection) => [
  { connection, isToServer: true },
  { connection, isToServer: false },
]);

async function bytesAt(place: Place, compression: CompressorFactory | undefined): Promise<number> {
  const world = await SessionWorld.create(compression);
  const recording = new RecordingTransport(world.network);
  expect(await world.session(recording)).to.deep.equal(GOOD_SESSION);
  await world.close();
  return recording.records
    .filter((each) => each.connection === place.connection && each.isToServer === place.isToServer)
    .reduce((total, each) => total + each.bytes.length, 0);
}

/** The byte at one offset arrives changed. */
function damaged(world: SessionWorld, place: Place, at: number, mask: number): TamperedTransport {
  return new TamperedTransport(world.network, ({ connection, isToServer, offset, bytes }) => {
    const index = at - offset;
    const byte = bytes[index];
    const isMeant = connection === place.connection && isToServer === place.isToServer;
    if (isMeant && byte !== undefined) bytes[index] = byte ^ mask;
    return bytes;
  });
}

describe('F11 a damaged byte', () => {
  for (const [name, compression] of [
    ['plain', undefined],
    ['LZ4', lz4()],
    ['LZ4_FRAGMENTED', lz4Fragmented()],
  ] as const) {
    for (const place of PLACES) {
      const which = CONNECTIONS[place.connection] ?? '';
      const where = `the ${which} connection to the ${place.isToServer ? 'server' : 'client'}`;
      it(`harms at most its own connection, at every offset of ${where}, ${name}`, async () => {
        const bytes = await bytesAt(place, compression);
        const world = await SessionWorld.create(compression);
        const bystander = world.connect();
        await bystander.whenReady();
        for (let at = 0; at < bytes; at++) {
          // All bits of most bytes; for some just one, which passes more checks.
          await world.session(damaged(world, place, at, at % 3 === 0 ? 1 << (at % 8) : 0xff));
          expect(bystander.state).to.equal('connected');
        }
        expect(await bystander.call(ECHO, 'still here')).to.equal('still here');
        expect(await world.session()).to.deep.equal(GOOD_SESSION);
        await settleWithin(bystander.close(), world.clock, 5_000);
        await world.close();
        expect(world.clock.pendingTimers).to.equal(0);
      });
    }
  }
});
