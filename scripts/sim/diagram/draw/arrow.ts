import type { Picture, PlacedArrow } from '../layout/picture.ts';
import { timeText } from '../layout/scale.ts';
import { element, escapeText, hint } from './svg.ts';

const MAX_TEXT = 58;
const LABEL_PX = 8;
/** Bytes that never arrive are crossed out so far from their sender. */
const LOST_X_PX = 150;
const LOST_Y_PX = 9;

/** Two ends of an arrow on the page. */
interface Line {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

/** An arrow from the place where its bytes were sent to the place where they have arrived. */
export function drawArrow(placed: PlacedArrow, picture: Picture): string {
  const { arrow, sent, lastSent } = placed;
  const isLost = arrow.first.arrived === undefined;
  const kind = picture.kinds.get(arrow.connection) ?? 'unknown';
  const line = { ...lineOf(placed, picture), 'marker-end': `url(#${isLost ? 'lost' : kind})` };
  const run = lastSent === sent ? '' : drawRun(placed, picture);
  return groupOf(placed, picture, run + element('line', line));
}

/** The words of an arrow, beside its sender. They are drawn above all lines. */
export function drawArrowText(placed: PlacedArrow, picture: Picture): string {
  const { connection, text } = placed.arrow;
  const { x1, x2, y1 } = lineOf(placed, picture);
  const isRight = x2 > x1;
  const x = x1 + (isRight ? LABEL_PX : -LABEL_PX);
  const words = escapeText(shortened(`#${connection} ${text}`));
  const place = { x, y: y1 - 3, 'text-anchor': isRight ? 'start' : 'end' };
  return groupOf(placed, picture, element('text', place, words));
}

/** A part of an arrow, with all that is known of the arrow where a pointer rests on it. */
function groupOf(placed: PlacedArrow, { kinds }: Picture, content: string): string {
  const { connection, from, to, detail, isBad, first } = placed.arrow;
  const kind = kinds.get(connection) ?? 'unknown';
  const classes = ['arrow', kind, first.arrived === undefined && 'lost', isBad && 'bad'];
  const way = `#${connection} ${kind}, ${from} to ${to}, ${timesOf(placed)}`;
  const attributes = { class: classes.filter(Boolean).join(' ') };
  return element('g', attributes, hint(`${way}\n${detail}`) + content);
}

function lineOf({ arrow, sent, arrived }: PlacedArrow, { columns, scale }: Picture): Line {
  const x1 = columns.xOf(arrow.from);
  const x2 = columns.xOf(arrow.to);
  const y1 = scale.yOf(sent);
  if (arrived !== undefined) return { x1, y1, x2, y2: scale.yOf(arrived) };
  return { x1, y1, x2: x1 + Math.sign(x2 - x1) * LOST_X_PX, y2: y1 + LOST_Y_PX };
}

/** The area between the first and the last arrow of a run. */
function drawRun(
  { arrow, sent, arrived, lastSent, lastArrived }: PlacedArrow,
  picture: Picture,
): string {
  const { columns, scale } = picture;
  const x1 = columns.xOf(arrow.from);
  if (arrived === undefined || lastArrived === undefined) {
    return element('line', {
      class: 'until',
      x1,
      x2: x1,
      y1: scale.yOf(sent),
      y2: scale.yOf(lastSent),
    });
  }
  const x2 = columns.xOf(arrow.to);
  const corners = [
    [x1, scale.yOf(sent)],
    [x2, scale.yOf(arrived)],
    [x2, scale.yOf(lastArrived)],
    [x1, scale.yOf(lastSent)],
  ];
  return element('polygon', { points: corners.map((corner) => corner.join(',')).join(' ') });
}

function timesOf({ arrow }: PlacedArrow): string {
  const { first, last } = arrow;
  const until = last.arrived;
  const end = until === undefined ? 'never arrived' : `arrived at ${timeText(until.atMs)} ms`;
  return `sent at ${timeText(first.sent.atMs)} ms, ${end}`;
}

/** Words that fit into a gap between two nodes, or another place. */
export function shortened(text: string, maxLength: number = MAX_TEXT): string {
  return text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text;
}
