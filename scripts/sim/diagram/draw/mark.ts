import type { Picture, PlacedMark } from '../layout/picture.ts';
import { timeText } from '../layout/scale.ts';
import { shortened } from './arrow.ts';
import { element, escapeText, hint } from './svg.ts';

const LABEL_PX = 9;
const RADIUS_PX = 3;
/** The margin is narrower than a gap between nodes. */
const MAX_LEFT_TEXT = 48;
const MAX_TEXT = 58;

/** A dot on the line of a node, and a few words beside it. */
export function drawMark(
  { mark, at, until }: PlacedMark,
  { columns, kinds, scale }: Picture,
): string {
  const { node, peer, connections, text, tone, atMs } = mark;
  const x = columns.xOf(node);
  const y = scale.yOf(at);
  const isLeft = columns.isLeft(mark);
  const numbers = connections.map((number) => `#${number}`).join(' ');
  const label = [numbers, text, connections.length === 0 ? peer && `with ${peer}` : undefined];
  const words = label.filter(Boolean).join(' ');
  const [first] = connections;
  const kind = first === undefined ? '' : (kinds.get(first) ?? '');
  return element(
    'g',
    { class: `mark ${tone} ${kind}`.trim() },
    [
      hint(`${node} at ${timeText(atMs)} ms: ${words}`),
      until && element('line', { class: 'until', x1: x, x2: x, y1: y, y2: scale.yOf(until) }),
      mark.isBetween === true && peer !== undefined
        ? element('line', { class: 'between', x1: x, x2: columns.xOf(peer), y1: y, y2: y })
        : '',
      element('circle', { cx: x, cy: y, r: RADIUS_PX }),
      element(
        'text',
        {
          x: x + (isLeft ? -LABEL_PX : LABEL_PX),
          y: mark.isBetween === true ? y - 3 : y + 1,
          'text-anchor': isLeft ? 'end' : 'start',
        },
        escapeText(shortened(words, isLeft ? MAX_LEFT_TEXT : MAX_TEXT)),
      ),
    ].join(''),
  );
}
