import { isLaneFrame } from '../../wire/lane-frame.ts';
import { EOS } from '../../wire/stream-frame.ts';
import { SourceSegment } from '../lane/source-segment.ts';

/** The receiving direction of a resumable stream of a verb, which moves from one connection to the next. */
export class VerbSegment extends SourceSegment {
  /** Called when the reader was told that the stream has failed. */
  onToldFailure: (() => void) | undefined;

  onTellFailure(): void {
    this.onToldFailure?.();
  }

  override nextFrame(): Buffer | typeof EOS | undefined {
    // The end of a stream without messages was taken before its reader asked.
    return this.sourceState.phase === 'ended' ? EOS : super.nextFrame();
  }

  /** An empty stream's end counts as taken at once: a handler that only sends need not read. */
  takeEmptyStream(): void {
    if (this.sourceState.phase !== 'open' || this.isParted || this.receivedMessages > 0) return;
    const { content, input } = this;
    try {
      for (let frame; (frame = input.peek()) !== undefined && isLaneFrame(frame);) {
        content.take(frame, this.link.peer);
        input.next();
      }
    } catch {
      // Its reader finds the mistake.
      return;
    }
    if (input.peek() === EOS && content.failureAfter(0) === undefined) super.nextFrame();
  }
}
