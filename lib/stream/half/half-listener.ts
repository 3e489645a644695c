import type { Compressor } from '../../compression/compressor.ts';
import type { Link } from '../../connection/link/link.ts';
import type { Parent } from './parent.ts';

/** A half, as the child connection that carries it sees it. */
export interface HalfListener {
  /** Something has changed: the half may have failed, or there may be more to read. */
  onChange(): void;
}

/** The parts of a child connection. */
export interface ChildOptions {
  readonly id: bigint;
  readonly link: Link;
  readonly compressor: Compressor | undefined;
  /** Whether both ends speak our extension. */
  readonly hasExtension: boolean;
  /** Whether we accepted the connection; else we dialed it. */
  readonly isAccepted: boolean;
  readonly parent: Parent;
}

/** How the parent connection went: closed or aborted by us, or lost. */
export type ParentEnd = 'closed' | 'aborted' | 'lost';
