import type { Operation } from '../plan/plan.ts';
import type { SeenError, Sight } from '../run/history.ts';
import type { Case } from './case.ts';
import { isDisturbed, isTooSlow } from './disturbance.ts';
import { mayBeLimited, mayBeRefused } from './judge-limits.ts';
import { isKeptCall, judgeLoss } from './judge-session.ts';
import { isGoverned, isTight, jumpedMs } from './plan-facts.ts';
import { isRefusal, mayBeTooLong } from './refusals.ts';
import { keepMs } from './sessions.ts';
import { TICK_MS, told } from './words.ts';

/** Errors of a connection that was lost, could not be made, or of a server that goes away. */
const LOSSES: readonly string[] = [
  'ERR_CLOSED',
  'ERR_STREAM_CLOSED',
  'ERR_TIMEOUT',
  'ERR_REFUSED',
  'ERR_STREAM_NOT_FOUND',
];

/** A stream that no call names for so long is given up. */
const UNNAMED_MS = 30_000;

/** The slowest network carries the largest call in this time, after the longest notice. */
const SLOW_CALL_MS = 300_000;

const NOT_FOUND_TEXT = /^rpc stream id \S+ not found$/;

const LOSS_TEXTS = /the connection was lost|the stream was closed|has ended$|not found$/;

/** The promises about a call: it settles once, in time, with its own value or a true reason. */
export function judgeCall(given: Case): string[] {
  const { operation, sights } = given;
  const began = sights.find(({ kind }) => kind === 'began');
  if (began === undefined) {
    const beforeMs = hasStood(given) ? Infinity : operation.atMs;
    return callerHasCrashed(given, beforeMs) ? [] : ['it never began'];
  }
  const ends = sights.filter(({ kind }) => kind === 'settled' || kind === 'failed');
  const runs = sights.filter(({ kind }) => kind === 'ran');
  const problems: string[] = [];
  const mayRepeat = operation.kind === 'echo' && operation.promise === 'idempotent';
  if (runs.length > 1 && !mayRepeat) problems.push(`its method ran ${runs.length} times`);
  if (sights.some(({ kind }) => kind === 'woken')) {
    problems.push('the signal of its method has fired after its end');
  }
  const [end] = ends;
  if (end === undefined) {
    if (!callerHasCrashed(given, Infinity)) problems.push('it never settled');
    return problems;
  }
  if (ends.length > 1) problems.push(`it settled ${ends.length} times`);
  if (end.kind === 'settled') problems.push(...judgeValue(given, end));
  else problems.push(...judgeError(given, began, end, end.error as SeenError));
  return [...problems, ...judgeTime(given, began, end)];
}

function callerHasCrashed({ history, client }: Case, beforeMs: number): boolean {
  return history.crashes.some(
    ({ process, atMs }) => process.startsWith(`${client.name}/`) && atMs <= beforeMs,
  );
}

function judgeValue({ operation, sights }: Case, { value }: Sight): string[] {
  // It was only sent.
  if (operation.kind === 'post') return [];
  if (!sights.some(({ kind }) => kind === 'ran'))
    return ['it has a result, and its method never ran'];
  const trailers = sights.filter(({ kind }) => kind === 'trailers');
  const isVerb = operation.kind === 'verbUp' || operation.kind === 'verbDown';
  const documents = sights.filter(({ kind }) => {
    return (kind === 'ran' && !isVerb) || kind === 'headers' || kind === 'trailers';
  });
  const wrong = documents.find(({ isRight }) => isRight !== true);
  if (wrong !== undefined) return [`its metadata, ${wrong.kind}, came otherwise than it was sent`];
  if (operation.kind === 'blob') return value === true ? [] : ['its bytes are not what was sent'];
  if (operation.kind === 'echo') {
    if (trailers.length !== 1) return [`its trailers came ${trailers.length} times`];
    const headers = sights.filter(({ kind }) => kind === 'headers').length;
    if (headers !== 1) return [`its headers came ${headers} times`];
    if (operation.isFailing === true) return ['its method has thrown, and it has a result'];
    return value === true ? [] : ['its result is not what was sent'];
  }
  if (operation.kind === 'up') {
    const got = sights.filter(({ kind, stream }) => kind === 'got' && stream === 'up').length;
    return value === got ? [] : [`its result is ${String(value)}, and its method has read ${got}`];
  }
  return [];
}

function judgeError(given: Case, began: Sight, end: Sight, error: SeenError): string[] {
  if (isOwnReason(given, began, end, error)) return [];
  if (given.operation.kind === 'verbDown' && isTooSlow(given, given.operation.flow)) return [];
  if (isKeptCall(given)) {
    const problems = judgeLoss(given, end, error);
    if (problems.length > 0) return problems;
  } else if (!isDisturbed(given, end)) {
    return [`it failed though nothing was wrong: ${told(error)}`];
  }
  return isLoss(given, error) ? [] : [`it failed with an error that tells nothing: ${told(error)}`];
}

/** Whether the plan itself asks for this error. */
function isOwnReason(given: Case, began: Sight, end: Sight, error: SeenError): boolean {
  const { operation, plan } = given;
  // The server's clock counts the time.
  const tookMs = end.atMs - began.atMs + jumpedMs(plan, 'server');
  if (isOfLimit(given, began, end, error)) return true;
  if (isGoverned(plan) && isRefusal(error)) return mayBeRefused(given, began.atMs, error.message);
  if (mayBeLimited(given, error)) return true;
  if (isUnnamed(given, error) && tookMs >= UNNAMED_MS) return true;
  if (isRefusal(error) && mayBeTooLong(given, end.atMs)) return true;
  return isThrown(operation, error);
}

/**
 * The stream of a verb has ended before its call could be sent, or before the server took the call: the
 * call has waited, or the clock of the server has jumped.
 */
function isUnnamed({ plan, operation, sights }: Case, { code, message }: SeenError): boolean {
  if (operation.kind !== 'verbUp' && operation.kind !== 'verbDown') return false;
  if (sights.some(({ kind }) => kind === 'ran')) return false;
  if (code === 'ERR_STREAM_CLOSED') return true;
  if (code !== 'ERR_REMOTE' || !(isTight(plan) || jumpedMs(plan, 'server') > 0)) return false;
  return NOT_FOUND_TEXT.test(message);
}

/** Verbs tell their caller the text of what the server has met, and no code. */
function isLoss({ operation, client }: Case, { code, message }: SeenError): boolean {
  if (code !== undefined && LOSSES.includes(code)) return true;
  const isVerb = operation.kind === 'verbUp' || operation.kind === 'verbDown';
  if (!isVerb || code !== 'ERR_REMOTE') return false;
  return LOSS_TEXTS.test(message) || (client.version < 2 && message === 'the server is closing');
}

/** An end by the limit of the call or by its cancel, which its streams share. */
function isOfLimit(
  { operation, sights }: Case,
  began: Sight,
  end: Sight,
  { code, scope }: SeenError,
): boolean {
  const { timeoutMs = Infinity } = operation;
  const isLate = end.clockMs - began.clockMs >= timeoutMs;
  const isCanceled = sights.some(({ kind, atMs }) => kind === 'canceled' && atMs <= end.atMs);
  if (code === 'ERR_TIMEOUT') return isLate && scope === 'call';
  if (code === 'ERR_CANCELED') return isCanceled;
  return code === 'ERR_STREAM_CLOSED' && (isLate || isCanceled);
}

/** An error that the plan lets a method or a producer throw. */
function isThrown(operation: Operation, { message, code }: SeenError): boolean {
  if (operation.kind === 'echo') {
    return operation.isFailing === true && message === `echo ${operation.id} fails`;
  }
  if (operation.kind === 'blob' || operation.kind === 'post') return false;
  const flow = operation.kind === 'nested' ? operation.cells : operation.flow;
  const isVerb = operation.kind === 'verbUp' || operation.kind === 'verbDown';
  // Streams of verbs don't carry the producer's error.
  if (isVerb && code === 'ERR_STREAM_CLOSED') {
    return flow.throwsAt !== undefined || flow.isBadAtEnd === true || flow.breakAfter !== undefined;
  }
  const texts = [
    flow.throwsAt === undefined ? undefined : `thrown at ${flow.throwsAt}`,
    flow.isBadAtEnd === true ? 'thrown at the end' : undefined,
  ];
  return texts.some((text) => text !== undefined && message.includes(text));
}

/** A limit and a cancel end a call in time, but for the time that its own process stood still. */
function judgeTime(given: Case, began: Sight, end: Sight): string[] {
  const { operation, sights } = given;
  if (operation.kind === 'verbUp' || operation.kind === 'verbDown') return [];
  const { atMs } = sights.find(({ kind }) => kind === 'answered') ?? end;
  const tookMs = atMs - began.atMs;
  const slowestMs = slowestCallMs(given);
  if (operation.kind === 'echo' && tookMs > slowestMs) {
    return [`it took ${tookMs} ms, and a dead peer is noticed earlier`];
  }
  const limitMs = Math.min(operation.timeoutMs ?? Infinity, operation.cancelAfterMs ?? Infinity);
  if (tookMs <= limitMs + TICK_MS + stoodMs(given)) return [];
  return [`it took ${tookMs} ms of the ${limitMs} ms that it may take`];
}

/** The longest that a call without streams may take: pings notice when the other end is gone. */
function slowestCallMs({ plan, client }: Case): number {
  const stops = plan.faults.map((fault) => {
    if (fault.kind === 'silence') return 0;
    return 'forMs' in fault ? fault.forMs : 0;
  });
  const sessionMs = client.reconnect === undefined ? 0 : keepMs(plan) + SLOW_CALL_MS;
  return stops.reduce((total, ms) => total + ms, SLOW_CALL_MS + sessionMs);
}

/** Milliseconds that the caller's process stood still. */
function stoodMs({ plan, client }: Case): number {
  const stops = plan.faults.map((fault) => {
    return fault.kind === 'block' && fault.node === client.name ? fault.forMs : 0;
  });
  return stops.reduce((total, ms) => total + ms, 0);
}

/** Whether the caller's process stood still for a while, or its clock has jumped. */
function hasStood({ plan, client }: Case): boolean {
  return plan.faults.some(
    (fault) => (fault.kind === 'block' || fault.kind === 'jump') && fault.node === client.name,
  );
}
