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
}

/** The service that describes the others. */
export const BUILT_IN_SERVICE = 'sluice';

/** Its method. */
export const DESCRIBE = 'describe';
