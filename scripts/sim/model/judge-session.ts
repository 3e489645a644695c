import type { ClientPlan, Operation, Plan } from '../plan/plan.ts';
import type { History, SeenConnection, SeenError, Sight } from '../run/history.ts';
import type { Case } from './case.ts';
import { isGoverned, jumpedMs } from './plan-facts.ts';
import {
  CLIENT_GRACE_MS,
  connectionsOf,
  hasSessions,
  isAbsent,
  isReplyLost,
  isServerOver,
  isSessionOver,
  isUnanswered,
  keepMs,
} from './sessions.ts';
import { TICK_MS, told } from './words.ts';

/** Whether a call has a promise that holds across connections, apart from its streams. */
export function isKeptCall({ plan, client, operation }: Case): boolean {
  if (isKeptStream(operation)) return hasSessions(plan, client);
  if (operation.kind !== 'echo' && operation.kind !== 'post') return false;
  return operation.kind === 'echo' && operation.promise === 'idempotent'
    ? client.reconnect !== undefined
    : hasSessions(plan, client);
}

/** Whether all streams of an operation go on when their connection is lost. */
function isKeptStream(operation: Operation): boolean {
  switch (operation.kind) {
    case 'down':
    case 'up':
    case 'both':
    case 'verbUp':
    case 'verbDown':
      return operation.flow.resumable !== undefined;
    case 'nested':
      return operation.isResumable === true && operation.cells.resumable !== undefined;
    default:
      return false;
  }
}

/** The promises about a call whose client outlives its connections, and that has failed by a loss. */
export function judgeLoss(given: Case, end: Sight, error: SeenError): string[] {
  const { operation } = given;
  if (operation.kind === 'post' && isAbsent(given, end.atMs)) return [];
  const promise = operation.kind === 'echo' ? operation.promise : undefined;
  if (promise === 'idempotent') {
    if (hasClosed(given, end.atMs)) return [];
    return [`it may run again, and failed by a loss: ${told(error)}`];
  }
  if (isSessionOver(given, end.atMs) || isServerOver(given, end.atMs)) return [];
  if (isUnopenedWhileClosing(given, end, error)) return [];
  const mayRefuse = isGoverned(given.plan) || given.plan.server.sessionReplyBytes !== undefined;
  const isRefused = mayRefuse && !given.sights.some(({ kind }) => kind === 'ran');
  if (
    (promise !== 'once' || isRefused) &&
    isUnanswered(given, end.atMs) &&
    isReplyLost(given, end.atMs)
  ) {
    return [];
  }
  if (promise === 'once' && isLateAtServer(given, end.atMs)) return [];
  return [`it failed though its session lived on: ${told(error)}`];
}

/** Whether the time of a call was over by the clock of its server, as that has jumped: it has no reply then. */
function isLateAtServer({ plan, operation, sights }: Case, endMs: number): boolean {
  const { timeoutMs = Infinity } = operation;
  const begunMs = sights.find(({ kind }) => kind === 'began')?.atMs ?? Infinity;
  const doneMs = sights.find(({ kind }) => kind === 'done')?.atMs ?? endMs;
  const within = plan.faults.filter(({ atMs }) => atMs >= begunMs && atMs <= doneMs);
  const jumped = jumpedMs({ ...plan, faults: within }, 'server');
  return jumped > 0 && doneMs - begunMs + jumped >= timeoutMs;
}

/** Whether a client that closes in order has refused to open another connection for a stream. */
function isUnopenedWhileClosing(
  given: Case,
  { atMs }: Sight,
  { code, message }: SeenError,
): boolean {
  const isRefused = code === 'ERR_CLOSED' && message.startsWith('the client is closing');
  return isRefused && hasClosed(given, atMs);
}

/** Whether the client was closed while the operation went on. */
function hasClosed({ client, history, sights }: Case, endMs: number): boolean {
  const [{ atMs: begunMs } = { atMs: 0 }] = sights;
  const isClosed = connectionsOf(history, client)
    .flat()
    .some(({ kind, atMs }) => kind === 'closed' && atMs >= begunMs && atMs <= endMs);
  const leave = history.leaves.some((each) => each.client === client.name && each.atMs <= endMs);
  return isClosed || leave;
}

/** The runs of a method are as many as its promise says, and its caller is told the truth of them. */
export function judgeRuns(given: Case): string[] {
  const { operation, sights } = given;
  // A verb's sink may be lost when its call was answered.
  if (operation.kind === 'verbUp' || operation.kind === 'verbDown') return [];
  const runs = sights.filter(({ kind }) => kind === 'ran').length;
  const error = sights.find(({ kind }) => kind === 'failed')?.error;
  if (error?.mayHaveRun === false && runs > 0) {
    return [`it has run, and its caller is told that it has not: ${told(error)}`];
  }
  if (error?.mayHaveRun === true && wasNeverConnected(given)) {
    return [`it was never sent, and its caller is told that it may have run: ${told(error)}`];
  }
  return [];
}

/** Whether the caller's node had no connection while the operation went on. */
function wasNeverConnected({ client, history, sights }: Case): boolean {
  const began = sights.find(({ kind }) => kind === 'began');
  const end = sights.find(({ kind }) => kind === 'failed' || kind === 'settled');
  if (began === undefined || end === undefined || client.reconnect === undefined) return false;
  const own = connectionsOf(history, client).flat();
  const lostBefore = own.filter(({ kind, atMs }) => kind === 'lost' && atMs < began.atMs);
  return own
    .filter(({ kind, atMs }) => (kind === 'connected' || kind === 'resumed') && atMs <= end.atMs)
    .every(({ id }) => lostBefore.some((lost) => lost.id === id));
}

/** The promises about sessions: a server keeps them for as long as it says, unless it has ended. */
export function judgeSessions(plan: Plan, history: History): string[] {
  const clients = plan.clients.filter((client) => hasSessions(plan, client));
  return clients.flatMap((client) =>
    connectionsOf(history, client).flatMap((own) =>
      own.flatMap((change, place) => {
        const before = own.slice(0, place).findLast(({ kind }) => kind !== 'lost');
        if (change.kind === 'resumed' && before === undefined) {
          return [`${client.name} goes on with a session that it never had`];
        }
        if (change.kind !== 'connected' || before === undefined) return [];
        return judgeNewSession(plan, history, client, own.slice(0, place), change);
      }),
    ),
  );
}

/** The end of a server takes so long to be known where the answer of its connection is on its way. */
const TRIP_MS = 5_000;

/** A session without work that its server knows of is kept for so long at least. */
const IDLE_KEEP_MS = 15_000;

/** Sights with which a stream is over at an end. */
const LEAVING: readonly Sight['kind'][] = ['finally', 'left', 'broken', 'failed', 'canceled'];

/** Whether a method of this operation had begun at the first time, and has ended behind the other. */
function isRunning(
  client: ClientPlan,
  history: History,
  id: number,
  fromMs: number,
  toMs: number,
): boolean {
  const operation = client.operations.find((each) => each.id === id);
  if (operation === undefined || operation.timeoutMs !== undefined) return false;
  const own = history.sights.filter((sight) => sight.operation === id);
  if (operation.kind === 'down' && operation.flow.resumable !== undefined) {
    const isLeft = own.some(({ kind, atMs }) => LEAVING.includes(kind) && atMs <= toMs);
    const isMade = own.some(({ kind, atMs }) => kind === 'got' && atMs < fromMs);
    return isMade && !isLeft;
  }
  if (operation.kind !== 'echo' || own.some(({ kind }) => LEAVING.includes(kind))) return false;
  const ran = own.find(({ kind }) => kind === 'ran');
  const done = own.find(({ kind }) => kind === 'done');
  if (ran === undefined) return false;
  return ran.atMs < fromMs && (done?.atMs ?? Infinity) > toMs;
}

/** A client that was connected has begun another session. */
function judgeNewSession(
  plan: Plan,
  history: History,
  client: ClientPlan,
  own: readonly SeenConnection[],
  { atMs }: SeenConnection,
): string[] {
  const { name } = client;
  const [before] = own.filter(({ kind }) => kind === 'connected' || kind === 'resumed').slice(-1);
  const beforeMs = runningMs(plan, name, before?.atMs ?? 0) - TRIP_MS;
  const isOtherServer = history.servers.some(({ startMs, ends }) => {
    const isNew = startMs > Math.max(0, beforeMs) && startMs <= atMs;
    return isNew || ends.some((end) => end.atMs <= atMs && end.atMs + end.graceMs >= beforeMs);
  });
  if (isOtherServer) return [];
  const lost = history.losses.find(
    (loss) => loss.client === name && loss.atMs >= beforeMs + TRIP_MS,
  );
  const lostMs = lost?.atMs ?? Infinity;
  const awayMs = atMs - lostMs + jumpedMs(plan, 'server');
  const ownLostMs = own.findLast(({ kind }) => kind === 'lost')?.atMs ?? Infinity;
  const ownAwayMs = atMs - ownLostMs + jumpedMs(plan, name);
  const keptMs = keepMs(plan);
  if (awayMs >= keptMs - TICK_MS || ownAwayMs >= keptMs + CLIENT_GRACE_MS - TICK_MS) return [];
  const isIdle = !history.sights.some(({ operation }) => {
    return isRunning(client, history, operation, lostMs, atMs);
  });
  if (isIdle && awayMs >= IDLE_KEEP_MS) return [];
  return [`${name} has lost its session, and was away for ${awayMs} ms of ${keptMs} ms`];
}

/** The last time by then at which a node did not stand still: it sees later what has come meanwhile. */
function runningMs({ faults }: Plan, node: string, atMs: number): number {
  const stops = faults.flatMap((fault) => {
    const isOwn = fault.kind === 'block' && fault.node === node;
    return isOwn && fault.atMs <= atMs && atMs <= fault.atMs + fault.forMs + TICK_MS
      ? [fault.atMs]
      : [];
  });
  return Math.min(atMs, ...stops);
}
