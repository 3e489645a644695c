import type { Clock } from '../../base/clock.ts';
import { ProtocolError } from '../../errors/errors.ts';
import type { RetainedFrame } from '../../wire/resumable-frame.ts';
import { closedBy } from '../half/half-state.ts';
import { Reading, type ReadingTeller } from '../value/reading.ts';
import type { VerbSegment } from './verb-segment.ts';

/** A resumable stream of a verb that is read. */
export class VerbReading extends Reading {
  /** That of the stream. */
  readonly id: bigint;

  constructor(id: bigint, segment: VerbSegment, owner: ReadingTeller, clock: Clock) {
    super(segment, owner, clock);
    this.id = id;
    const { content } = segment;
    content.onRetained = (terms) => this.#onTerms(terms);
    content.onPlain = () => {
      throw new ProtocolError('the peer begins a resumable stream without its terms', 'stream');
    };
    // The reason of an abort stays with the peer.
    content.onFailure = (error) => closedBy(error, 'remote');
  }

  /** The stream as a whole goes on, in both directions. */
  protected override part(): void {}

  #onTerms(terms: RetainedFrame): void {
    if (terms.canResume) this.begin(terms);
    else throw new ProtocolError('the peer does not keep what it sends', 'stream');
  }
}
