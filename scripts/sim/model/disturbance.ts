import type { ClientPlan, Fault, Flow, Plan } from '../plan/plan.ts';
import type { History, Sight } from '../run/history.ts';
import type { Case } from './case.ts';
import { streamsOf } from './planned-streams.ts';
import { absenceWindows } from './sessions.ts';

/** When what was wrong is over, its ends learn of it within this time. */
const SETTLE_MS = 1_000;

/** A finished stream waits so long for a peer without the extension to end its connection. */
const FINISH_MS = 60_000;

/** A time in which a client's operations may fail for no fault of theirs. */
interface Window {
  readonly fromMs: number;
  /** Operations that begin later are not touched. */
  readonly toMs: number;
  /** Work that was under way when it began may go on for so long. */
  readonly allowedMs?: number;
  /** Streams that were sent whole when it began are read for so long. */
  readonly readMs?: number;
}

/** When and where something was seen. */
type Seen = Pick<Sight, 'atMs' | 'process'>;

/** The times in which something was wrong for a client. */
export function disturbances(plan: Plan, client: ClientPlan, history: History): readonly Window[] {
  const { name } = client;
  const struck = history.struck.filter((each) => each.client === name);
  return [
    ...plan.faults.flatMap((fault) => windowOf(fault, name) ?? []),
    ...struck.map(({ atMs, toMs }) => ({ fromMs: atMs, toMs })),
    ...outagesOf(history),
    ...absenceWindows(plan, client, history),
  ];
}

/** Faults that have happened to one connection, or to the server as a whole, are in the history. */
function windowOf(fault: Fault, client: string): Window | undefined {
  const { atMs } = fault;
  switch (fault.kind) {
    case 'cut':
      return fault.client === client ? { fromMs: atMs, toMs: atMs } : undefined;
    case 'partition':
      if (fault.client !== client) return undefined;
      return { fromMs: atMs, toMs: atMs + fault.forMs + SETTLE_MS };
    case 'block':
      if (fault.node !== 'server' && fault.node !== client) return undefined;
      return { fromMs: atMs, toMs: atMs + fault.forMs + SETTLE_MS };
    case 'jump':
      if (fault.node !== 'server' && fault.node !== client) return undefined;
      return { fromMs: atMs, toMs: atMs + SETTLE_MS };
    case 'crash':
      return fault.node === client ? { fromMs: atMs, toMs: Infinity } : undefined;
    case 'leave':
      return fault.client === client
        ? { fromMs: atMs, toMs: atMs, readMs: readMsOf(fault) }
        : undefined;
    case 'cutOne':
    case 'silence':
    case 'abort':
    case 'drain':
    case 'hostile':
    case 'damage':
      return undefined;
  }
}

/** From the end of a server to the start of the next one. */
function outagesOf({ servers }: History): Window[] {
  return servers.flatMap(({ ends }, index) => {
    const { startMs = Infinity } = servers[index + 1] ?? {};
    return ends.map(({ atMs, graceMs }) => {
      return { fromMs: atMs, toMs: startMs + SETTLE_MS, allowedMs: graceMs };
    });
  });
}

/**
 * From the close or abort of a client that has no operations any more. All that it has seen itself was
 * before; the server may still be at work for it. One that crashes behind it has only said that it left.
 */
function farewellOf(client: ClientPlan, { clients, connections }: History): Window[] {
  const own = clients.filter(({ name }) => name === client.name);
  const left = connections.filter((each) => each.client === client.name && each.kind === 'left');
  const starts = [...own.map(({ farewellMs }) => farewellMs), ...left.map(({ atMs }) => atMs)];
  return starts.map((fromMs) => ({ fromMs, toMs: Infinity, readMs: readMsOf(client) }));
}

/** A close waits so long until all that was sent whole was read. */
function readMsOf({ farewell, graceMs }: Pick<ClientPlan, 'farewell' | 'graceMs'>): number {
  return farewell === 'close' ? graceMs : 0;
}

/** When all that was wrong for a client is over. */
export function quietMs({ plan, client, history }: Case): number {
  const ends = disturbances(plan, client, history).map(({ toMs }) => toMs);
  // There may be more than a call takes as arguments.
  return ends.reduce((most, ms) => (ms < Infinity ? Math.max(most, ms) : most), 0);
}

/** Whether something was wrong while an operation went on, up to something that a process has seen. */
export function isDisturbed(given: Case, { atMs: endMs, process }: Seen): boolean {
  const { plan, client, sights, history } = given;
  const [{ atMs: begunMs } = { atMs: 0 }] = sights;
  const isOwn = process.startsWith(`${client.name}/`);
  const windows = [
    ...disturbances(plan, client, history),
    ...(isOwn ? [] : farewellOf(client, history)),
  ];
  return windows.some((window) => beginMs(given, window) <= endMs && begunMs <= window.toMs);
}

/** When the operation may begin to suffer. */
function beginMs(given: Case, { fromMs, allowedMs = 0, readMs = 0 }: Window): number {
  if (allowedMs > 0 && isUnderWay(given, fromMs)) return fromMs + allowedMs;
  return readMs > 0 && isSent(given, fromMs) ? fromMs + readMs : fromMs;
}

/** Whether the caller has sent a stream of a verb by then, up to its end. */
function isSent({ operation, sights }: Case, atMs: number): boolean {
  if (operation.kind !== 'verbUp') return false;
  return sights.some((sight) => sight.kind === 'settled' && sight.atMs < atMs);
}

/**
 * Whether the method had been called by then. A server that drains still lets the streams of its calls
 * in; those of verbs must have begun.
 */
function isUnderWay({ operation, sights }: Case, atMs: number): boolean {
  // Nobody waits for a call without a reply once it has run, though its caller may still send.
  if (operation.kind === 'post') return false;
  const before = sights.filter((sight) => sight.atMs < atMs);
  if (!before.some(({ kind }) => kind === 'ran')) return false;
  if (operation.kind !== 'verbUp' && operation.kind !== 'verbDown') return true;
  return streamsOf(operation).every(({ name }) =>
    before.some(({ kind, stream }) => stream === name && (kind === 'pulled' || kind === 'thrown')),
  );
}

/**
 * A sender that gets no confirmation waits so long for the other end to close the connection. Then it
 * resets it, and what its reader has not taken is lost.
 */
export function isTooSlow({ client, operation }: Case, { stallMs = 0 }: Flow): boolean {
  const isVerb = operation.kind === 'verbUp' || operation.kind === 'verbDown';
  return client.version === 0 && isVerb && stallMs > FINISH_MS;
}
