import type { Picture, PlacedBand } from '../layout/picture.ts';
import { element, hint } from './svg.ts';

const BLOCK_PX = 12;
const SILENCE_PX = 5;
const SILENCE_AT_PX = 7;

/** A band over the time that something lasts: the line of a process, or a coloured area. */
export function drawBand({ band, from, to }: PlacedBand, { columns, scale }: Picture): string {
  const { kind, node, peer, text } = band;
  const y1 = scale.yOf(from);
  const y2 = to === undefined ? scale.heightPx : scale.yOf(to);
  const x = columns.xOf(node);
  if (kind === 'alive' || kind === 'dead') {
    return element('line', { class: kind, x1: x, x2: x, y1, y2 });
  }
  const [left, right] = sidesOf(kind, x, peer === undefined ? x : columns.xOf(peer));
  const place = { x: left, y: y1, width: right - left, height: Math.max(2, y2 - y1) };
  return element('rect', { class: `band ${kind}`, ...place }, hint(text));
}

function sidesOf(kind: string, x: number, peerX: number): [number, number] {
  if (kind === 'block') return [x - BLOCK_PX / 2, x + BLOCK_PX / 2];
  if (kind === 'partition') return x < peerX ? [x, peerX] : [peerX, x];
  // Beside the node that has dialed: many connections end at the other one.
  const middle = peerX + Math.sign(x - peerX) * SILENCE_AT_PX;
  return [middle - SILENCE_PX / 2, middle + SILENCE_PX / 2];
}
