import type { ClientPlan, Plan } from '../plan/plan.ts';
import type { History, SeenConnection, SeenError, Sight } from '../run/history.ts';
import type { Case } from './judge.ts';
import {
  absencesOf,
  connectionsOf,
  hasSessions,
  isReplyLost,
  isServerOver,
  isSessionOver,
  keepMs,
} from './sessions.ts';
import { TICK_MS, told } from './words.ts';

/** Whether a call has a promise that holds across connections, apart from its streams. */
export function isKeptCall({ plan, client, operation }: Case): boolean {
  if (operation.kind !== 'echo' && operation.kind !== 'post') return false;
  return operation.kind === 'echo' && operation.promise === 'idempotent'
    ? client.reconnect !== undefined
    : hasSessions(plan, client);
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
  if (promise !== 'once' && isReplyLost(given, end.atMs)) return [];
  return [`it failed though its session lived on: ${told(error)}`];
}

/** Whether its client was without a connection at any time while the operation went on. */
function isAbsent({ client, history, sights }: Case, endMs: number): boolean {
  const [{ atMs: begunMs } = { atMs: 0 }] = sights;
  return absencesOf(history, client).some(({ fromMs, toMs }) => {
    return fromMs <= endMs && begunMs <= toMs;
  });
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
  if (operation.kind !== 'echo' && operation.kind !== 'post') return [];
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
  const before = own.findLast(({ atMs }) => atMs < began.atMs);
  const isConnected = before?.kind === 'connected' || before?.kind === 'resumed';
  const within = own.filter(({ atMs }) => atMs >= began.atMs && atMs <= end.atMs);
  return !isConnected && within.every(({ kind }) => kind === 'lost' || kind === 'closed');
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
        return judgeNewSession(plan, history, client, before, change);
      }),
    ),
  );
}

/** A session without work that its server knows of is kept for so long at least. */
const IDLE_KEEP_MS = 15_000;

/** Whether a method of this operation had begun at the first time, and has ended behind the other. */
function isRunning(
  client: ClientPlan,
  history: History,
  id: number,
  fromMs: number,
  toMs: number,
): boolean {
  const operation = client.operations.find((each) => each.id === id);
  if (operation?.kind !== 'echo' || operation.timeoutMs !== undefined) return false;
  const own = history.sights.filter((sight) => sight.operation === id);
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
  before: SeenConnection,
  { atMs }: SeenConnection,
): string[] {
  const { name } = client;
  const isOtherServer = history.servers.some(({ startMs, ends }) => {
    const isNew = startMs > before.atMs && startMs <= atMs;
    return isNew || ends.some((end) => end.atMs <= atMs && end.atMs + end.graceMs >= before.atMs);
  });
  if (isOtherServer) return [];
  const lost = history.losses.find((loss) => loss.client === name && loss.atMs >= before.atMs);
  const lostMs = lost?.atMs ?? Infinity;
  const awayMs = atMs - lostMs + jumpedMs(plan);
  if (awayMs >= keepMs(plan) - TICK_MS) return [];
  const isIdle = !history.sights.some(({ operation }) => {
    return isRunning(client, history, operation, lostMs, atMs);
  });
  if (isIdle && awayMs >= IDLE_KEEP_MS) return [];
  return [`${name} has lost its session, and was away for ${awayMs} ms of ${keepMs(plan)} ms`];
}

/** Milliseconds by which the server's clock has gone forward. */
function jumpedMs({ faults }: Plan): number {
  const jumps = faults.map((fault) => {
    return fault.kind === 'jump' && fault.node === 'server' ? Math.max(0, fault.byMs) : 0;
  });
  return jumps.reduce((total, ms) => total + ms, 0);
}
