import { expect } from 'chai';

import { barChart } from '../../../bench/results/bar-chart.ts';
import { CHARTS, type Chart } from '../../../bench/results/charts.ts';
import { color } from '../../../bench/results/palette.ts';
import { figure } from '../support/figures.ts';

const CHART: Chart = {
  file: 'some',
  title: 'Some',
  subtitle: 'of them',
  panels: [
    ['b', 'the second first'],
    ['absent', 'never seen'],
    ['a', 'the first second'],
  ],
};

/** What of a specification is looked at. */
interface Group {
  readonly type: string;
  readonly data?: readonly [
    { readonly values: readonly { subject: string; fill: string; value: number; label: string }[] },
  ];
  readonly scales?: readonly [{ readonly domain: readonly [number, number] }];
  readonly marks?: readonly { readonly encode: { readonly enter: { text: { value: unknown } } } }[];
}

function panelsOf(chart: Chart, figures: Parameters<typeof barChart>[1]): Group[] {
  // The specification is JSON for Vega, which has no narrower type.
  const spec = barChart(chart, figures) as { readonly marks: readonly Group[] } | undefined;
  return spec?.marks.filter(({ type }) => type === 'group') ?? [];
}

describe('barChart', () => {
  const figures = ['a', 'b'].flatMap((name) => [
    figure(name, 'ws', 3),
    figure(name, 'sluice', 70),
    figure(name, 'floor', 100),
  ]);

  it('keeps the order of its panels and of the subjects, however the figures come', () => {
    const panels = panelsOf(CHART, figures.toReversed());
    const titles = panels.map(({ marks }) => marks?.[0]?.encode.enter.text.value);
    expect(titles).to.deep.equal(['the second first', 'the first second']);
    for (const { data } of panels) {
      const subjects = data?.[0].values.map(({ subject }) => subject);
      expect(subjects).to.deep.equal(['floor', 'sluice', 'ws']);
    }
  });

  it('gives sluice a color that nobody else has', () => {
    const [panel] = panelsOf(CHART, figures);
    const colored = panel?.data?.[0].values.filter(({ fill }) => fill === color('sluice'));
    expect(colored?.map(({ subject }) => subject)).to.deep.equal(['sluice']);
  });

  it('begins its axis at the power of ten below the least value and ends it at the largest', () => {
    const [panel] = panelsOf(CHART, figures);
    expect(panel?.scales?.[0].domain).to.deep.equal([1, 100]);
    const [lower] = panelsOf(CHART, [figure('a', 'ws', 10), figure('a', 'floor', 1_234)]);
    expect(lower?.scales?.[0].domain).to.deep.equal([1, 1_234]);
    const [narrow] = panelsOf(CHART, [figure('a', 'ws', 14), figure('a', 'floor', 15)]);
    expect(narrow?.scales?.[0].domain).to.deep.equal([1, 15]);
  });

  it('draws ratios where it is asked to, and labels them with what they stand for', () => {
    const [panel] = panelsOf({ ...CHART, isRelative: true }, figures);
    const bar = panel?.data?.[0].values[1];
    expect(bar?.value).to.equal(0.7);
    expect(bar?.label).to.equal('70 msg/s');
  });

  it('is nothing without figures', () => {
    expect(barChart(CHART, [figure('other', 'sluice', 1)])).to.be.undefined;
  });
});

describe('CHARTS', () => {
  it('has no figure in two panels, but for the overview', () => {
    const names = CHARTS.filter(({ isRelative }) => isRelative !== true).flatMap(({ panels }) =>
      panels.map(([name]) => name),
    );
    expect(new Set(names).size).to.equal(names.length);
  });
});
