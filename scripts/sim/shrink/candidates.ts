import { NEWEST_VERSION, type Plan } from '../plan/plan.ts';

/** Members that stay as they are: they name something. */
const FIXED: readonly string[] = ['seed', 'id', 'name', 'kind', 'client', 'node'];

/** Members that a plan can do without. */
const OPTIONAL: readonly string[] = [
  'timeoutMs',
  'cancelAfterMs',
  'breakAfter',
  'throwsAt',
  'isBadAtEnd',
  'stallMs',
  'dropAfter',
  'quietMs',
  'holdMs',
  'isPaired',
  'isIgnored',
  'isListening',
  'leaseMs',
  'isHeld',
  'leaveAfter',
  'isFailing',
  'promise',
  'resumable',
  'isResumable',
  'windowItems',
  'windowBytes',
  'ackPeriod',
  'isManual',
  'hasChecksum',
  'skipTo',
  'layout',
  'reading',
  'isTaken',
  'patienceMs',
  'reconnect',
  'giveUpAfterMs',
  'sessionKeepMs',
  'sessionReplyBytes',
  'maxHandshakes',
  'maxParked',
  'maxChildren',
  'sourceBudgetBytes',
  'sinkBudgetBytes',
  'mainBudgetBytes',
];

/** The simplest value of members for which it is not 0. */
const SIMPLEST: Readonly<Record<string, unknown>> = {
  latencyMs: 1,
  bufferBytes: 65_536,
  lingerMs: 0,
  farewell: 'close',
  graceMs: 1_000,
  version: NEWEST_VERSION,
  isCompressing: false,
  isMachine: false,
  direction: 'both',
  bytes: 10,
  itemBytes: 10,
  chunkBytes: 100_000,
  probability: 0.3,
  windowItems: 61,
  windowBytes: 5_000,
  ackPeriod: 30,
  skipTo: 1,
  layout: 'raw',
  reading: 'borrowed',
  minDelayMs: 1,
  maxDelayMs: 50,
  isMute: false,
  greeting: 'right',
  childGreeting: 'right',
  answer: 'right',
  stream: 'right',
  reader: 'right',
};

/** Plans that are simpler than a plan in one point, those that take away most first. */
export function* candidates(plan: Plan): Generator<Plan, void, undefined> {
  // A change of plain data gives plain data of the same shape.
  for (const simpler of simplerValues(plan, '')) yield simpler as Plan;
}

function* simplerValues(value: unknown, name: string): Generator<unknown, void, undefined> {
  if (Array.isArray(value)) yield* simplerLists(value);
  else if (typeof value === 'object' && value !== null) yield* simplerRecords(value);
  else yield* simplerScalars(value, name);
}

function* simplerLists(list: readonly unknown[]): Generator<unknown, void, undefined> {
  for (let at = list.length - 1; at >= 0; at--) yield list.toSpliced(at, 1);
  for (const [at, item] of list.entries()) {
    for (const simpler of simplerValues(item, '')) yield list.with(at, simpler);
  }
}

function* simplerRecords(record: object): Generator<unknown, void, undefined> {
  const entries = Object.entries(record).filter(([name]) => !FIXED.includes(name));
  // Lists first: they hold most.
  entries.sort(([, one], [, other]) => Number(Array.isArray(other)) - Number(Array.isArray(one)));
  for (const [name, value] of entries) {
    if (OPTIONAL.includes(name)) {
      const { [name]: _, ...rest } = record as Record<string, unknown>;
      yield rest;
    }
    for (const simpler of simplerValues(value, name)) yield { ...record, [name]: simpler };
  }
}

function* simplerScalars(value: unknown, name: string): Generator<unknown, void, undefined> {
  const simplest = Object.hasOwn(SIMPLEST, name) ? SIMPLEST[name] : 0;
  const isOfThatKind = typeof value === typeof simplest;
  if (value === simplest || !isOfThatKind) return;
  yield simplest;
  if (typeof value !== 'number' || typeof simplest !== 'number' || value < simplest) return;
  const half = simplest + Math.floor((value - simplest) / 2);
  if (half !== simplest) yield half;
  if (value - 1 > half) yield value - 1;
}
