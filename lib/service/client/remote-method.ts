import type { Surroundings } from '../../base/surroundings.ts';
import type { Signature, Verb } from '../../verb/verb.ts';
import { isAsyncIterable } from '../context/is-async-iterable.ts';

/** A client's knowledge of a method of its server. */
export class RemoteMethod {
  readonly service: string;
  readonly path: string;
  /** For errors. */
  readonly name: string;
  /** The verb that gives the bare result. */
  verb: Verb<Signature>;
  /** The verb that gives the result together with its headers and trailers. */
  fullVerb: Verb<Signature>;
  /** The clock and dice of the client. */
  readonly surroundings: Surroundings;
  /** The kind of its results so far. A method that has returned a stream may do so again. */
  kind: 'unknown' | 'value' | 'stream' = 'unknown';
  /** Whether the server has said that a call may be carried out more than once. */
  isIdempotent = false;

  constructor(facts: Omit<RemoteMethod, 'kind' | 'isIdempotent' | 'setOnce' | 'learn'>) {
    this.service = facts.service;
    this.path = facts.path;
    this.name = facts.name;
    this.verb = facts.verb;
    this.fullVerb = facts.fullVerb;
    this.surroundings = facts.surroundings;
  }

  /** Whether the server has said that it keeps replies until the client has them. */
  setOnce(isOnce: boolean): void {
    if (isOnce === (this.verb.isOnce === true)) return;
    this.verb = { ...this.verb, isOnce };
    this.fullVerb = { ...this.fullVerb, isOnce };
  }

  /** Remembers the kind of a result, and returns the result. */
  learn(result: unknown): unknown {
    if (isAsyncIterable(result)) this.kind = 'stream';
    else if (this.kind === 'unknown') this.kind = 'value';
    return result;
  }
}
