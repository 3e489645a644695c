import type { Conversation } from './conversation.ts';
import type { Step } from './steps.ts';

/** Which end we are. */
export type Role = 'server' | 'client';

/** With which options we run: Seastar's ways, or none at all. */
export type Preset = 'seastar' | 'default';

/** How our end's bytes are cut: as captured, or one by one. */
export type Cuts = 'captured cuts' | 'one byte at a time';

/** One difference between what Seastar did and what we do that is meant to be. */
export interface Deviation {
  /** The conversations in which it shows. */
  readonly vectors: readonly string[];
  readonly role: Role;
  readonly preset: Preset | 'both';
  /** Only at these cuts; absent: at all. */
  readonly cuts?: Cuts;
  /** The row, or the part of the design, that asks for it. */
  readonly row: string;
  readonly reason: string;
  /** What is expected in place of Seastar's ways. */
  readonly expected: Expectation;
}

/** How an expectation differs from the capture. A part that changes nothing fails the replay. */
export interface Expectation {
  /** The conversation as it goes with us. */
  readonly steps?: (steps: readonly Step[]) => Step[];
  /** What our client prints. */
  readonly output?: (lines: readonly string[]) => string[];
  /** Durations of handlers are compared only as measured or not. */
  readonly hasOtherDurations?: true;
  /** Frames are compared decompressed. */
  readonly isCompressedOtherwise?: true;
}

/** One way of replaying a conversation. */
export interface Production {
  readonly conversation: Conversation;
  readonly role: Role;
  readonly preset: Preset;
  readonly cuts: Cuts;
}

/** The listed deviations that show in a production. */
export function deviationsOf(all: readonly Deviation[], production: Production): Deviation[] {
  const { conversation, role, preset, cuts } = production;
  return all.filter(
    (deviation) =>
      deviation.vectors.includes(conversation.name) &&
      deviation.role === role &&
      (deviation.preset === 'both' || deviation.preset === preset) &&
      (deviation.cuts === undefined || deviation.cuts === cuts),
  );
}
