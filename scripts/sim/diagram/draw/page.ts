/** The page around the picture: title, verdicts, legend, names of nodes that stay in sight. */

import type { Verdict } from '../../model/case.ts';
import type { Picture } from '../layout/picture.ts';
import { drawArrow, drawArrowText } from './arrow.ts';
import { drawBand } from './band.ts';
import { drawMark } from './mark.ts';
import { STYLE } from './style.ts';
import { element, escapeText } from './svg.ts';

/** The words of a page. */
export interface PageTexts {
  readonly title: string;
  /** The program of the world. */
  readonly program: string;
  readonly verdicts: readonly Verdict[];
}

const KINDS = ['main', 'child', 'lane', 'unknown'] as const;
const NAMES_PX = 24;

/** One static page without scripts. All that it needs is in it. */
export function drawPage({ title, program, verdicts }: PageTexts, picture: Picture): string {
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    `<title>${escapeText(title)}</title><style>${STYLE}</style></head><body>`,
    `<header><h1>${escapeText(title)}</h1>${drawVerdicts(verdicts)}${drawLegend()}`,
    `<details><summary>The program</summary><pre>${escapeText(program)}</pre></details></header>`,
    drawNames(picture),
    drawPicture(picture),
    '</body></html>',
  ].join('\n');
}

function drawVerdicts(verdicts: readonly Verdict[]): string {
  if (verdicts.length === 0) return '<p class="kept">All promises were kept.</p>';
  const items = verdicts.map(({ operation, text }) =>
    element('li', { class: 'broken' }, escapeText(`operation ${operation}: ${text}`)),
  );
  return element('ul', {}, items.join(''));
}

function drawNames({ columns }: Picture): string {
  const { widthPx, names } = columns;
  const texts = names.map((name) =>
    element('text', { x: columns.xOf(name), y: NAMES_PX - 8 }, escapeText(name)),
  );
  const svg = element('svg', { width: widthPx, height: NAMES_PX }, texts.join(''));
  return element('div', { class: 'names' }, svg);
}

function drawPicture(picture: Picture): string {
  const { columns, scale, arrows, marks, bands } = picture;
  const { widthPx, names } = columns;
  const { heightPx } = scale;
  const areas = bands.toSorted((one) => (one.band.kind === 'alive' ? 1 : -1));
  const content = [
    ...MARKERS,
    ...names.map((name) => {
      const x = columns.xOf(name);
      return element('line', { class: 'life', x1: x, x2: x, y1: 0, y2: heightPx });
    }),
    ...areas.map((band) => drawBand(band, picture)),
    ...drawTimes(picture),
    ...arrows.map((arrow) => drawArrow(arrow, picture)),
    ...arrows.map((arrow) => drawArrowText(arrow, picture)),
    ...marks.map((mark) => drawMark(mark, picture)),
  ];
  return element('svg', { width: widthPx, height: heightPx }, content.join('\n'));
}

function drawTimes({ scale, columns }: Picture): string[] {
  const [first = ''] = columns.names;
  return [
    ...scale.ticks.map(({ yPx, text }) =>
      element('text', { class: 'time', x: 70, y: yPx + 3 }, escapeText(text)),
    ),
    ...scale.pauses.flatMap(({ yPx, text }) => [
      element('line', { class: 'pause', x1: 10, x2: columns.widthPx, y1: yPx, y2: yPx }),
      element(
        'text',
        { class: 'pause-text', x: columns.xOf(first) + 8, y: yPx + 4 },
        escapeText(text),
      ),
    ]),
  ];
}

function drawLegend(): string {
  const arrows = KINDS.map((kind) => {
    const words = kind === 'unknown' ? 'not negotiated' : `${kind} connection`;
    return sample(kind, `<line x1="0" x2="26" y1="7" y2="7" marker-end="url(#${kind})"/>`, words);
  });
  return element(
    'div',
    { class: 'legend' },
    [
      ...arrows,
      sample(
        'main',
        '<polygon points="2,1 26,4 26,13 2,10"/>',
        'a run, from its first to its last',
      ),
      sample(
        'main lost',
        '<line x1="0" x2="20" y1="7" y2="7" marker-end="url(#lost)"/>',
        'never arrived',
      ),
      swatch('partition', 'partition'),
      swatch('silence', 'silent connection'),
      swatch('block', 'blocked loop'),
      '<span>red dots: crashed</span><span>times in ms; not to scale</span>',
      '<span>point at words for all of them</span>',
    ].join(''),
  );
}

function sample(kind: string, content: string, words: string): string {
  const svg = `<svg width="30" height="14"><g class="arrow ${kind}">${content}</g></svg>`;
  return `<span>${svg} ${words}</span>`;
}

function swatch(kind: string, words: string): string {
  const rect = `<rect class="band ${kind}" width="14" height="14"/>`;
  return `<span><svg width="14" height="14">${rect}</svg> ${words}</span>`;
}

const MARKERS = [
  '<defs>',
  ...KINDS.map(
    (kind) =>
      `<marker id="${kind}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" ` +
      `orient="auto"><path class="${kind}" d="M0,0.5 L8,4 L0,7.5 z"/></marker>`,
  ),
  '<marker id="lost" viewBox="0 0 8 8" refX="4" refY="4" markerWidth="9" markerHeight="9">',
  '<path class="cross" d="M0,0 L8,8 M8,0 L0,8"/></marker></defs>',
];
