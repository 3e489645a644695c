/** The main connection that a session has now. */
export interface SessionConnection {
  /** The client has come back on another connection: this one ends at once, and is not read. */
  fence(cause: unknown): void;
  /** Closes the connection for this reason. */
  abort(cause: unknown): void;
}
