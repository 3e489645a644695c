import { STREAM_HEADER_BYTES } from '../../wire/stream-frame.ts';
import type { RetainedFrame } from '../../wire/resumable-frame.ts';
import type { Serializer, StreamHandles } from '../../serializer/serializer.ts';
import { REAL_TIME_WINDOW } from '../resume/in-flight.ts';
import type { SinkSegment } from '../lane/sink-segment.ts';
import type { StreamOutcome } from './lane-feed.ts';
import { SegmentSink } from './segment-sink.ts';

/** The means of a lane that carries a part of a real-time stream. */
export interface RealTimePart {
  readonly serializer: Serializer;
  readonly handles: StreamHandles;
  readonly terms: Pick<RetainedFrame, 'firstIndex' | 'isManual' | 'canResume'>;
}

/** A lane with a part of a real-time stream: its items, and the frames around them. */
export class RealTimeLane {
  readonly segment: SinkSegment;
  readonly sink: SegmentSink;
  #toldSkipped = 0;
  #isEnded = false;

  constructor(segment: SinkSegment, { serializer, handles, terms }: RealTimePart) {
    this.segment = segment;
    segment.firstIndex = terms.firstIndex;
    this.sink = new SegmentSink(segment, serializer, handles);
    segment.writeFrame({ type: 'retained', isRealTime: true, ...REAL_TIME_WINDOW, ...terms });
  }

  /** Whether items may be sent on it. */
  get isOpen(): boolean {
    return this.sink.isOpen;
  }

  /** Whether the kernel has not taken enough of what was sent. */
  get isFull(): boolean {
    return this.segment.link.writer.isFull;
  }

  /** Whether the end was written. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Bytes of the last item, as they count in the window. */
  get lastItemBytes(): number {
    return this.sink.lastMessageBytes + STREAM_HEADER_BYTES;
  }

  /** Sends an item, for which there is room. Returns a promise while there is none for the next one. */
  send(item: unknown): Promise<void> | undefined {
    return this.sink.send([item]);
  }

  /**
   * Says how many items were left out so far, ahead of the next one. Returns a promise while there is no
   * room for that.
   */
  tellSkipped(items: number): Promise<void> | undefined {
    if (items === this.#toldSkipped) return undefined;
    this.#toldSkipped = items;
    this.segment.writeFrame({ type: 'skipped', items });
    return this.isFull ? this.segment.link.writer.room() : undefined;
  }

  /** Sends the end. Resolves when the kernel has taken it; rejects with the error of a failed stream. */
  end(outcome: StreamOutcome, trailers: readonly Buffer[], skipped: number): Promise<void> {
    this.#isEnded = true;
    void this.tellSkipped(skipped);
    if (outcome.kind === 'error') {
      this.sink.abort(outcome.error);
      return this.sink.ended;
    }
    for (const document of trailers) this.sink.writeMetadata('trailers', document);
    return this.sink.close();
  }
}
