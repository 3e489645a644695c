import { expect } from 'chai';

import { createClient, listen, verb } from '../../lib/index.ts';
import { ManualClock, MemoryTransport } from '../../lib/testing.ts';
import type { MemoryFaults } from '../../lib/transport/memory/faults.ts';
import { RecordingTransport } from '../support/recording-transport.ts';
import { settleWithin } from '../support/settle.ts';

const PLACE = Object.freeze({ host: '127.0.0.1', port: 7070 });
const PATIENCE_MS = 60_000;
const RUN = verb<() => number>(80, { once: true });

const DIRECTIONS = ['toListener', 'toDialer'] as const;

/** A call, with what has happened until its reply came. */
interface Outcome {
  readonly value: unknown;
  readonly runs: number;
  /** For each connection, whether the session of the one before went on. */
  readonly resumed: readonly boolean[];
  /** Bytes of each direction of the last connection. */
  readonly bytes: Readonly<Record<(typeof DIRECTIONS)[number], number>>;
}

/** Runs a client of its own, whose first connections have these faults, for one call that runs once. */
async function callOnce(faults: readonly MemoryFaults[]): Promise<Outcome> {
  const clock = new ManualClock();
  const network = new RecordingTransport(
    new MemoryTransport({ clock, faults: (index) => faults[index] }),
  );
  let runs = 0;
  const server = await listen({ ...PLACE, network, clock });
  server.handle(RUN, () => ++runs, { once: true });
  const client = createClient({ ...PLACE, network, clock });
  const resumed: boolean[] = [];
  client.on('connected', (event) => void resumed.push(event.resumed));
  try {
    const value = await settleWithin(client.call(RUN), clock, PATIENCE_MS);
    const last = network.records.at(-1)?.connection;
    const bytes = { toListener: 0, toDialer: 0 };
    for (const record of network.records) {
      if (record.connection !== last) continue;
      bytes[record.isToServer ? 'toListener' : 'toDialer'] += record.bytes.length;
    }
    return { value, runs, resumed, bytes };
  } finally {
    await Promise.all([client.abort(), server.abort()]);
  }
}

/** Cuts the connection behind those with these faults, after each number of bytes in each direction. */
async function cutEverywhere(before: readonly MemoryFaults[]): Promise<boolean[]> {
  const { bytes } = await callOnce(before);
  const lastResumed: boolean[] = [];
  for (const direction of DIRECTIONS) {
    expect(bytes[direction]).to.be.above(60);
    for (let afterBytes = 0; afterBytes < bytes[direction]; afterBytes++) {
      const kind = afterBytes % 2 === 0 ? 'error' : 'abort';
      const { value, runs, resumed } = await callOnce([
        ...before,
        { [direction]: { afterBytes, kind } },
      ]);
      expect([value, runs], `${direction}, after ${afterBytes} bytes`).to.deep.equal([1, 1]);
      lastResumed.push(resumed.at(-1)!);
    }
  }
  return lastResumed;
}

describe('a call that runs once, between a client and its server', () => {
  it('`once`, cut at each byte: one run', async () => {
    const resumed = await cutEverywhere([]);
    expect(resumed, 'cut before there was a session, and behind').to.include.members([true, false]);
  });

  it('`once`, cut at each byte: one run, where the reply was lost before that', async () => {
    const { bytes } = await callOnce([]);
    const isReplyLost = { toDialer: { afterBytes: bytes.toDialer - 1 } };
    expect(await cutEverywhere([isReplyLost])).to.not.include(false);
  });
});
