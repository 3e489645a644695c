import type { CanceledError } from '../../errors/errors.ts';
import { SinkHalf } from '../half/sink-half.ts';
import type { SinkSegment } from '../lane/sink-segment.ts';
import type { ItemSink } from './item-sink.ts';

/**
 * Writes items to the segment of a lane as they come. It is the sending half of a verb's stream,
 * with the additions for items.
 */
export class SegmentSink extends SinkHalf<SinkSegment> implements ItemSink {
  writeMetadata(type: 'headers' | 'trailers', document: Buffer): void {
    this.child.writeMetadata(type, document);
  }

  endBatch(): void {
    this.child.link.writer.flush();
  }

  cancel(cause: CanceledError): void {
    this.child.cancel(cause);
  }
}
