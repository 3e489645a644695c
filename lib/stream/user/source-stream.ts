import type { Serializer } from '../../serializer/serializer.ts';
import type { Parent } from '../half/parent.ts';
import type { Acknowledging } from '../resume/acknowledging.ts';
import type { ResumableTerms } from '../resume/resumable-terms.ts';
import type { SendingHalf } from './sending-half.ts';

/** A resumable stream of a verb, as its source sees it. */
export interface SourceStream {
  /** The id by which values name it. */
  readonly id: bigint;
  readonly parent: Pick<Parent, 'environment' | 'leaks'>;
  readonly receivedMessages: number;
  /** The reader's word about the messages that it is done with. */
  readonly acks: Acknowledging;
  /** Stops reading from the socket, or goes on. */
  setPaused(isPaused: boolean): void;
  /** Opens the other direction. @throws MisuseError if it was opened before, or only the peer may. */
  makeSink(serializer: Serializer | undefined, terms: ResumableTerms): SendingHalf;
}
