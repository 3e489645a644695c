/** What a server offers. */
export interface ServerDescription {
  /** By name. */
  readonly services: readonly ServiceDescription[];
}

/** One service of a server. */
export interface ServiceDescription {
  /** What `client.api` takes. */
  readonly name: string;
  /** The paths of its methods, for example `admin.compact`, by name. */
  readonly methods: readonly string[];
}

/** The service that tells of the others. */
export const BUILT_IN_SERVICE = 'sluice';

/** Its method. */
export const DESCRIBE = 'describe';
