import type { Dice } from '../../../lib/simulation/world/dice.ts';
import {
  ANSWER_LIES,
  CHILD_LIES,
  type ClientMove,
  DOWNLOAD_LIES,
  GREETING_LIES,
  type HostileClient,
  type HostilePeer,
  type HostileServer,
  LANE_LIES,
  MESSAGE_LIES,
  type MessagesMove,
  READER_LIES,
  REQUEST_LIES,
  type ServerMove,
  STREAM_LIES,
} from './hostile.ts';
import { NEWEST_VERSION, type Operation } from './plan.ts';

/** The part of all worlds that has hostile peers. They take longer than others. */
const HOSTILE_PART = 0.12;

/** Ids of operations that go to hostile servers begin here. */
const FIRST_ID = 1_000;

const KINDS = [
  'echo',
  'echo',
  'down',
  'down',
  'up',
  'up',
  'both',
  'nested',
  'blob',
  'verbUp',
  'verbDown',
] as const;

/** Draws the hostile peers of a plan, from dice of their own: other draws don't depend on them. */
export function drawHostile(dice: Dice, lastMs: number): HostilePeer[] {
  if (!dice.chance(HOSTILE_PART)) return [];
  return Array.from({ length: dice.pick([1, 1, 2]) }, (_, index) => {
    const atMs = dice.between(0, Math.min(lastMs, 200));
    return dice.chance(0.6) ? drawClient(dice, atMs) : drawServer(dice, atMs, index);
  });
}

function drawClient(dice: Dice, atMs: number): HostileClient {
  return {
    kind: 'client',
    atMs,
    moves: Array.from({ length: dice.pick([1, 2, 4, 8]) }, () => drawClientMove(dice)),
    gapMs: dice.pick([0, 0, 5, 1_000]),
    isMute: dice.chance(0.3),
    bufferBytes: dice.pick([2_000, 65_536, 1_000_000]),
    lingerMs: dice.pick([0, 1_000, 60_000, 400_000]),
  };
}

function drawClientMove(dice: Dice): ClientMove {
  switch (
    dice.pick(['burst', 'messages', 'request', 'request', 'lane', 'upload', 'download', 'child'])
  ) {
    case 'burst': {
      const what = dice.pick(['canceled', 'unknown'] as const);
      const most = what === 'canceled' ? 3_000 : 1_000;
      return { kind: 'burst', what, streams: dice.pick([2, 3, 100, most]) };
    }
    case 'messages':
      return drawMessages(dice);
    case 'request':
      return { kind: 'request', lie: dice.pick(REQUEST_LIES) };
    case 'lane':
      return { kind: 'lane', lie: dice.pick(LANE_LIES) };
    case 'upload':
      return { kind: 'upload', lie: dice.pick(STREAM_LIES), items: dice.between(0, 3) };
    case 'download':
      return { kind: 'download', lie: dice.pick(DOWNLOAD_LIES) };
    default:
      return { kind: 'child', lie: dice.pick(CHILD_LIES), times: dice.pick([1, 3, 20]) };
  }
}

function drawMessages(dice: Dice): MessagesMove {
  const from = dice.pick([0, 1, 2, 2, 4, 1_000, 2 ** 53 - 1_000]);
  return {
    kind: 'messages',
    lie: dice.pick(MESSAGE_LIES),
    times: dice.pick([1, 2, 200, 2_000]),
    from,
  };
}

function drawServer(dice: Dice, atMs: number, index: number): HostileServer {
  const count = dice.pick([1, 2, 4]);
  return {
    kind: 'server',
    atMs,
    greeting: drawLie(dice, GREETING_LIES),
    childGreeting: drawLie(dice, GREETING_LIES),
    isMute: dice.chance(0.2),
    moves: Array.from({ length: dice.between(1, 4) }, () => drawServerMove(dice)),
    caller: {
      name: `honest${index + 1}`,
      version: NEWEST_VERSION,
      operations: Array.from({ length: count }, (_, nth) =>
        drawOperation(dice, FIRST_ID * (index + 1) + nth),
      ),
      lingerMs: 0,
      farewell: dice.chance(0.7) ? 'close' : 'abort',
      graceMs: dice.pick([0, 1_000, 30_000]),
    },
  };
}

function drawServerMove(dice: Dice): ServerMove {
  return {
    answer: drawLie(dice, ANSWER_LIES),
    stream: dice.pick(STREAM_LIES),
    reader: dice.pick(READER_LIES),
    messages: dice.chance(0.3) ? [drawMessages(dice)] : [],
  };
}

/** More often than not, a peer does a thing as it should: otherwise nothing comes after it. */
function drawLie<L extends string>(dice: Dice, lies: readonly L[]): L | 'right' {
  return dice.chance(0.6) ? 'right' : dice.pick(lies);
}

function drawOperation(dice: Dice, id: number): Operation {
  const kind = dice.pick(KINDS);
  const common = {
    id,
    atMs: dice.pick([0, 0, 20, 500]),
    timeoutMs: dice.pick([100, 5_000, 60_000]),
    ...(dice.chance(0.2) && { cancelAfterMs: dice.pick([0, 5, 500]) }),
  };
  const flow = { items: dice.between(0, 5), itemBytes: 10, gapMs: 0, readGapMs: dice.pick([0, 5]) };
  switch (kind) {
    case 'echo':
      return { ...common, kind, bytes: 10, workMs: 0 };
    case 'nested':
      return { ...common, kind, rows: 2, cells: flow };
    case 'blob':
      return { ...common, kind, bytes: 2_000, chunkBytes: 500 };
    default:
      return { ...common, kind, flow };
  }
}
