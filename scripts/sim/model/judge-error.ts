import type { SeenError, Sight } from '../run/history.ts';
import type { Case } from './case.ts';
import { isDisturbed } from './disturbance.ts';
import { mayBeLimited } from './judge-limits.ts';
import { isTight } from './plan-facts.ts';
import { isReplyLost } from './sessions.ts';
import { TICK_MS, told } from './words.ts';

/** Reasons that the library gives when its user has left a stream, or its call was over. */
const LEAVING_TEXTS =
  /not wanted|the loop over the stream was left|never read|given up|came too late|dropped/;

/** Failures that are a first reason themselves. */
const FIRST_TEXTS =
  /its reply is lost|has not kept the session|did not come back within|stands still|without end of stream|^the (?:client|server|peer|source) (?:was|has|closed|went away)|unexpected eof|going away/;

/** The promises about errors: what they say is true, and has its cause. */
export function judgeErrors(given: Case): string[] {
  const { sights, operation } = given;
  const isVerb = operation.kind === 'verbUp' || operation.kind === 'verbDown';
  if (isVerb) return [];
  return [
    ...sights.flatMap((sight) => judgeError(given, sight)),
    ...judgeSignal(given),
    ...judgeReaderOfCaller(given),
  ];
}

function judgeError(given: Case, sight: Sight): string[] {
  const { error } = sight;
  const { plan } = given;
  if (error === undefined) return [];
  // A cancel that waits behind a full writer says no reason.
  const isBrief = error.code === 'ERR_CANCELED' && error.cause === undefined;
  const isAtServer = sight.process.startsWith('server/');
  if (isBrief && isAtServer && plan.limits.mainBudgetBytes !== undefined) {
    const isCanceled = hasFired(given, sight) || hasLeft(given, sight);
    return isCanceled || isDisturbed(given, sight) ? [] : ['canceled by nobody'];
  }
  const problems = [...judgeCause(error)];
  if (error.code === 'ERR_CANCELED') problems.push(...judgeCancel(given, sight, error));
  if (error.code === 'ERR_TIMEOUT') problems.push(...judgeTimeout(given, sight, error));
  if (error.code === 'ERR_STREAM_CLOSED' && given.operation.kind === 'echo') {
    problems.push('a call without streams has the end of a stream');
  }
  return problems.map((text) => `${sight.kind}: ${text}: ${told(error)}`);
}

/** An end that something else has led to says what it was. */
function judgeCause({ code, message, cause }: SeenError): string[] {
  if (cause !== undefined) return [];
  if (code === 'ERR_CANCELED') return ['a cancel without its reason'];
  if (code !== 'ERR_CLOSED' && code !== 'ERR_STREAM_CLOSED') return [];
  return FIRST_TEXTS.test(message) ? [] : ['an end without its cause'];
}

/** A cancel tells the reason of the one that has canceled, and the way that it has come. */
function judgeCancel(given: Case, sight: Sight, error: SeenError): string[] {
  const { client, operation } = given;
  const reason = reasonOf(error);
  const isAtCaller = sight.process.startsWith(`${client.name}/`);
  if (reason.message === `enough of ${operation.id}`) {
    if (!hasFired(given, sight)) return ['canceled by nobody'];
    const path = isAtCaller ? '' : client.name;
    const isRight = error.path?.join(' ') === path;
    return isRight ? [] : [`its path is ${String(error.path)}`];
  }
  if (isAtCaller) return ['its reason is not that of the caller'];
  if (LEAVING_TEXTS.test(reason.message)) return hasLeft(given, sight) ? [] : ['nobody has left'];
  // Its cancel was lost with a connection: the list of calls that its client waits for tells it.
  if (reason.message === 'the caller has come back and waits for it no more') {
    return hasLeft(given, sight) ? [] : ['its caller waits for it'];
  }
  if (reason.message === 'the reply is lost') {
    return isReplyLost(given, sight.atMs) ? [] : ['its reply was not lost'];
  }
  const isFailure = reason.code !== undefined && isDisturbed(given, sight);
  // The caller has met a limit of its own where it wanted to read the result.
  const isLimited = mayBeLimited(given, reason) && hasLeft(given, sight);
  return isFailure || isLimited ? [] : ['nobody has canceled for this reason'];
}

/** Whether the caller's signal has fired by then. */
function hasFired({ sights }: Case, sight: Sight): boolean {
  return sights.some(({ kind, atMs }) => kind === 'canceled' && atMs <= sight.atMs);
}

/** Whether the caller has left a stream by then, or has ended with its call. */
function hasLeft({ client, sights }: Case, { atMs }: Sight): boolean {
  return sights.some((sight) => {
    const isEnd = sight.kind === 'left' || sight.kind === 'failed' || sight.kind === 'broken';
    return isEnd && sight.atMs <= atMs && sight.process.startsWith(`${client.name}/`);
  });
}

/** The first reason of a chain of cancels. */
function reasonOf(error: SeenError): SeenError {
  const { cause, code } = error;
  return code === 'ERR_CANCELED' && cause !== undefined ? reasonOf(cause) : error;
}

/** The time of a call is over no earlier than its caller has said, by the clock that counts it. */
function judgeTimeout(given: Case, sight: Sight, { scope }: SeenError): string[] {
  const { client, operation, sights, plan } = given;
  if (scope !== 'call') return [];
  const { timeoutMs } = operation;
  if (timeoutMs === undefined) return ['the call has no limit'];
  const [began] = sights;
  if (began === undefined) return [];
  if (sight.process.startsWith(`${client.name}/`)) {
    const tookMs = sight.clockMs - began.clockMs;
    return tookMs >= timeoutMs ? [] : [`it took ${tookMs} ms of ${timeoutMs} ms`];
  }
  if (plan.faults.some(({ kind }) => kind === 'jump')) return [];
  const tookMs = sight.atMs - began.atMs;
  return tookMs >= timeoutMs ? [] : [`the method had ${tookMs} ms of ${timeoutMs} ms`];
}

/** The signal of a method fires once, and not because the method has ended. */
function judgeSignal(given: Case): string[] {
  const { operation, sights } = given;
  const signaled = sights.filter(({ kind }) => kind === 'signaled');
  // Each run of a method has a signal of its own.
  if (sights.filter(({ kind }) => kind === 'ran').length > 1) return [];
  if (signaled.length > 1) return [`the signal fired ${signaled.length} times`];
  if (operation.kind !== 'echo' && operation.kind !== 'up') return [];
  const doneMs = sights.find(({ kind }) => kind === 'done')?.atMs ?? Infinity;
  const [first] = signaled;
  if (first !== undefined) {
    return first.atMs > doneMs ? ['the signal fired when the method had ended'] : [];
  }
  return isCancelDue(given, doneMs) ? ['the method learned of no cancel'] : [];
}

/** Whether the caller has canceled so early that a method which watches its signal must know. */
function isCancelDue(given: Case, doneMs: number): boolean {
  const { sights, plan } = given;
  const { latencyMs, jitterMs, bytesPerMs, bufferBytes } = plan.network;
  // What waits ahead of the cancel takes its time.
  if (bytesPerMs > 0 || bufferBytes < 65_536 || isTight(plan)) return false;
  const ran = sights.find(({ kind }) => kind === 'ran');
  const canceled = sights.find(({ kind }) => kind === 'canceled');
  const failed = sights.find(({ kind }) => kind === 'failed');
  if (ran === undefined || canceled === undefined || ran.value !== 'watched') return false;
  if (failed?.error?.code !== 'ERR_CANCELED') return false;
  const knownMs = Math.max(ran.atMs, canceled.atMs + latencyMs + jitterMs) + TICK_MS;
  return doneMs > knownMs && !isDisturbed(given, { ...ran, atMs: knownMs });
}

/** A method that reads a stream of its caller gets the error that its signal has. */
function judgeReaderOfCaller(given: Case): string[] {
  const { sights } = given;
  const signaled = sights.find(({ kind }) => kind === 'signaled');
  const code = signaled?.error?.code;
  if (signaled === undefined || (code !== 'ERR_CANCELED' && code !== 'ERR_TIMEOUT')) return [];
  if (signaled.error?.scope !== 'call') return [];
  const broken = sights.slice(sights.indexOf(signaled)).find(({ kind, stream, process }) => {
    return kind === 'broken' && stream === 'up' && process === signaled.process;
  });
  if (broken?.error === undefined || isDisturbed(given, broken)) return [];
  // The time may be over at the moment of a cancel.
  const isOther = broken.error.code === 'ERR_CANCELED' || broken.error.code === 'ERR_TIMEOUT';
  const isBoth = isOther && hasFired(given, broken) && given.operation.timeoutMs !== undefined;
  return broken.error.code === code || isBoth || isOwnEnd(broken.error)
    ? []
    : [`its signal has ${code}, and its stream has ${told(broken.error)}`];
}

/** Whether the producer has thrown. */
function isOwnEnd({ message }: SeenError): boolean {
  return message.startsWith('thrown at');
}
