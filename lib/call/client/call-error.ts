/**
 * The errors of calls name the verb or method that was called, and the server. The text of an error
 * that the server has sent stays as it is; the texts of ours say it too.
 */

import { isRemote } from '../../document/remote-origin.ts';
import { isError } from '../../errors/foreign.ts';
import { isRpcError, type RpcError, type RpcErrorCode } from '../../errors/rpc-error.ts';
import { calledLabel, calledName } from '../../verb/verb-label.ts';
import type { Signature, Verb } from '../../verb/verb.ts';
import type { CallSite } from './call-site.ts';

/** A call, for its error. */
export interface FailedCall {
  readonly verb: Verb<Signature>;
  /** The address of the server. */
  readonly peer: string;
  /** Undefined unless errors are to have the caller's frames. */
  readonly site: CallSite | undefined;
  /** Whether the server may have carried it out; undefined where nothing is known of it. */
  readonly mayHaveRun?: boolean | undefined;
}

/** Errors of one call with texts that are ours alone, without words of the peer or of values. */
const OURS: ReadonlySet<RpcErrorCode> = new Set(['ERR_CANCELED', 'ERR_TIMEOUT']);

/** Errors of one call although they concern a connection; they say what they are about. */
const OF_ONE_CALL: ReadonlySet<RpcErrorCode> = new Set([
  'ERR_MISUSE',
  'ERR_OPTION',
  'ERR_UNSUPPORTED',
]);

/**
 * The error with which a call fails, as its caller gets it. An error that many calls share, such as
 * that of their connection, is copied for each of them. An error that names a call already is that
 * of another one, and stays as it is. Never throws.
 */
export function errorOfCall(error: unknown, call: FailedCall): unknown {
  if (!isError(error) || isFrozen(error)) return error;
  if (isRpcError(error)) return ownErrorOfCall(error, call);
  if (isRemote(error)) {
    addFact(error, 'method', calledName(call.verb), false);
    addFact(error, 'peer', call.peer, false);
    call.site?.putOn(error);
  }
  return error;
}

function ownErrorOfCall(error: RpcError, call: FailedCall): RpcError {
  if (Object.hasOwn(error, 'method')) return error;
  const isShared = error.scope === 'connection' && !OF_ONE_CALL.has(error.code);
  const isOurs = isShared || OURS.has(error.code) || isRefusalOfOurs(error);
  const told = isOurs ? copyOf(error, `${error.message} (${placeOf(call)})`) : error;
  addFact(told, 'method', calledName(call.verb), true);
  addFact(told, 'peer', call.peer, true);
  if (isShared && call.mayHaveRun !== undefined) {
    addFact(told, 'mayHaveRun', call.mayHaveRun, true);
  }
  call.site?.putOn(told);
  return told;
}

function isRefusalOfOurs({ code, initiator }: RpcError): boolean {
  return code === 'ERR_REFUSED' && initiator === 'local';
}

function placeOf({ verb, peer }: FailedCall): string {
  return `${calledLabel(verb)} of ${peer}`;
}

/**
 * Gives the caller's frames to an error of ours or of the server's. Any other error, such as one of
 * an interceptor, keeps its own. Never throws.
 */
export function putSite(error: unknown, site: CallSite | undefined): void {
  if (site === undefined || !isError(error) || isFrozen(error)) return;
  if (isRpcError(error) || isRemote(error)) site.putOn(error);
}

/** An error of the same class with the same facts, and another message. */
function copyOf(error: RpcError, message: string): RpcError {
  const copy = new Error(message);
  const { stack: _stack, message: _message, ...facts } = Object.getOwnPropertyDescriptors(error);
  Object.setPrototypeOf(copy, Object.getPrototypeOf(error) as object);
  Object.defineProperties(copy, facts);
  Error.captureStackTrace(copy, errorOfCall);
  return copy as RpcError; // it has the prototype and the fields of one
}

function addFact(
  error: Error,
  name: 'method' | 'peer' | 'mayHaveRun',
  value: string | boolean,
  enumerable: boolean,
): void {
  if (name in error) return;
  Object.defineProperty(error, name, { value, enumerable, writable: true, configurable: true });
}

function isFrozen(error: Error): boolean {
  try {
    return !Object.isExtensible(error);
  } catch {
    return true;
  }
}
