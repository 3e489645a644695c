import type { NodeProcess } from '../../../../lib/simulation/world/node.ts';
import type { ClientMove } from '../../plan/hostile.ts';
import type { ClientSession } from './client-session.ts';
import { attach, count, EOS_BYTES, valueStream } from './frames.ts';
import { takeLaneFrames } from './readers.ts';

export type Burst = ClientMove & { readonly kind: 'burst' };

/** How many streams of a burst the server has answered. */
export interface BurstOutcome {
  readonly asked: number;
  readonly answered: number;
}

/** The server has given all streams up, or does so no more. */
const GLANCE_MS = 20_000;
/** The server has answered, or does so no more. */
const ANSWER_MS = 60_000;
const STEP_MS = 100;

/** Sends many streams on one lane in one write, and counts the answers. */
export async function sendBurst(
  running: NodeProcess,
  session: ClientSession,
  { what, streams }: Burst,
): Promise<BurstOutcome> {
  if (what === 'unknown') return askForUnknown(running, session, streams);
  const numbers = await releasedStreams(running, session, streams);
  const lane = await session.openLane();
  if (lane === undefined) return { asked: 0, answered: 0 };
  let answered = 0;
  session.listen(({ kind }) => {
    if (kind === 'stream-taken') answered++;
  });
  const end = [count(0), EOS_BYTES];
  lane.write(...numbers.flatMap((number) => [attach('produce', number), ...end]));
  await until(running, () => answered >= numbers.length, ANSWER_MS);
  return { asked: numbers.length, answered };
}

/** Asks for streams that nobody has offered. The server answers each with an error and an end. */
async function askForUnknown(
  running: NodeProcess,
  session: ClientSession,
  streams: number,
): Promise<BurstOutcome> {
  const lane = await session.openLane();
  if (lane === undefined) return { asked: 0, answered: 0 };
  let answered = 0;
  lane.read(
    takeLaneFrames((frame) => {
      if (typeof frame === 'symbol') answered++;
    }),
  );
  const odd = Array.from({ length: streams }, (_, index) => 2 * index + 1);
  lane.write(...odd.map((number) => attach('consume', number)));
  await until(running, () => answered >= streams, ANSWER_MS);
  return { asked: streams, answered };
}

/** Streams that the server has asked for, and that nobody there waits for any more. */
async function releasedStreams(
  running: NodeProcess,
  session: ClientSession,
  streams: number,
): Promise<readonly number[]> {
  const released: number[] = [];
  session.listen((message) => {
    if (message.kind === 'stream-cancel') released.push(message.number);
  });
  const offered = Array.from({ length: streams }, () => valueStream(session.nextNumber));
  session.call('glance', offered);
  await until(running, () => released.length === streams, GLANCE_MS);
  return [...released];
}

async function until(running: NodeProcess, isDone: () => boolean, ms: number): Promise<void> {
  for (let waitedMs = 0; waitedMs < ms && !isDone(); waitedMs += STEP_MS) {
    await running.sleep(STEP_MS);
  }
}
