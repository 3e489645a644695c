import type { Figure } from '../support/figure.ts';
import { formatNumber, formatQuantity } from './quantity.ts';
import type { Bound, Target, Yardstick } from './targets.ts';

/** What became of one bound of one figure. */
export interface Verdict {
  /** The target's title. */
  readonly title: string;
  readonly figure: string;
  /** What was asked: `at least 0.4 × floor`. */
  readonly bound: string;
  /** What there is: `0.43 × floor`; empty where there is none. */
  readonly measured: string;
  readonly outcome: 'met' | 'missed' | 'not measured';
}

/** Holds the figures of sluice against all targets, one verdict for each figure and bound. */
export function judge(targets: readonly Target[], figures: readonly Figure[]): Verdict[] {
  return targets.flatMap(({ title, figures: names, bounds }) =>
    names.flatMap((name) => bounds.map((bound) => judgeBound(title, name, bound, figures))),
  );
}

function judgeBound(
  title: string,
  name: string,
  bound: Bound,
  figures: readonly Figure[],
): Verdict {
  const own = findFigure(figures, name, 'sluice');
  const yardstick = yardstickValue(bound, name, figures);
  const [limit, word] = 'atLeast' in bound ? [bound.atLeast, 'least'] : [bound.atMost, 'most'];
  const asked = { title, figure: name, bound: `at ${word} ${timesText(limit, bound)}` };
  if (own === undefined || yardstick === undefined) {
    return { ...asked, measured: '', outcome: 'not measured' };
  }
  const times = own.value / yardstick;
  const isMet = 'atLeast' in bound ? times >= limit : times <= limit;
  return { ...asked, measured: timesText(times, bound), outcome: isMet ? 'met' : 'missed' };
}

function yardstickValue(
  yardstick: Yardstick,
  name: string,
  figures: readonly Figure[],
): number | undefined {
  if ('unit' in yardstick) return 1;
  const figure =
    'subject' in yardstick
      ? findFigure(figures, name, yardstick.subject)
      : findFigure(figures, yardstick.figure, 'sluice');
  return figure?.value;
}

function findFigure(figures: readonly Figure[], name: string, subject: string): Figure | undefined {
  return figures.find((figure) => figure.name === name && figure.subject === subject);
}

function timesText(times: number, yardstick: Yardstick): string {
  if ('unit' in yardstick) return formatQuantity(times, yardstick.unit);
  const whom = 'subject' in yardstick ? yardstick.subject : `\`${yardstick.figure}\``;
  return `${formatNumber(times)} × ${whom}`;
}
