/**
 * Places moments on the page, from top to bottom. Time has no fixed scale: a moment with words gets room
 * for them, a pause gets some room more, and a long pause is told in words.
 */

import { compareMoments, type Moment } from './moment.ts';

/** A moment that is to be placed. */
export interface Point {
  readonly moment: Moment;
  /** The place from left to right in which its words stand; undefined for no words. */
  readonly slot?: string | undefined;
  /** The place in which a line ends here: words below it keep off. */
  readonly lineSlot?: string | undefined;
}

/** A line of the page for a time. */
export interface Tick {
  readonly yPx: number;
  readonly text: string;
}

/** The places of all points. */
export interface Scale {
  readonly heightPx: number;
  /** Times, wherever there is room for one. */
  readonly ticks: readonly Tick[];
  /** Long pauses. */
  readonly pauses: readonly Tick[];
  yOf(point: Point): number;
}

const TOP_PX = 26;
const LINE_PX = 15;
/** Between the end of a line and the words below it. */
const BELOW_LINE_PX = 11;
const STEP_PX = 3;
const MAX_GAP_PX = 24;
const PAUSE_PX = 44;
/** The words of a pause stand so far below the moment before it. */
const PAUSE_TEXT_PX = 16;
const PAUSE_MS = 1_000;
const TICK_PX = 13;

/** Places the points in the order of their moments. */
export function makeScale(points: readonly Point[]): Scale {
  const places = new Map<Point, number>();
  const used = new Map<string, number>();
  const ticks: Tick[] = [];
  const pauses: Tick[] = [];
  let atMs = 0;
  let yPx = TOP_PX;
  for (const point of points.toSorted((a, b) => compareMoments(a.moment, b.moment))) {
    const { moment, slot, lineSlot } = point;
    const pauseMs = moment.atMs - atMs;
    if (pauseMs > PAUSE_MS) {
      pauses.push({ yPx: yPx + PAUSE_TEXT_PX, text: `${durationText(pauseMs)} later` });
    }
    yPx += gapPx(pauseMs);
    if (slot !== undefined) {
      yPx = Math.max(yPx, (used.get(slot) ?? -Infinity) + LINE_PX);
      used.set(slot, yPx);
    }
    if (lineSlot !== undefined) {
      const above = used.get(lineSlot) ?? -Infinity;
      used.set(lineSlot, Math.max(above, yPx + BELOW_LINE_PX - LINE_PX));
    }
    if (isTickWanted(ticks.at(-1), moment.atMs, yPx))
      ticks.push({ yPx, text: timeText(moment.atMs) });
    places.set(point, yPx);
    atMs = moment.atMs;
  }
  return { heightPx: yPx + LINE_PX * 2, ticks, pauses, yOf: (point) => places.get(point) ?? 0 };
}

function gapPx(pauseMs: number): number {
  if (pauseMs > PAUSE_MS) return PAUSE_PX;
  if (pauseMs === 0) return STEP_PX;
  return Math.min(MAX_GAP_PX, STEP_PX + 6 * Math.log10(1 + 10 * pauseMs));
}

function isTickWanted(last: Tick | undefined, atMs: number, yPx: number): boolean {
  return last === undefined || (yPx - last.yPx >= TICK_PX && timeText(atMs) !== last.text);
}

/** A time of the world. */
export function timeText(atMs: number): string {
  return `${atMs.toLocaleString('en-US', { maximumFractionDigits: 1 })}`;
}

function durationText(ms: number): string {
  const seconds = ms / 1_000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${(seconds / 60).toFixed(1)} min`;
}
