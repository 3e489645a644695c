import { DEFAULT_LIMITS } from '../../lib/settings/limits.ts';
import {
  fixed,
  framedPanel,
  framedSpec,
  gridAxis,
  HEAD_HEIGHT,
  type Heading,
  PADDING,
  textMark,
  WIDTH,
} from '../results/frame.ts';
import { color } from '../results/palette.ts';
import type { Figure } from '../support/figure.ts';
import {
  budgetName,
  BUDGETS,
  SWEEP_CASES,
  type SweepCase,
  sweepName,
  SWEPT_BUDGETS,
  type SweptBudget,
} from './budget-sweeps.ts';

const HEADING: Heading = {
  title: 'How large the budgets of a stream have to be',
  subtitle:
    'Times the floor, by the budget of sink, source or both; the other one has its default.',
};

const PANEL_HEAD_HEIGHT = 26;
const PLOT_HEIGHT = 180;
const PANEL_HEIGHT = PANEL_HEAD_HEIGHT + PLOT_HEIGHT + 48;
const AXIS_WIDTH = 38;
const NAMES_WIDTH = 52;
const PLOT_WIDTH = WIDTH - 2 * PADDING - AXIS_WIDTH - NAMES_WIDTH;

/** How much of an axis there is for the largest value. */
const HEADROOM = 1.08;

/** How far apart the lines' names have to be so that they can be read. */
const NAME_HEIGHT = 15;

const LINE_COLORS: Readonly<Record<SweptBudget, string>> = {
  sink: color('second'),
  source: color('third'),
  both: color('sluice'),
};

interface Point {
  readonly swept: SweptBudget;
  readonly bytes: number;
  readonly ratio: number;
  readonly stroke: string;
}

/** The Vega specification of a plot of sweeps, or undefined if none of their figures are there. */
export function lineChart(figures: readonly Figure[]): object | undefined {
  const panels = SWEEP_CASES.map((one) => ({
    title: one.title,
    points: toPoints(one, figures),
  })).filter(({ points }) => points.length > 0);
  if (panels.length === 0) return undefined;
  const groups = panels.map(({ title, points }, i) =>
    panelGroup(title, points, HEAD_HEIGHT + i * PANEL_HEIGHT),
  );
  return framedSpec(HEADING, HEAD_HEIGHT + panels.length * PANEL_HEIGHT, groups);
}

function toPoints(one: SweepCase, figures: readonly Figure[]): Point[] {
  return SWEPT_BUDGETS.flatMap((swept) =>
    BUDGETS.flatMap((bytes) => {
      const figure = figures.find(
        ({ name, subject }) =>
          name === sweepName(one, swept) + one.plotted && subject === budgetName(bytes),
      );
      return figure === undefined
        ? []
        : [{ swept, bytes, ratio: figure.ratio, stroke: LINE_COLORS[swept] }];
    }),
  );
}

function panelGroup(title: string, points: readonly Point[], y: number): object {
  const top = Math.max(...points.map(({ ratio }) => ratio)) * HEADROOM;
  const frame = {
    title,
    titleAt: [-AXIS_WIDTH, -PANEL_HEAD_HEIGHT / 2 - 2],
    box: {
      x: PADDING + AXIS_WIDTH,
      y: y + PANEL_HEAD_HEIGHT,
      width: PLOT_WIDTH,
      height: PLOT_HEIGHT,
    },
  } as const;
  return framedPanel(frame, {
    scales: [
      { name: 'x', type: 'log', base: 2, domain: [BUDGETS[0], BUDGETS.at(-1)], range: 'width' },
      { name: 'y', type: 'linear', domain: [0, top], range: 'height' },
    ],
    axes: [
      gridAxis('x', 'bottom', { values: BUDGETS }, BUDGET_LABEL),
      gridAxis('y', 'left', { tickCount: 5 }, `format(datum.value, '~g') + '×'`),
    ],
    data: [
      { name: 'points', values: points },
      { name: 'ends', values: placeNames(points, top) },
    ],
    marks: [
      ...DEFAULT_MARKS,
      LINES,
      DOTS,
      textMark(
        {
          x: fixed(PLOT_WIDTH + 10),
          y: { field: 'y' },
          text: { field: 'swept' },
          size: 11.5,
          fill: { field: 'stroke' },
          weight: fixed('bold'),
        },
        'ends',
      ),
    ],
  });
}

/** Where the lines end, but so far apart that no name lies on another. */
function placeNames(points: readonly Point[], top: number): object[] {
  const ends = SWEPT_BUDGETS.flatMap(
    (swept) => points.findLast((one) => one.swept === swept) ?? [],
  );
  let previous = Number.NEGATIVE_INFINITY;
  return ends
    .toSorted((a, b) => b.ratio - a.ratio)
    .map((end) => {
      previous = Math.max(PLOT_HEIGHT * (1 - end.ratio / top), previous + NAME_HEIGHT);
      return { ...end, y: previous };
    });
}

/** In the language of Vega: `16 KiB`, `1 MiB`. */
const BUDGET_LABEL =
  "datum.value < 1048576 ? datum.value / 1024 + ' KiB' : datum.value / 1048576 + ' MiB'";

const DEFAULT_X = { scale: 'x', value: DEFAULT_LIMITS.sinkBudgetBytes };

/** What the budgets are where nobody says anything. */
const DEFAULT_MARKS: readonly object[] = [
  {
    type: 'rule',
    aria: false,
    encode: {
      enter: {
        x: DEFAULT_X,
        y: fixed(0),
        y2: fixed(PLOT_HEIGHT),
        stroke: fixed(color('muted')),
        strokeDash: fixed([3, 3]),
      },
    },
  },
  textMark({
    x: { ...DEFAULT_X, offset: 5 },
    y: fixed(PLOT_HEIGHT - 9),
    text: fixed('default'),
    size: 10,
    fill: fixed(color('muted')),
  }),
];

const AT_POINT = {
  x: { scale: 'x', field: 'bytes' },
  y: { scale: 'y', field: 'ratio' },
  stroke: { field: 'stroke' },
};

const LINES: object = {
  type: 'group',
  from: { facet: { name: 'line', data: 'points', groupby: 'swept' } },
  marks: [
    {
      type: 'line',
      aria: false,
      from: { data: 'line' },
      encode: { enter: { ...AT_POINT, strokeWidth: fixed(2) } },
    },
  ],
};

const DOTS: object = {
  type: 'symbol',
  aria: false,
  from: { data: 'points' },
  encode: {
    enter: { ...AT_POINT, fill: fixed(color('card')), size: fixed(36), strokeWidth: fixed(2) },
  },
};
