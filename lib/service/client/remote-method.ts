import type { Surroundings } from '../../base/surroundings.ts';
import type { Signature, Verb } from '../../verb/verb.ts';
import { isAsyncIterable } from '../context/is-async-iterable.ts';

/** What a client knows of a method of its server. */
export class RemoteMethod {
  readonly service: string;
  readonly path: string;
  /** For errors. */
  readonly name: string;
  /** The verb that gives the bare result. */
  readonly verb: Verb<Signature>;
  /** The verb that gives what goes with the result as well. */
  readonly fullVerb: Verb<Signature>;
  /** Those of the client. */
  readonly surroundings: Surroundings;
  /** What it has returned so far; one that has streamed may do so again. */
  kind: 'unknown' | 'value' | 'stream' = 'unknown';

  constructor(facts: Omit<RemoteMethod, 'kind' | 'learn'>) {
    this.service = facts.service;
    this.path = facts.path;
    this.name = facts.name;
    this.verb = facts.verb;
    this.fullVerb = facts.fullVerb;
    this.surroundings = facts.surroundings;
  }

  /** Remembers what a call of it gave, and gives it back. */
  learn(result: unknown): unknown {
    if (isAsyncIterable(result)) this.kind = 'stream';
    else if (this.kind === 'unknown') this.kind = 'value';
    return result;
  }
}
