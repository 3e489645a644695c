/** The features that Seastar's negotiation knows, and ours. Source: `protocol_features` in `rpc.hh`. */
export const FEATURE = {
  COMPRESS: 0,
  TIMEOUT: 1,
  CONNECTION_ID: 2,
  STREAM_PARENT: 3,
  ISOLATION: 4,
  HANDLER_DURATION: 5,
  /** Our private feature; a Seastar peer ignores it. */
  EXTENSION: 0x534c_0001,
} as const;

/** The features that a connection offers or answers, by meaning. An absent one is not offered. */
export interface Features {
  /** COMPRESS: names offered, or the one chosen. */
  readonly compress?: string | undefined;
  /** TIMEOUT: requests carry the time that is left. */
  readonly hasTimeout: boolean;
  /** CONNECTION_ID: the id that the server gave this connection. */
  readonly connectionId?: bigint | undefined;
  /** STREAM_PARENT: this is a child of the connection with that id. */
  readonly streamParent?: bigint | undefined;
  /** ISOLATION: the cookie as it is. */
  readonly isolation?: Buffer | undefined;
  /** HANDLER_DURATION: replies carry the time that the handler took. */
  readonly hasHandlerDuration: boolean;
  /** Our extension's document, undecoded. */
  readonly extension?: Buffer | undefined;
}
