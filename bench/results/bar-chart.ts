import type { Figure } from '../support/figure.ts';
import type { Chart } from './charts.ts';
import {
  fixed,
  framedPanel,
  framedSpec,
  gridAxis,
  haloMark,
  HEAD_HEIGHT,
  PADDING,
  textMark,
  WIDTH,
} from './frame.ts';
import { color } from './palette.ts';
import { formatLabel, formatQuantity } from './quantity.ts';
import { compareSubjects } from './subjects.ts';

const COLUMNS = 2;
const COLUMN_GAP = 32;
const PANEL_WIDTH = (WIDTH - 2 * PADDING - (COLUMNS - 1) * COLUMN_GAP) / COLUMNS;
const PANEL_GAP = 20;
const PANEL_HEAD_HEIGHT = 20;
const AXIS_HEIGHT = 18;
const ROW_HEIGHT = 20;
const BAR_HEIGHT = 14;

/** Bars stand between the subjects' names and the values. */
const NAMES_WIDTH = 96;
const VALUES_WIDTH = 96;
const BARS_WIDTH = PANEL_WIDTH - NAMES_WIDTH - VALUES_WIDTH;

interface Bar {
  readonly subject: string;
  readonly value: number;
  readonly label: string;
}

interface Panel {
  readonly title: string;
  readonly bars: readonly Bar[];
}

/** The Vega specification of a chart, or undefined if none of its figures are there. */
export function barChart(chart: Chart, figures: readonly Figure[]): object | undefined {
  const panels = chart.panels
    .map(([name, title]) => ({ title, bars: toBars(chart, figures, name) }))
    .filter(({ bars }) => bars.length > 0);
  if (panels.length === 0) return undefined;

  const shared = chart.hasOwnAxes === true ? undefined : toAxis(chart, panels);
  const marks: object[] = [];
  let top = HEAD_HEIGHT;
  for (let at = 0; at < panels.length; at += COLUMNS) {
    const row = panels.slice(at, at + COLUMNS);
    row.forEach((panel, column) => {
      const left = PADDING + column * (PANEL_WIDTH + COLUMN_GAP);
      marks.push(panelGroup(panel, { left, top }, shared ?? toAxis(chart, [panel])));
    });
    top += Math.max(...row.map(panelHeight)) + PANEL_GAP;
  }
  return framedSpec(chart, top - PANEL_GAP + PADDING / 2, marks);
}

function toBars(chart: Chart, figures: readonly Figure[], name: string): Bar[] {
  return (
    figures
      .filter((figure) => figure.name === name)
      .toSorted((a, b) => compareSubjects(a.subject, b.subject))
      .map(({ subject, value, ratio, unit }) => ({
        subject,
        value: chart.isRelative === true ? ratio : value,
        label: (chart.isRelative === true ? formatQuantity : formatLabel)(value, unit),
      }))
      // What has no logarithm has no bar; the table has it still.
      .filter(({ value }) => value > 0)
  );
}

interface Axis {
  readonly scale: object;
  readonly axis: object;
}

/**
 * From the power of ten below the least value, so that it has a bar, to the largest value; no less than
 * two labels apart, lest a small difference look large.
 */
function toAxis(chart: Chart, panels: readonly Panel[]): Axis {
  const values = panels.flatMap(({ bars }) => bars.map(({ value }) => value));
  const most = Math.floor(Math.log10(Math.max(...values)));
  const least = Math.min(Math.ceil(Math.log10(Math.min(...values))), most) - 1;
  const count = most - least + 1;
  const ticks = Array.from({ length: count }, (_, i) => 10 ** (least + i));
  const domain = [10 ** least, Math.max(...values)];
  // In the language of Vega: `0.01`, `100`, `10k`, `1M`, and the unit.
  const label = `format(datum.value, datum.value < 1 ? '~g' : '~s') + '${chart.tickUnit ?? ''}'`;
  return {
    scale: { name: 'x', type: 'log', domain, range: [0, BARS_WIDTH] },
    axis: gridAxis('x', 'bottom', { values: ticks }, label),
  };
}

function panelHeight({ bars }: Panel): number {
  return PANEL_HEAD_HEIGHT + bars.length * ROW_HEIGHT + AXIS_HEIGHT;
}

function panelGroup(
  { title, bars }: Panel,
  { left, top }: { readonly left: number; readonly top: number },
  { scale, axis }: Axis,
): object {
  const height = bars.length * ROW_HEIGHT;
  const rows = bars.map((bar, i) => ({
    ...bar,
    ...lookOf(bar.subject),
    middle: (i + 0.5) * ROW_HEIGHT,
  }));
  const middle = { field: 'middle' };
  const text = { y: middle, fill: { field: 'textColor' }, weight: { field: 'weight' }, size: 11.5 };
  const label = { ...text, x: { scale: 'x', field: 'value', offset: 6 }, text: { field: 'label' } };
  const frame = {
    title,
    titleAt: [-NAMES_WIDTH, -PANEL_HEAD_HEIGHT / 2],
    box: { x: left + NAMES_WIDTH, y: top + PANEL_HEAD_HEIGHT, width: BARS_WIDTH, height },
  } as const;
  return framedPanel(frame, {
    data: [{ name: 'rows', values: rows }],
    scales: [scale],
    axes: [axis],
    marks: [
      textMark({ ...text, x: fixed(-8), text: { field: 'subject' }, align: 'right' }, 'rows'),
      BARS,
      haloMark(label, 'rows'),
      textMark(label, 'rows'),
    ],
  });
}

const BARS: object = {
  type: 'rect',
  aria: false,
  from: { data: 'rows' },
  encode: {
    enter: {
      x: fixed(0),
      x2: { scale: 'x', field: 'value' },
      yc: { field: 'middle' },
      height: fixed(BAR_HEIGHT),
      fill: { field: 'fill' },
      stroke: { field: 'edge' },
      cornerRadiusTopRight: fixed(3),
      cornerRadiusBottomRight: fixed(3),
    },
  },
};

/** Sluice is the one in color, and the floor is no competitor. */
function lookOf(subject: string): object {
  if (subject === 'sluice') {
    const accent = color('sluice');
    return { fill: accent, edge: accent, textColor: accent, weight: 'bold' };
  }
  const isFloor = subject === 'floor';
  return {
    fill: color(isFloor ? 'floor' : 'peer'),
    edge: color(isFloor ? 'floorEdge' : 'peer'),
    textColor: color('muted'),
    weight: 'normal',
  };
}
