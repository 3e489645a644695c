/** The services of a server. */
export interface ServerDescription {
  /** Sorted by name. */
  readonly services: readonly ServiceDescription[];
}

/** One service of a server. */
export interface ServiceDescription {
  /** The name that `client.api` takes. */
  readonly name: string;
  /** The paths of its methods, for example `admin.compact`, sorted. */
  readonly methods: readonly string[];
  /** Those of them that may be carried out more than once for a call; left out if there are none. */
  readonly idempotent?: readonly string[] | undefined;
  /** Those of them with replies that are kept until the caller has them; left out if there are none. */
  readonly once?: readonly string[] | undefined;
}

/** The service that describes the others. */
export const BUILT_IN_SERVICE = 'sluice';

/** Its method. */
export const DESCRIBE = 'describe';
