import type { LaneFrame } from '../../wire/lane-frame.ts';

/** Says what an idle lane is for next: it asks for a stream, begins one, or goes on with one. */
export type AttachFrame = Extract<LaneFrame, { type: 'consume' | 'produce' | 'resume' }>;

/** Whether the frame says what the lane is for. */
export function isAttach(frame: LaneFrame | undefined): frame is AttachFrame {
  return frame?.type === 'consume' || frame?.type === 'produce' || frame?.type === 'resume';
}
