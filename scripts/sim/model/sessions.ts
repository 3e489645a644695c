import type { ClientPlan, Plan } from '../plan/plan.ts';
import type { History, SeenConnection } from '../run/history.ts';
import type { Case } from './case.ts';
import { isGoverned } from './plan-facts.ts';
import { mayBeTooLong } from './refusals.ts';
import { TICK_MS } from './words.ts';

/** `sessionKeepMs` of a server that says nothing of it. */
const KEEP_MS = 180_000;
/** A client waits so much longer than its server keeps the session. */
export const CLIENT_GRACE_MS = 5_000;
/** A lost connection is noticed within this time, unless one of its ends stands still. */
const NOTICE_MS = 60_000;
/** When a client is connected again, all its streams are within this time. */
const SETTLE_MS = 1_000;
/** A reply takes no more than this beside its value. */
const REPLY_BYTES = 500;

/** A time between a connection of a client and its next one. */
export interface Absence {
  readonly fromMs: number;
  /** Infinity if there was no next one. */
  readonly toMs: number;
  readonly isResumed: boolean;
  /** Whether the client was closed because all operations had ended. */
  readonly isFarewell: boolean;
}

/** Milliseconds that the server of a plan keeps a session; 0 for none. */
export function keepMs({ server }: Plan): number {
  return server.sessionKeepMs ?? KEEP_MS;
}

/** Whether the session of a client outlives its connections. */
export function hasSessions(plan: Plan, { reconnect }: ClientPlan): boolean {
  return reconnect !== undefined && keepMs(plan) > 0;
}

/** The connections of a client's node, for each of its clients. */
export function connectionsOf(history: History, { name }: ClientPlan): SeenConnection[][] {
  const own = history.connections.filter(({ client }) => client === name);
  const numbers = new Set(own.map(({ number }) => number));
  return [...numbers].map((number) => own.filter((each) => each.number === number));
}

/** The times that a client was without a connection, from the first one on. A crash has no end. */
export function absencesOf(history: History, client: ClientPlan): Absence[] {
  const crashed = history.crashes.filter(({ process }) => process.startsWith(`${client.name}/`));
  const gone = crashed.map(({ atMs }) => ({
    fromMs: atMs,
    toMs: Infinity,
    isResumed: false,
    isFarewell: false,
  }));
  const absences = connectionsOf(history, client).flatMap((own) =>
    own.flatMap(({ kind, atMs }, place) => {
      if (kind !== 'lost' && kind !== 'closed' && kind !== 'left') return [];
      const next = own[place + 1];
      const isBack = next?.kind === 'connected' || next?.kind === 'resumed';
      const toMs = isBack ? next.atMs : Infinity;
      const isFarewell = kind === 'left' || next?.kind === 'left';
      return [{ fromMs: atMs, toMs, isResumed: next?.kind === 'resumed', isFarewell }];
    }),
  );
  return [...absences, ...gone];
}

/**
 * Whether the session of an operation may have ended while it went on: its client has begun another one,
 * was closed, or never came back.
 */
export function isSessionOver(given: Case, endMs: number): boolean {
  const { client, history, operation, sights } = given;
  if (isForgotten(given, endMs)) return true;
  const [{ atMs: begunMs } = { atMs: 0 }] = sights;
  return absencesOf(history, client).some(({ fromMs, toMs, isResumed, isFarewell }) => {
    // No end of an operation comes from that, but the end of a verb's stream that was sent before.
    const isBefore = operation.kind === 'verbUp' ? endMs < fromMs : endMs <= fromMs;
    if (isFarewell && isBefore) return false;
    return !isResumed && fromMs <= endMs && begunMs <= Math.min(toMs, fromMs + TICK_MS);
  });
}

/**
 * Whether the server has given the session up by then, and its client sees later that its connection is
 * lost: it stands still meanwhile.
 */
function isForgotten({ plan, client, history, sights }: Case, endMs: number): boolean {
  const [{ atMs: begunMs } = { atMs: 0 }] = sights;
  const absences = absencesOf(history, client);
  return history.losses.some(({ client: name, atMs }) => {
    const overMs = atMs + keepMs(plan);
    if (name !== client.name || begunMs > overMs || overMs > endMs) return false;
    const seen = absences.find(({ fromMs }) => fromMs >= atMs);
    return seen !== undefined && !seen.isResumed && endMs <= seen.fromMs;
  });
}

/** Whether a server has come to its end, or was away, while an operation went on. */
export function isServerOver({ history, sights }: Case, endMs: number): boolean {
  const [{ atMs: begunMs } = { atMs: 0 }] = sights;
  return history.servers.some(({ ends }, index) => {
    const { startMs = Infinity } = history.servers[index + 1] ?? {};
    return ends.some(({ atMs }) => atMs <= endMs && begunMs <= startMs + SETTLE_MS);
  });
}

/**
 * Whether the reply of an operation may have been lost: it was sent, and a connection that may have
 * carried it has ended since. A reply that was done behind that end is kept. A refusal is one as well.
 */
export function isReplyLost(given: Case, endMs: number): boolean {
  const { client, history, sights, plan } = given;
  if (!isRoomForReplies(plan, client)) return true;
  const done = sights.find(({ kind }) => kind === 'done') ?? sights.find(isRun);
  const mayRefuse = isGoverned(plan) || mayBeTooLong(given, endMs);
  if (done === undefined) return mayRefuse && isAbsent(given, endMs);
  return history.losses.some(({ client: name, atMs }) => {
    return name === client.name && atMs >= done.atMs && atMs <= endMs;
  });
}

/** Whether a session keeps the replies of all calls of its client at once. */
function isRoomForReplies({ server }: Plan, { operations }: ClientPlan): boolean {
  const { sessionReplyBytes = Infinity } = server;
  const bytes = operations.map((each) => REPLY_BYTES + ('bytes' in each ? each.bytes : 0));
  return bytes.reduce((total, each) => total + each, 0) <= sessionReplyBytes;
}

/** Whether its client was without a connection at any time while the operation went on. */
export function isAbsent({ client, history, sights }: Case, endMs: number): boolean {
  const [{ atMs: begunMs } = { atMs: 0 }] = sights;
  return absencesOf(history, client).some(({ fromMs, toMs }) => {
    return fromMs <= endMs && begunMs <= toMs;
  });
}

/**
 * Whether a resumable stream of an operation may be over: its session or its server was, or the call that
 * would have brought it has lost its reply.
 */
export function isResumableOver(given: Case, endMs: number): boolean {
  if (isSessionOver(given, endMs) || isServerOver(given, endMs)) return true;
  return isUnanswered(given, endMs) && isReplyLost(given, endMs);
}

/** Whether the reply of an operation has not come by then. */
export function isUnanswered({ operation, sights }: Case, endMs: number): boolean {
  const before = sights.filter(({ atMs }) => atMs <= endMs);
  if (before.some(({ kind }) => kind === 'answered' || kind === 'settled')) return false;
  if (!before.some(isRun)) return true;
  // The method gives its reply when it has read its stream.
  return operation.kind !== 'up' || before.some(({ kind }) => kind === 'done');
}

function isRun({ kind }: { readonly kind: string }): boolean {
  return kind === 'ran';
}

/** The times in which plain streams and calls of a client that reconnects may fail for no fault of theirs. */
export function absenceWindows(
  plan: Plan,
  client: ClientPlan,
  history: History,
): { readonly fromMs: number; readonly toMs: number }[] {
  if (client.reconnect === undefined) return [];
  return absencesOf(history, client).map(({ fromMs, toMs, isResumed }) => {
    const overMs = fromMs + keepMs(plan) + CLIENT_GRACE_MS + NOTICE_MS;
    return { fromMs, toMs: isResumed ? toMs + SETTLE_MS : Math.max(overMs, finite(toMs)) };
  });
}

function finite(ms: number): number {
  return ms === Infinity ? 0 : ms;
}
