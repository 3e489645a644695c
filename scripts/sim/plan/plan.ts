/**
 * A program for a world: what its clients do, and what goes wrong. It is plain data, so that it can be
 * drawn, shrunk, printed and judged without running it.
 */

import type { HostilePeer } from './hostile.ts';

/** A version of the extension that a client speaks; 0 for none. */
export type Version = 0 | 1 | 2 | 3;

/** The version that the library speaks. */
export const NEWEST_VERSION: Version = 3;
/** The lowest version with services. Clients of a lower one use verbs only. */
export const SERVICES_VERSION: Version = 2;

/** Parts that all operations have. */
interface AnyOperation {
  /** Unique in the plan. */
  readonly id: number;
  /** Milliseconds of the world at which it begins. */
  readonly atMs: number;
  /** The caller's limit for the call. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds after its begin at which the caller cancels. */
  readonly cancelAfterMs?: number | undefined;
}

/** The items of a stream, and its ends before the last item. */
export interface Flow {
  readonly items: number;
  readonly itemBytes: number;
  /** Milliseconds that the producer works on an item. */
  readonly gapMs: number;
  /** Milliseconds that the reader works on an item. */
  readonly readGapMs: number;
  /** The reader leaves after so many items. */
  readonly breakAfter?: number | undefined;
  /** The producer throws instead of this item. */
  readonly throwsAt?: number | undefined;
  /** The producer throws in its `finally`. */
  readonly isBadAtEnd?: boolean | undefined;
  /** The reader stands still for a while after its first item. */
  readonly stallMs?: number | undefined;
  /** The reader drops the stream after so many items, and the collector takes it. */
  readonly dropAfter?: number | undefined;
  /** The producer stays quiet for so long after its last item, before it ends. */
  readonly quietMs?: number | undefined;
  /** The reader waits for so long before it reads anything. */
  readonly holdMs?: number | undefined;
  /** The reader asks for two items at a time. */
  readonly isPaired?: boolean | undefined;
  /** The reader never reads, and keeps the stream. */
  readonly isIgnored?: boolean | undefined;
  /** It only stops to read then, and keeps the stream for ever. */
  readonly isHeld?: boolean | undefined;
  /** It goes on when its connection is lost. Streams of verbs do only for clients that reconnect. */
  readonly resumable?: ResumablePlan | undefined;
  /** Items may be left out; a reader may go on at each of so many. Not for streams of verbs. */
  readonly skipTo?: number | undefined;
  /** The serializer of its items, which are bytes then. Absent for records in BSON. */
  readonly layout?: Layout | undefined;
  /** The reader's way to read, where it is not `for await`. Into a buffer it reads items that are bytes. */
  readonly reading?: ReadingWay | undefined;
  /** The sender fills memory of its sink. Streams of verbs whose items are bytes. */
  readonly isTaken?: boolean | undefined;
  /** A read waits for so long. Then it is made again, a few times with this limit. */
  readonly patienceMs?: number | undefined;
}

/** A serializer for items that are bytes. */
export type Layout = 'raw' | 'packed' | 'bson';

/**
 * A way to read in memory that is used again: a loop over borrowed items, borrowed batches, reads into a
 * buffer, or each of these in turn, with reads of items that are the reader's own.
 */
export type ReadingWay = 'borrowed' | 'batch' | 'into' | 'mixed';

/** The terms of a stream that goes on when its connection is lost. */
export interface ResumablePlan {
  readonly windowItems?: number | undefined;
  readonly windowBytes?: number | undefined;
  readonly ackPeriod?: number | undefined;
  /** The reader acknowledges each item by hand. */
  readonly isManual?: boolean | undefined;
  readonly hasChecksum?: boolean | undefined;
}

/** A call that answers with what it got. */
export interface EchoOperation extends AnyOperation {
  readonly kind: 'echo';
  readonly bytes: number;
  /** Milliseconds that the method works. */
  readonly workMs: number;
  /** The method throws. */
  readonly isFailing?: boolean | undefined;
  /** The method ends as soon as its signal fires. */
  readonly isListening?: boolean | undefined;
  /** A promise of the method: it may run again, or its reply is kept until the caller has it. */
  readonly promise?: 'idempotent' | 'once' | undefined;
}

/** A call of a verb without a reply. */
export interface PostOperation extends AnyOperation {
  readonly kind: 'post';
}

/** A call with a stream as its result. */
export interface DownOperation extends AnyOperation {
  readonly kind: 'down';
  readonly flow: Flow;
}

/** A call with a stream as its argument. Its result is the number of items that the method has read. */
export interface UpOperation extends AnyOperation {
  readonly kind: 'up';
  readonly flow: Flow;
}

/** A call with a stream both ways: the method gives the items back. */
export interface BothOperation extends AnyOperation {
  readonly kind: 'both';
  readonly flow: Flow;
}

/** A call whose result is a stream of rows, each with a stream of cells. */
export interface NestedOperation extends AnyOperation {
  readonly kind: 'nested';
  readonly rows: number;
  /** The reader leaves the rows after so many, and reads the cells of the last one afterwards. */
  readonly leaveAfter?: number | undefined;
  /** The rows go on when their connection is lost. */
  readonly isResumable?: boolean | undefined;
  readonly cells: Flow;
}

/** A stream of a verb, towards the server or from it. */
export interface VerbOperation extends AnyOperation {
  readonly kind: 'verbUp' | 'verbDown';
  readonly flow: Flow;
}

/** A call with a blob as its argument and as its result: the method gives the bytes back. */
export interface BlobOperation extends AnyOperation {
  readonly kind: 'blob';
  readonly bytes: number;
  readonly chunkBytes: number;
}

export type Operation =
  | EchoOperation
  | PostOperation
  | DownOperation
  | UpOperation
  | BothOperation
  | NestedOperation
  | VerbOperation
  | BlobOperation;

/** The delays after which a client connects again by itself. */
export interface ReconnectPlan {
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** It is closed when it has been without a connection for so long. */
  readonly giveUpAfterMs?: number | undefined;
}

/** A process with a client. When its connection is lost, it makes another client. */
export interface ClientPlan {
  readonly name: string;
  readonly version: Version;
  /** Its client outlives its connections. Absent for one that ends with its connection. */
  readonly reconnect?: ReconnectPlan | undefined;
  /** The node that it connects to; absent for the server of the plan. */
  readonly server?: string | undefined;
  readonly operations: readonly Operation[];
  /** Milliseconds that it stays after its last operation. */
  readonly lingerMs: number;
  /** How it leaves at the end. */
  readonly farewell: 'close' | 'abort';
  /** Milliseconds that a farewell in order may take. */
  readonly graceMs: number;
}

/** Something that goes wrong, or that somebody does to the server. */
export type Fault =
  | { readonly kind: 'cut'; readonly atMs: number; readonly client: string }
  | { readonly kind: 'cutOne'; readonly atMs: number; readonly index: number }
  | {
      readonly kind: 'silence';
      readonly atMs: number;
      readonly index: number;
      readonly direction: 'toDialer' | 'toListener' | 'both';
      /** The systems of both ends give the connection up after this time, as real ones do. */
      readonly forMs: number;
    }
  | {
      readonly kind: 'partition';
      readonly atMs: number;
      readonly client: string;
      readonly forMs: number;
    }
  | {
      readonly kind: 'crash';
      readonly atMs: number;
      readonly node: string;
      readonly isMachine: boolean;
      readonly forMs: number;
    }
  | { readonly kind: 'block'; readonly atMs: number; readonly node: string; readonly forMs: number }
  | { readonly kind: 'jump'; readonly atMs: number; readonly node: string; readonly byMs: number }
  /** The client ends with what is under way; later operations get another. */
  | {
      readonly kind: 'leave';
      readonly atMs: number;
      readonly client: string;
      readonly farewell: 'close' | 'abort';
      readonly graceMs: number;
    }
  /** The server ends at once. Another one starts so many milliseconds after its end. */
  | { readonly kind: 'abort'; readonly atMs: number; readonly againMs: number }
  | {
      readonly kind: 'drain';
      readonly atMs: number;
      readonly graceMs: number;
      readonly againMs: number;
    }
  | { readonly kind: 'hostile'; readonly atMs: number; readonly bytes: string }
  /** A client whose bytes are damaged on their way. */
  | { readonly kind: 'damage'; readonly atMs: number; readonly probability: number };

/** The quality of the network. */
export interface NetworkPlan {
  readonly latencyMs: number;
  readonly jitterMs: number;
  /** 0 for no limit. */
  readonly bytesPerMs: number;
  readonly bufferBytes: number;
  readonly refusals: number;
  readonly acceptDelayMs: number;
}

/** Limits of both ends that slow things down and refuse nothing. */
export interface TightLimits {
  readonly maxHandshakes?: number;
  readonly maxParked?: number;
  readonly maxChildren?: number;
  readonly sourceBudgetBytes?: number;
  readonly sinkBudgetBytes?: number;
  readonly mainBudgetBytes?: number;
}

/** The whole program of a world. */
export interface Plan {
  readonly seed: number;
  readonly network: NetworkPlan;
  readonly server: {
    /** Calls that may run at a time; 0 for any number. */
    readonly maxConcurrentCalls: number;
    /** Calls that may begin in a second; 0 for any number. */
    readonly callsPerSecond: number;
    /** Requests of a client that may be in progress; 0 for as many as usual. More wait. */
    readonly maxInFlight: number;
    /** Bytes that requests may take; 0 for as many as usual. More wait. */
    readonly maxMemoryBytes: number;
    readonly isCompressing: boolean;
    /** Milliseconds of a lease of the server's streams; none for as many as usual. */
    readonly leaseMs?: number | undefined;
    /** Milliseconds that it keeps the session of a lost client; absent for as long as usual. */
    readonly sessionKeepMs?: number | undefined;
    /** Bytes of replies that it keeps for a client; absent for as many as usual. */
    readonly sessionReplyBytes?: number | undefined;
  };
  readonly limits: TightLimits;
  readonly clients: readonly ClientPlan[];
  readonly faults: readonly Fault[];
  /** Peers that speak the protocol and do harm. Absent for none. */
  readonly hostile?: readonly HostilePeer[];
}
