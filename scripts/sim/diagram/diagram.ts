/** A sequence diagram of a world as one static HTML file: nodes, bytes between them, and faults. */

import type { TraceEntry } from '../../../lib/simulation/world/trace.ts';
import type { Verdict } from '../model/judge.ts';
import type { Sight } from '../run/history.ts';

/** What a diagram shows. */
export interface DiagramInput {
  readonly title: string;
  readonly entries: readonly TraceEntry[];
  readonly sights: readonly Sight[];
  readonly verdicts: readonly Verdict[];
}

/** One line of the diagram. */
interface Row {
  readonly atMs: number;
  readonly kind: 'bytes' | 'event' | 'fault' | 'sight';
  /** The column that it is about; an arrow comes from `from`. */
  readonly at: string;
  readonly from?: string | undefined;
  readonly text: string;
  readonly connection?: number | undefined;
}

const FAULTS = new Set([
  'cut',
  'silence',
  'partition',
  'heal',
  'crash',
  'block',
  'jump',
  'refused',
]);
const ROW_PX = 18;
const COLUMN_PX = 260;
const LEFT_PX = 110;
const TOP_PX = 40;

/** The page. */
export function drawDiagram({ title, entries, sights, verdicts }: DiagramInput): string {
  const rows = [...entries.map(rowOfEntry), ...sights.map(rowOfSight)];
  rows.sort((one, other) => one.atMs - other.atMs);
  const columns = [
    ...new Set(rows.flatMap(({ at, from }) => (from === undefined ? [at] : [from, at]))),
  ];
  const heightPx = TOP_PX + (rows.length + 1) * ROW_PX;
  const widthPx = LEFT_PX + columns.length * COLUMN_PX;
  const found = verdicts.map(
    ({ operation, text }) => `<li>operation ${operation}: ${escape(text)}</li>`,
  );
  return [
    `<!doctype html><meta charset="utf-8"><title>${escape(title)}</title>`,
    STYLE,
    `<h1>${escape(title)}</h1><ul>${found.join('')}</ul>`,
    `<svg width="${widthPx}" height="${heightPx}">${MARKER}`,
    ...columns.map((name, index) => drawColumn(name, xOf(index), heightPx)),
    ...rows.map((row, index) =>
      drawRow(row, columns, TOP_PX + (index + 1) * ROW_PX, rows[index - 1]),
    ),
    '</svg>',
  ].join('\n');
}

function rowOfEntry({ atMs, kind, node, peer, connection, text, bytes }: TraceEntry): Row {
  const id = connection === undefined ? '' : ` #${connection}`;
  const at = node === '' ? 'world' : node;
  if (FAULTS.has(kind)) {
    const other = peer === undefined ? '' : ` with ${peer}`;
    return { atMs, kind: 'fault', at, text: `${kind}${id}${other} ${text}`.trim() };
  }
  if (peer === undefined) return { atMs, kind: 'event', at, text: `${kind} ${text}`.trim() };
  const what = kind === 'data' ? `${bytes?.length ?? 0} bytes` : `${kind} ${text}`.trim();
  return { atMs, kind: 'bytes', at, from: peer, text: `${what}${id}`, connection };
}

function rowOfSight({ atMs, process, operation, kind, stream, index, error }: Sight): Row {
  const facts = [stream, index, error?.code].filter((fact) => fact !== undefined).map(String);
  const [at = process] = process.split('/');
  return { atMs, kind: 'sight', at, text: [`${operation}:`, kind, ...facts].join(' ') };
}

function drawColumn(name: string, xPx: number, heightPx: number): string {
  return (
    `<text class="name" x="${xPx}" y="20">${escape(name)}</text>` +
    `<line class="life" x1="${xPx}" x2="${xPx}" y1="${TOP_PX - 10}" y2="${heightPx}"/>`
  );
}

function drawRow(
  row: Row,
  columns: readonly string[],
  yPx: number,
  before: Row | undefined,
): string {
  const { atMs, kind, at, from, text, connection = 0 } = row;
  const time = atMs === before?.atMs ? '' : `<text x="4" y="${yPx}">${atMs.toFixed(1)}</text>`;
  const xPx = xOf(columns.indexOf(at));
  const hue = (connection * 67) % 360;
  if (from === undefined) {
    return `${time}<text class="${kind}" x="${xPx + 6}" y="${yPx}">${escape(text)}</text>`;
  }
  const fromPx = xOf(columns.indexOf(from));
  const middlePx = (fromPx + xPx) / 2;
  return (
    `${time}<line class="arrow" style="stroke:hsl(${hue} 70% 40%)" marker-end="url(#head)" ` +
    `x1="${fromPx}" x2="${xPx}" y1="${yPx - 4}" y2="${yPx - 4}"/>` +
    `<text class="${kind}" x="${middlePx}" y="${yPx - 6}">${escape(text)}</text>`
  );
}

function xOf(column: number): number {
  return LEFT_PX + column * COLUMN_PX;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const STYLE = `<style>
body { font: 12px sans-serif } li { color: #b00 }
text { font: 11px monospace } .name { font-weight: bold; text-anchor: middle }
.life { stroke: #ccc } .arrow { stroke-width: 1 }
.bytes { text-anchor: middle; fill: #555 } .fault { fill: #b00; font-weight: bold }
.sight { fill: #060 } .event { fill: #888 }
</style>`;

const MARKER =
  '<defs><marker id="head" viewBox="0 0 6 6" refX="6" refY="3" markerWidth="6" markerHeight="6" ' +
  'orient="auto"><path d="M0,0 L6,3 L0,6 z" fill="#555"/></marker></defs>';
