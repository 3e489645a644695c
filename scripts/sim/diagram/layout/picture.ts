/** All that is to be drawn, with its points in time. */

import type { TraceEntry } from '../../../../lib/simulation/world/trace.ts';
import type { Sight } from '../../run/history.ts';
import type { WireNames } from '../decode/frame.ts';
import type { ConnectionKind } from '../decode/negotiation.ts';
import { type Arrow, drawnArrows } from './arrows.ts';
import { type Band, readBands } from './bands.ts';
import { Columns } from './columns.ts';
import { isFault, type Mark, readMarks } from './marks.ts';
import { readMessages } from './messages.ts';
import type { Moment } from './moment.ts';
import { makeScale, type Point, type Scale } from './scale.ts';
import { sightMarks } from './sights.ts';

/** An arrow with the places of its ends. */
export interface PlacedArrow {
  readonly arrow: Arrow;
  /** The places of the words and the first byte. */
  readonly sent: Point;
  readonly arrived: Point | undefined;
  readonly lastSent: Point;
  readonly lastArrived: Point | undefined;
}

/** A mark with its place. */
export interface PlacedMark {
  readonly mark: Mark;
  readonly at: Point;
  readonly until: Point | undefined;
}

/** A band with its places. */
export interface PlacedBand {
  readonly band: Band;
  readonly from: Point;
  /** Undefined for the foot of the page. */
  readonly to: Point | undefined;
}

/** The picture of a world. */
export interface Picture {
  readonly columns: Columns;
  readonly kinds: ReadonlyMap<number, ConnectionKind>;
  readonly arrows: readonly PlacedArrow[];
  readonly marks: readonly PlacedMark[];
  readonly bands: readonly PlacedBand[];
  readonly scale: Scale;
}

/** Makes the picture of a trace, with what the programs have seen if that is known. */
export function makePicture(
  entries: readonly TraceEntry[],
  sights: readonly Sight[],
  names: WireNames,
): Picture {
  const faults = entries.flatMap((entry, order) =>
    isFault(entry) ? [{ atMs: entry.atMs, order }] : [],
  );
  const { messages, kinds } = readMessages(entries, names);
  const columns = new Columns(entries);
  const arrows = drawnArrows(messages, faults).map((arrow) => placeArrow(arrow, columns));
  const marks = [...readMarks(entries, kinds), ...sightMarks(sights, faults, entries.length)].map(
    (mark) => placeMark(mark, columns),
  );
  const lastMs = entries.at(-1)?.atMs ?? 0;
  const bands = readBands(entries).map((band) => placeBand(band, lastMs));
  const scale = makeScale([
    ...arrows.flatMap(({ sent, arrived, lastSent, lastArrived }) =>
      [sent, arrived, lastSent, lastArrived].filter((point) => point !== undefined),
    ),
    ...marks.flatMap(({ at, until }) => (until === undefined ? [at] : [at, until])),
    ...bands.flatMap(({ from, to }) => (to === undefined ? [from] : [from, to])),
  ]);
  return { columns, kinds, arrows, marks, bands, scale };
}

function placeArrow(arrow: Arrow, columns: Columns): PlacedArrow {
  const { first, last, from, to } = arrow;
  const sent = { moment: first.sent, slot: columns.slotBetween(from, to) };
  const lineSlot = columns.slotBetween(to, from);
  const arrived = first.arrived && { moment: first.arrived, lineSlot };
  const isRun = last.sent !== first.sent;
  return {
    arrow,
    sent,
    arrived,
    lastSent: isRun ? { moment: last.sent } : sent,
    lastArrived: isRun ? pointOf(last.arrived) : arrived,
  };
}

function placeMark(mark: Mark, columns: Columns): PlacedMark {
  return { mark, at: { moment: mark, slot: columns.slotBeside(mark) }, until: pointOf(mark.until) };
}

/** A band that outlasts all else ends at the foot of the page. */
function placeBand(band: Band, lastMs: number): PlacedBand {
  const { from, to } = band;
  const isOpen = to === undefined || to.atMs > lastMs;
  return { band, from: { moment: from }, to: isOpen ? undefined : pointOf(to) };
}

function pointOf(moment: Moment | undefined): Point | undefined {
  return moment && { moment };
}
