import { expect } from 'chai';

import { createClient, listen } from '../../lib/index.ts';
import { ManualClock } from '../../lib/testing.ts';
import type { Direction } from './conversation.ts';
import type { Cuts, Role } from './deviation.ts';
import type { RecordedConversation } from './extension-vectors.ts';
import { RawListener, RawSocket } from './raw-socket.ts';
import { Replay, type Stage } from './replay.ts';
import { clientRandom, type Scenario, serverRandom } from './scenario.ts';
import { type Step, stepsOf } from './steps.ts';
import { TappedTransport } from './tapped-transport.ts';
import { type Course, judge } from './verdict.ts';

const HOST = '127.0.0.1';
/** Longer than anything that a handler or a lingering connection waits for. */
const END_OF_TIME_MS = 200_000;

/** One way of replaying what two ends of ours once said to each other. */
export interface ExtensionProduction {
  readonly recorded: RecordedConversation;
  /** What was done at both ends, and is done at ours again. */
  readonly scenario: Scenario;
  readonly role: Role;
  readonly cuts: Cuts;
  /** What we say otherwise today, in what our end has sent; default: nothing. */
  readonly edit?: ((step: Step) => Step) | undefined;
}

/** Plays one end of a recorded conversation to our other end, and compares what that sends and sees. */
export async function replayExtension(production: ExtensionProduction): Promise<void> {
  const { role, cuts } = production;
  const tap = new TappedTransport(cuts === 'captured cuts' ? Infinity : 1);
  const clock = new ManualClock();
  const course = courseOf(production);
  const stage = {
    steps: course.steps,
    connections: course.connections,
    ours: course.ours,
    tap,
    clock,
  };
  await (role === 'client' ? asClient : asServer)(production, course, stage);
  clock.advance(END_OF_TIME_MS);
}

async function asClient(
  { recorded, scenario }: ExtensionProduction,
  course: Course,
  stage: Omit<Stage, 'sockets'>,
): Promise<void> {
  const { tap: network, clock } = stage;
  const listener = await RawListener.start();
  const { port, sockets } = listener;
  const random = clientRandom();
  const client = createClient({
    reconnect: false,
    ...scenario.client,
    host: HOST,
    port,
    network,
    clock,
    random,
  });
  const replay = new Replay({ ...stage, sockets });
  const outcome = client.whenReady().then(async () => {
    const seen = await scenario.run(client);
    await client.close();
    return seen;
  });
  outcome.catch(() => {}); // Awaited below, when all else is known.
  try {
    await replay.run();
    judge(course, replay, sockets);
    expect(await outcome, 'the client saw').to.deep.equal(recorded.outcome);
  } finally {
    await client.abort();
    await listener.close();
  }
}

async function asServer(
  { scenario }: ExtensionProduction,
  course: Course,
  stage: Omit<Stage, 'sockets'>,
): Promise<void> {
  const { tap: network, clock } = stage;
  const server = await listen({ host: HOST, port: 0, network, clock, random: serverRandom() });
  scenario.serve(server);
  const sockets: RawSocket[] = [];
  const open = async (): Promise<void> => {
    sockets.push(await RawSocket.connect(server.address.port));
  };
  const replay = new Replay({ ...stage, sockets, open });
  try {
    await replay.run();
    judge(course, replay, sockets);
  } finally {
    for (const socket of sockets) socket.destroy();
    await server.abort();
  }
}

function courseOf({ recorded, role, edit = (step) => step }: ExtensionProduction): Course {
  const { connections } = recorded;
  const ours: Direction = role === 'server' ? 's2c' : 'c2s';
  const steps = stepsOf(recorded).map((step) => (step.direction === ours ? edit(step) : step));
  return { steps, connections, ours, deviations: [] };
}
