/** What was seen in a world, for the model to judge. Plain data. */

/** An error as its receiver saw it. */
export interface SeenError {
  readonly name: string;
  readonly code: string | undefined;
  readonly message: string;
  readonly retryable: boolean | undefined;
  readonly scope: string | undefined;
  /** Whether the server may have carried the call out. */
  readonly mayHaveRun?: boolean | undefined;
  /** The processes that a cancel came through. */
  readonly path?: readonly string[] | undefined;
  readonly cause?: SeenError | undefined;
}

/**
 * Something that was seen of an operation.
 *
 * - `began`, `settled`, `failed`: the caller's operation; `answered`: its call has a result.
 * - `canceled`: the caller's signal has fired.
 * - `ran`, `done`: the method was called, and has ended.
 * - `signaled`: the method's signal has fired; `woken`: it has although the method had ended.
 * - `headers`, `trailers`: the caller has got what the method has set beside its result.
 * - `pulled`, `thrown`, `finally`: the producer of its stream.
 * - `got`, `over`, `broken`, `left`: the reader of its stream: an item, the end, an error, a break.
 * - `spoiled`: bytes that the reader had were written over before it was done with them.
 */
export interface Sight {
  readonly atMs: number;
  /** By the clock of the process. */
  readonly clockMs: number;
  /** The number of entries that the trace of the world had then. */
  readonly entry?: number | undefined;
  /** The process that saw it. A restarted node is another process. */
  readonly process: string;
  readonly operation: number;
  readonly kind:
    | 'began'
    | 'answered'
    | 'canceled'
    | 'settled'
    | 'failed'
    | 'ran'
    | 'woken'
    | 'done'
    | 'signaled'
    | 'headers'
    | 'trailers'
    | 'pulled'
    | 'thrown'
    | 'finally'
    | 'got'
    | 'over'
    | 'broken'
    | 'left'
    | 'spoiled';
  /** The stream of the operation: `up`, `down`, or `row 2` for its cells. */
  readonly stream?: string | undefined;
  /** The item. */
  readonly index?: number | undefined;
  /** The operation and the bytes of the item were those that were asked for. */
  readonly isRight?: boolean | undefined;
  readonly value?: unknown;
  readonly error?: SeenError | undefined;
}

/** A server of the plan. The next one begins after its end. */
export interface ServerLife {
  readonly process: string;
  readonly startMs: number;
  /** When it began to drain, and when it was aborted or has crashed: with a grace of 0. */
  readonly ends: readonly { readonly atMs: number; readonly graceMs: number }[];
}

/** A connection of a client to which something has happened. */
export interface Struck {
  readonly client: string;
  readonly atMs: number;
  /** Until its ends know that it is lost. */
  readonly toMs: number;
}

/** A change of a client's connection to its server, as the client tells of it. */
export interface SeenConnection {
  readonly client: string;
  /** The clients of a node one after the other, from 1 on. */
  readonly number: number;
  readonly atMs: number;
  /**
   * `resumed`: connected, and the session goes on. `closed`: there is no other connection. `left`: the
   * same, because all of its operations have ended.
   */
  readonly kind: 'connected' | 'resumed' | 'lost' | 'closed' | 'left';
  /** Of the connection, if the change is one of a single connection. */
  readonly id?: string | undefined;
}

/** The main connection of a client is over for the server. */
export interface SeenLoss {
  readonly client: string;
  readonly atMs: number;
}

/** A burst of a hostile client, on a connection on which it had done no wrong before. */
export interface SeenBurst {
  readonly fromMs: number;
  readonly toMs: number;
  /** Streams that it has asked for or sent, and those that have come to their end. */
  readonly asked: number;
  readonly answered: number;
}

/** All that was seen in a world. */
export interface History {
  readonly sights: readonly Sight[];
  /** Processes that have crashed, and when. */
  readonly crashes: readonly { readonly process: string; readonly atMs: number }[];
  /** When the last operation of each client had ended, when it was told to leave, and when it was gone. */
  readonly clients: readonly {
    readonly name: string;
    readonly leftMs: number;
    readonly farewellMs: number;
    readonly goneMs: number;
  }[];
  /** When a client began to leave with what was under way, and when it was gone. */
  readonly leaves: readonly {
    readonly client: string;
    readonly atMs: number;
    readonly goneMs: number;
  }[];
  /** In the order of time. */
  readonly servers: readonly ServerLife[];
  /** Connections that were cut or fell silent one by one, and dials that were refused. */
  readonly struck: readonly Struck[];
  readonly bursts: readonly SeenBurst[];
  /** In the order of time. */
  readonly connections: readonly SeenConnection[];
  /** In the order of time. */
  readonly losses: readonly SeenLoss[];
  /** Things that are still held after all has ended, in words. */
  readonly leftovers: readonly string[];
  readonly endMs: number;
}
