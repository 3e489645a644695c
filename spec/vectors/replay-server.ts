import { ManualClock } from '../../lib/testing.ts';
import type { Random } from '../../lib/transport.ts';
import { type Server, seastar } from '../../lib/index.ts';
import { listenAsSeapeer } from '../support/seapeer.ts';
import type { Production } from './deviation.ts';
import { RawSocket } from './raw-socket.ts';
import { Replay } from './replay.ts';
import { scriptOf } from './script.ts';
import { idsOf, type Step, stepsOf } from './steps.ts';
import { TappedTransport } from './tapped-transport.ts';
import { judge } from './verdict.ts';

/** Longer than anything that a handler or a lingering connection waits for. */
const END_OF_TIME_MS = 120_000;

/**
 * Replays a conversation with our server in the place of Seastar's: a raw client sends what Seastar's
 * client sent, and what our server sends is compared. Connection ids, which are random, are given to
 * our server as Seastar gave them.
 */
export async function replayServer(production: Production, random?: Random): Promise<void> {
  const { conversation, preset, cuts } = production;
  const script = scriptOf(production);
  const tap = new TappedTransport(cuts === 'captured cuts' ? Infinity : 1);
  const clock = new ManualClock();
  const server = await listenAsSeapeer(conversation.serverFlags, {
    ...(preset === 'seastar' && seastar.server),
    network: tap,
    clock,
    random: random ?? new CapturedIds(idsOf(stepsOf(conversation))),
  });
  const sockets: RawSocket[] = [];
  const replay = new Replay({
    steps: script.steps,
    connections: conversation.connections,
    ours: 's2c',
    tap,
    clock,
    sockets,
    open: async () => void sockets.push(await RawSocket.connect(server.address.port)),
    onStep: (step) => stopInTime(server, conversation.name, step),
  });
  try {
    await replay.run();
    judge(script, replay, sockets);
  } finally {
    for (const socket of sockets) socket.destroy();
    await server.abort();
    clock.advance(END_OF_TIME_MS);
  }
}

/** Where the captured program was told to stop: the event before which it was. */
const STOPS: ReadonlyMap<string, number> = new Map([['probe-server-stop', 10]]);

function stopInTime(server: Server, name: string, step: Step): void {
  if (STOPS.get(name) === step.seq) void server.close({ graceMs: 0 });
}

/** Gives the ids of a capture in their order, then others. */
class CapturedIds implements Random {
  readonly #ids: bigint[];
  #next = 0x7000_0000n;

  constructor(ids: readonly bigint[]) {
    this.#ids = [...ids];
  }

  bytes(count: number): Buffer {
    const bytes = Buffer.alloc(count);
    bytes.writeBigUInt64LE(this.#ids.shift() ?? this.#next++ << 16n);
    return bytes;
  }
}
