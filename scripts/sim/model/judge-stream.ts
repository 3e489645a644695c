import type { Flow } from '../plan/plan.ts';
import type { Sight } from '../run/history.ts';
import type { Case } from './case.ts';
import { isDisturbed, isTooSlow, quietMs } from './disturbance.ts';
import { mayBeLimited } from './judge-limits.ts';
import { isGoverned } from './plan-facts.ts';
import type { PlannedStream } from './planned-streams.ts';
import { isRefusal } from './refusals.ts';
import { hasSessions, isResumableOver } from './sessions.ts';
import { TICK_MS, told } from './words.ts';

/** After its reader has left, and nothing is wrong, a producer ends within this time. */
const PROMPT_MS = 140_000;

/** After the reader or the connection has gone, a producer ends within this time: pings and leases. */
const PRODUCER_MS = 1_400_000;

/**
 * The promises about a stream: its items come in order and as they were made; a clean end comes after
 * all of them; its producer's `finally` runs.
 */
export function judgeStream(given: Case, { name, flow }: PlannedStream): string[] {
  const sights = given.sights.filter(({ stream }) => stream === name);
  const got = sights.filter(({ kind }) => kind === 'got');
  const pulled = sights.filter(({ kind }) => kind === 'pulled');
  const problems = [
    ...judgeItems(got, pulled, flow).map((text) => `${name}: ${text}`),
    ...judgeEnd(given, { name, flow }, sights, got),
    ...judgeProducer(given, name, sights),
    ...judgeReader(given, name, flow, sights),
    ...judgeLease(given, name, pulled),
    ...judgeWindow(name, flow, sights),
    ...judgeOrder(name, sights),
    ...judgeMemory(name, sights),
    ...judgeDeparture(given, name, flow, sights),
  ];
  return problems;
}

function judgeItems(got: readonly Sight[], pulled: readonly Sight[], { skipTo }: Flow): string[] {
  const problems = skipTo === undefined ? [] : judgeSkips(got, skipTo);
  const wrong = got.findIndex(({ index }, place) => index !== place);
  if (wrong !== -1 && skipTo === undefined)
    problems.push(`item ${String(got[wrong]?.index)} came in place of ${wrong}`);
  if (got.some(({ isRight }) => isRight !== true)) problems.push('an item is not what was sent');
  if (got.length > pulled.length) {
    problems.push(`${got.length} items came, and ${pulled.length} were made`);
  }
  return problems;
}

function judgeEnd(
  given: Case,
  { name, flow }: PlannedStream,
  sights: readonly Sight[],
  items: readonly Sight[],
): string[] {
  const got = items.length;
  const ends = sights.filter(({ kind }) => kind === 'over' || kind === 'broken' || kind === 'left');
  const [end] = ends;
  if (end === undefined) return [];
  if (ends.length > 1) return [`${name}: it ended ${ends.length} times`];
  const isAll = flow.skipTo === undefined ? got === flow.items : mayEndSo(given, flow, items, end);
  const isComplete = isAll && flow.throwsAt === undefined && flow.isBadAtEnd !== true;
  if (end.kind === 'over') {
    return isComplete ? [] : [`${name}: a clean end after ${got} of ${flow.items} items`];
  }
  if (end.kind === 'left' || end.error === undefined) return [];
  if (isPlanned(given, flow, end, got) || isTooSlow(given, flow)) return [];
  if (flow.resumable !== undefined && hasSessions(given.plan, given.client)) {
    return isResumableOver(given, end.atMs)
      ? []
      : [`${name}: broken though its session lived on: ${told(end.error)}`];
  }
  return isDisturbed(given, end)
    ? []
    : [`${name}: broken though nothing was wrong: ${told(end.error)}`];
}

/** Items that are left out are counted, and a reader goes on where it may. */
function judgeSkips(got: readonly Sight[], skipTo: number): string[] {
  return got.flatMap(({ index = -1, value }, place) => {
    const next = place === 0 ? 0 : (got[place - 1]?.index ?? -1) + 1;
    if (index < next) return [`item ${index} came behind item ${next - 1}`];
    if (index > next && index % skipTo !== 0) return [`it went on at ${index} behind ${next - 1}`];
    const skipped = index - place;
    return value === skipped
      ? []
      : [`${String(value)} of ${skipped} items are said to be left out`];
  });
}

/** Whether a stream that leaves items out may end behind these: the last ones are left out with a connection only. */
function mayEndSo(given: Case, { items }: Flow, got: readonly Sight[], end: Sight): boolean {
  const next = (got.at(-1)?.index ?? -1) + 1;
  return next === items || (next < items && isDisturbed(given, end));
}

/** Whether the plan itself lets the stream break in this way. */
function isPlanned(given: Case, flow: Flow, end: Sight, got: number): boolean {
  const { operation, sights, plan } = given;
  const message = end.error?.message ?? '';
  const isVerb = operation.kind === 'verbUp' || operation.kind === 'verbDown';
  if (flow.throwsAt !== undefined && (isVerb || message.includes('thrown at'))) {
    return got <= flow.throwsAt;
  }
  if (flow.isBadAtEnd === true && isVerb) return true;
  if (flow.isBadAtEnd === true && message.includes('thrown at the end')) return true;
  if (isGoverned(plan) && end.error !== undefined && isRefusal(end.error)) return true;
  if (end.error !== undefined && mayBeLimited(given, end.error)) return true;
  // A stream ends with its call, and an inner stream with the loop over the outer one.
  if (isOver(given, end.atMs)) return true;
  // What a reader has taken out of a stream that it leaves can be read on.
  const isTaken = operation.kind === 'nested' && end.stream !== 'rows';
  return sights.some(({ kind, stream }) => {
    return (kind === 'broken' || (kind === 'left' && !isTaken)) && stream !== end.stream;
  });
}

/** Nobody asks to keep a result whose lease is shorter than the time between two such words. */
function judgeLease({ plan, sights }: Case, name: string, pulled: readonly Sight[]): string[] {
  const { leaseMs } = plan.server;
  const ran = sights.find(({ kind }) => kind === 'ran');
  const [first] = pulled;
  if (leaseMs === undefined || name !== 'down' || !ran || !first) return [];
  if (plan.faults.length > 0 || sights.some(({ stream }) => stream === 'up')) return [];
  const keptMs = first.atMs - ran.atMs;
  return keptMs <= 2 * leaseMs + TICK_MS
    ? []
    : [`${name}: it was kept ${keptMs} ms without a reader`];
}

/** Items that a producer may have been asked for beyond a window: the next one, and its look for the end. */
const AHEAD_ITEMS = 2;

/** A producer is not asked for more than the window holds, whether its reader is there or not. */
function judgeWindow(name: string, { resumable }: Flow, sights: readonly Sight[]): string[] {
  const { windowItems } = resumable ?? {};
  if (windowItems === undefined) return [];
  let got = 0;
  for (const { kind, index = 0 } of sights) {
    if (kind === 'got') got++;
    if (kind === 'pulled' && index >= got + windowItems + AHEAD_ITEMS) {
      return [`${name}: item ${index} was asked for when ${got} had been read`];
    }
  }
  return [];
}

/** Whether the time of the call has run out, or its caller has canceled it. */
function isOver({ operation, sights }: Case, atMs: number): boolean {
  // By a clock that has jumped.
  if (sights.some((sight) => hasCallEnded(sight) && sight.atMs <= atMs)) return true;
  const began = sights.find(({ kind }) => kind === 'began');
  const limitMs = Math.min(operation.timeoutMs ?? Infinity, operation.cancelAfterMs ?? Infinity);
  return began !== undefined && atMs >= began.atMs + limitMs - TICK_MS;
}

/** Whether a caller has canceled its call here, or its time has run out by its own clock. */
function hasCallEnded({ kind, error }: Sight): boolean {
  if (kind === 'canceled') return true;
  return kind === 'failed' && error?.code === 'ERR_TIMEOUT' && error.scope === 'call';
}

/** A reader that has begun comes to an end, unless its process has crashed. */
function judgeReader(
  { history }: Case,
  name: string,
  { isHeld }: Flow,
  sights: readonly Sight[],
): string[] {
  if (isHeld === true) return [];
  const first = sights.find(({ kind }) => kind === 'got');
  if (first === undefined) return [];
  const hasEnded = sights.some(
    ({ kind }) => kind === 'over' || kind === 'broken' || kind === 'left',
  );
  const hasCrashed = history.crashes.some(({ process }) => process === first.process);
  return hasEnded || hasCrashed ? [] : [`${name}: its reader never ended`];
}

/** A producer that has begun ends, unless its process has crashed. */
function judgeProducer(given: Case, name: string, sights: readonly Sight[]): string[] {
  const first = sights.find(({ kind }) => kind === 'pulled' || kind === 'thrown');
  if (first === undefined) return [];
  const { history } = given;
  const ends = sights.filter(({ kind }) => kind === 'finally');
  if (ends.length > 1) return [`${name}: its producer ended ${ends.length} times`];
  const hasCrashed = history.crashes.some(({ process }) => process === first.process);
  if (hasCrashed) return [];
  const [end] = ends;
  if (end !== undefined) return judgeProducerTime(given, name, sights, end);
  return [`${name}: its producer never ended`];
}

function judgeProducerTime(
  given: Case,
  name: string,
  sights: readonly Sight[],
  end: Sight,
): string[] {
  const left = sights.find(({ kind }) => kind === 'left' || kind === 'broken');
  if (left === undefined) return [];
  const lateMs = end.atMs - left.atMs;
  return lateMs <= (isDisturbed(given, end) ? PRODUCER_MS : PROMPT_MS)
    ? []
    : [`${name}: its producer ended ${lateMs} ms after its reader`];
}

/** Nothing comes after the end, at either side. */
function judgeOrder(name: string, sights: readonly Sight[]): string[] {
  const problems: string[] = [];
  const kinds = sights.map(({ kind }) => kind);
  const isLast = (kind: Sight['kind'], ends: readonly Sight['kind'][]): boolean => {
    const end = kinds.findIndex((other) => ends.includes(other));
    return end === -1 || kinds.lastIndexOf(kind) < end;
  };
  if (!isLast('got', ['over', 'broken', 'left'])) problems.push('an item came after its end');
  if (!isLast('pulled', ['finally', 'thrown'])) problems.push('its producer went on after its end');
  return problems.map((text) => `${name}: ${text}`);
}

/** What a reader has stays as it came for as long as the reader has it, and its own buffers are left alone. */
function judgeMemory(name: string, sights: readonly Sight[]): string[] {
  const spoiled = sights.find(({ kind }) => kind === 'spoiled');
  if (spoiled === undefined) return [];
  const { index } = spoiled;
  const what = index === undefined ? 'bytes of its reader' : `item ${index}, which its reader had,`;
  return [`${name}: ${what} changed`];
}

/** A producer ends with its client, and soon after the other end has gone. */
function judgeDeparture(
  given: Case,
  name: string,
  { gapMs }: Flow,
  sights: readonly Sight[],
): string[] {
  const { client, plan } = given;
  const end = sights.find(({ kind }) => kind === 'finally');
  if (end === undefined) return [];
  const stops = plan.faults.map((fault) => (fault.kind === 'block' ? fault.forMs : 0));
  const stoodMs = stops.reduce((total, ms) => total + ms, 0);
  const isOwn = end.process.startsWith(`${client.name}/`);
  const goneMs = isOwn ? ownGoneMs(given) : Math.max(lastGoneMs(given), quietMs(given));
  const lateMs = end.atMs - goneMs;
  const boundMs = gapMs + stoodMs + (isOwn ? TICK_MS : PROMPT_MS);
  if (lateMs <= boundMs) return [];
  return [`${name}: its producer ended ${lateMs} ms after its client had gone`];
}

/** When the last clients of the process were gone. */
function lastGoneMs({ client, history }: Case): number {
  return history.clients.find(({ name }) => name === client.name)?.goneMs ?? Infinity;
}

/**
 * When the client that performed the operation was gone. An earlier one goes on beside the next one
 * while its server drains.
 */
function ownGoneMs(given: Case): number {
  const { client, history, sights } = given;
  const hasDrained = history.servers.some(({ ends }) => ends.some(({ graceMs }) => graceMs > 0));
  const [{ atMs: begunMs } = { atMs: Infinity }] = sights;
  const leave = history.leaves.find((each) => each.client === client.name && each.atMs > begunMs);
  return hasDrained || leave === undefined ? lastGoneMs(given) : leave.goneMs;
}
