// How large does the window of a resumable stream have to be to fill a link?

import type { LinkTerms } from '../link/delay-line.ts';
import { LINK_BYTES_PER_SECOND, loadFar, loadFarFloor } from '../loopback/far-streams.ts';
import type { Workload } from '../support/workload.ts';

const MIB = 1_048_576;

/** All windows that are tried, in bytes: from 256 KiB to 64 MiB. */
export const WINDOWS: readonly number[] = Array.from({ length: 9 }, (_, i) => (MIB / 4) * 2 ** i);

/** Milliseconds each way. Without any there is no link, and so no rate. */
export const DELAYS: readonly number[] = [0, 20, 100];

/** The sweeps as workloads, in the order of the delays. The windows take turns; so does a plain stream. */
export const WINDOW_SWEEPS: readonly Workload[] = DELAYS.map((delayMs) => {
  const terms: LinkTerms | undefined =
    delayMs === 0 ? undefined : { bytesPerSecond: LINK_BYTES_PER_SECOND, delayMs };
  return {
    name: `sweep.window.${delayMs}ms`,
    measure: 'rate',
    units: { '': 'MB/s' },
    subjects: {
      floor: loadFarFloor(terms),
      plain: loadFar(terms, false),
      // The default.
      sluice: loadFar(terms, true),
      ...Object.fromEntries(
        WINDOWS.map((windowBytes) => [String(windowBytes), loadFar(terms, { windowBytes })]),
      ),
    },
  };
});
