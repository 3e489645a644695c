import { expect } from 'chai';

import type { CapturedConnection, Direction } from './conversation.ts';
import type { Deviation } from './deviation.ts';
import { describeFrame, type Looks } from './frames.ts';
import type { RawSocket } from './raw-socket.ts';
import type { Replay } from './replay.ts';
import type { Step } from './steps.ts';

/** Connections as text, to be compared: by number, their frames and how they ended. */
type Transcript = Record<string, string[]>;

/** How a conversation is to go, and how far our end may differ. */
export interface Course {
  readonly steps: readonly Step[];
  readonly connections: readonly CapturedConnection[];
  /** The direction in which we send. */
  readonly ours: Direction;
  readonly deviations: readonly Deviation[];
}

/**
 * Fails unless our end did what the course says: on every connection the same frames and the same
 * end, nothing too early and nothing missing. A listed difference that did not show fails as well.
 */
export function judge(course: Course, replay: Replay, sockets: readonly RawSocket[]): void {
  const looks: Looks = {
    areDurationsMasked: course.deviations.some(({ expected }) => expected.hasOtherDurations),
    areDecompressed: course.deviations.some(({ expected }) => expected.isCompressedOtherwise),
  };
  const observed = { ...observedBy(replay, course, sockets, looks), mishaps: replay.mishaps };
  expect(observed).to.deep.equal({ ...expectedBy(replay, course, looks), mishaps: [] });
  for (const look of ['areDurationsMasked', 'areDecompressed'] as const) {
    if (!looks[look]) continue;
    const sharper = { ...looks, [look]: false };
    expect(
      observedBy(replay, course, sockets, sharper),
      `the listed deviation: ${look}`,
    ).not.to.deep.equal(expectedBy(replay, course, sharper));
  }
}

function observedBy(
  replay: Replay,
  course: Course,
  sockets: readonly RawSocket[],
  looks: Looks,
): Transcript {
  return transcribe(course, (id) => {
    const frames = replay.framesOf(id).map((frame) => describeFrame(frame, looks));
    const socket = sockets[id - 1];
    if (socket === undefined) return [...frames, 'not there'];
    if (socket.isReset) return [...frames, 'RST'];
    return socket.isEndReceived ? [...frames, 'FIN'] : frames;
  });
}

function expectedBy(replay: Replay, course: Course, looks: Looks): Transcript {
  return transcribe(course, (id) => {
    const frames = replay.expectedFrames(id).map((frame) => describeFrame(frame, looks));
    const hasFin = course.steps.some(
      (step) => step.connection === id && step.direction === course.ours && step.isFin,
    );
    return hasFin ? [...frames, 'FIN'] : frames;
  });
}

function transcribe({ connections }: Course, tell: (connection: number) => string[]): Transcript {
  return Object.fromEntries(connections.map(({ id }) => [`connection ${id}`, tell(id)]));
}
