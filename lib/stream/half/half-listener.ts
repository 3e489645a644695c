import type { StreamFigures } from '../../diagnostics/stream-figures.ts';

/** A half, as the child connection that carries it sees it. */
export interface HalfListener {
  /** Something has changed: the half may have failed, or there may be more to read. */
  onChange(): void;
  /** A stream that can be resumed goes on on another connection. */
  onMoved?(): void;
  /** The progress of the half. */
  figures(): StreamFigures;
}

/** How the parent connection went: closed or aborted by us, or lost. */
export type ParentEnd = 'closed' | 'aborted' | 'lost';
