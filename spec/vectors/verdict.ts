import { expect } from 'chai';

import { describeFrame, type Looks } from './frames.ts';
import type { RawSocket } from './raw-socket.ts';
import type { Replay } from './replay.ts';
import type { Script } from './script.ts';

/** Connections as text, to be compared: by number, their frames and how they ended. */
type Transcript = Record<string, string[]>;

/**
 * Fails unless our end did what the script says: on every connection the same frames and the same
 * end, nothing too early and nothing missing. A listed difference that did not show fails as well.
 */
export function judge(script: Script, replay: Replay, sockets: readonly RawSocket[]): void {
  const looks: Looks = {
    areDurationsMasked: script.deviations.some(({ expected }) => expected.hasOtherDurations),
    areDecompressed: script.deviations.some(({ expected }) => expected.isCompressedOtherwise),
  };
  const observed = { ...observedBy(replay, script, sockets, looks), mishaps: replay.mishaps };
  expect(observed).to.deep.equal({ ...expectedBy(replay, script, looks), mishaps: [] });
  for (const look of ['areDurationsMasked', 'areDecompressed'] as const) {
    if (!looks[look]) continue;
    const sharper = { ...looks, [look]: false };
    expect(
      observedBy(replay, script, sockets, sharper),
      `the listed deviation: ${look}`,
    ).not.to.deep.equal(expectedBy(replay, script, sharper));
  }
}

function observedBy(
  replay: Replay,
  script: Script,
  sockets: readonly RawSocket[],
  looks: Looks,
): Transcript {
  return transcribe(script, (id) => {
    const frames = replay.framesOf(id).map((frame) => describeFrame(frame, looks));
    const socket = sockets[id - 1];
    if (socket === undefined) return [...frames, 'not there'];
    if (socket.isReset) return [...frames, 'RST'];
    return socket.isEndReceived ? [...frames, 'FIN'] : frames;
  });
}

function expectedBy(replay: Replay, script: Script, looks: Looks): Transcript {
  const ours = script.production.role === 'server' ? 's2c' : 'c2s';
  return transcribe(script, (id) => {
    const frames = replay.expectedFrames(id).map((frame) => describeFrame(frame, looks));
    const hasFin = script.steps.some(
      (step) => step.connection === id && step.direction === ours && step.isFin,
    );
    return hasFin ? [...frames, 'FIN'] : frames;
  });
}

function transcribe(script: Script, tell: (connection: number) => string[]): Transcript {
  const { connections } = script.production.conversation;
  return Object.fromEntries(connections.map(({ id }) => [`connection ${id}`, tell(id)]));
}
