import type { Client, ClientOptions } from '../../lib/index.ts';
import type { Library } from './library.ts';
import type { Verbs } from './verbs.ts';

/** A client's end, in the library of its release. */
export interface ClientEnd {
  readonly library: Library;
  readonly client: Client;
  readonly verbs: Verbs;
  /** Another client of the same server. */
  connect(options: Partial<ClientOptions>): Promise<Client>;
}

/** A thing that a client does, and its outcome in values of JSON. */
export interface Step {
  /** Has the client as its subject. */
  readonly title: string;
  /** Further rows that it proves, each behind a comma. */
  readonly rows?: string;
  run(end: ClientEnd): Promise<unknown>;
  readonly expected: unknown;
}
