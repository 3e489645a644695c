import { expect } from 'chai';

import { type CompressorFactory, lz4 } from '../../lib/compression.ts';
import type { MemoryFaults } from '../../lib/transport/memory/faults.ts';
import { RecordingTransport } from '../support/recording-transport.ts';
import {
  GOOD_SESSION,
  SESSION_MESSAGES,
  type SessionResult,
  type StreamEnds,
} from '../support/session.ts';
import { CONNECTIONS, SessionWorld } from '../support/session-world.ts';

const DIRECTIONS = ['toListener', 'toDialer'] as const;

/** Bytes of a direction of a connection, in a session in which nothing goes wrong. */
async function measure(
  compression: CompressorFactory | undefined,
  connection: number,
  direction: (typeof DIRECTIONS)[number],
): Promise<number> {
  const world = await SessionWorld.create(compression);
  const recording = new RecordingTransport(world.network);
  expect(await world.session(recording)).to.deep.equal(GOOD_SESSION);
  await world.close();
  const isToServer = direction === 'toListener';
  return recording.records
    .filter((each) => each.connection === connection && each.isToServer === isToServer)
    .reduce((total, each) => total + each.bytes.length, 0);
}

/** A part of a session may fail, but what looks like a result or an end is one. */
function expectHonest({ calls, stream }: SessionResult, ends: StreamEnds): void {
  for (const [index, call] of calls.entries()) {
    expect(call).to.be.oneOf([GOOD_SESSION.calls[index], 'ClosedError']);
  }
  const messages = stream.slice(0, -1);
  expect(messages).to.deep.equal(GOOD_SESSION.stream.slice(0, messages.length));
  if (stream.at(-1) === 'end') expect(stream).to.deep.equal(GOOD_SESSION.stream);
  else expect(stream.at(-1)).to.be.oneOf(['ClosedError', 'RemoteError', 'StreamClosedError']);
  for (const end of ends) {
    expect(end).to.match(
      new RegExp(`^(?:error after [0-3]|end after ${SESSION_MESSAGES.length})$`),
    );
  }
}

/** Sessions that are cut after each number of bytes; then one that is not. */
async function cutEverywhere(
  compression: CompressorFactory | undefined,
  connection: number,
  fault: (afterBytes: number) => MemoryFaults,
  bytes: number,
): Promise<void> {
  const world = await SessionWorld.create(compression);
  for (let afterBytes = 0; afterBytes <= bytes; afterBytes++) {
    world.faults = [...Array<MemoryFaults>(connection).fill({}), fault(afterBytes)];
    const result = await world.session();
    world.faults = [];
    expectHonest(result, world.ends.splice(0));
  }
  expect(await world.session()).to.deep.equal(GOOD_SESSION);
  await world.close();
  expect(world.clock.pendingTimers).to.equal(0);
}

describe('a session that is cut at every byte', () => {
  for (const [name, compression] of [
    ['plain', undefined],
    ['LZ4', lz4()],
  ] as const) {
    for (const [connection, which] of CONNECTIONS.entries()) {
      for (const direction of DIRECTIONS) {
        const where = `${which} connection to the ${direction === 'toListener' ? 'server' : 'client'}`;
        for (const kind of ['error', 'abort'] as const) {
          const what = kind === 'abort' ? 'F1 by a reset' : 'F2, F3 by an end';
          it(`${what} on the ${where}, ${name}: all settles, and no end is made up`, async () => {
            const bytes = await measure(compression, connection, direction);
            expect(bytes).to.be.above(40);
            const fault = (afterBytes: number): MemoryFaults => ({
              [direction]: { afterBytes, kind },
            });
            await cutEverywhere(compression, connection, fault, bytes);
          });
        }
      }
    }
  }
});
