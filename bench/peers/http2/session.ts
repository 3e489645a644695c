import type { SessionOptions } from 'node:http2';

/** Lets bulk flow; Node's own windows are 64 KiB, of which each takes a round trip. */
export const WINDOW_BYTES = 4_194_304;

/** Options of both sides. */
export const SESSION_OPTIONS: SessionOptions = {
  settings: { initialWindowSize: WINDOW_BYTES, maxFrameSize: 262_144 },
  // In megabytes; idle streams count as well, and the default ends the session at some ten thousand.
  maxSessionMemory: 1_000,
};

/** Header that announces how many messages a stream carries. */
export const COUNT_HEADER = 'bench-count';
