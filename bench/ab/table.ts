import { markdownTable } from '../results/markdown-table.ts';
import { formatNumber } from '../results/quantity.ts';
import type { Estimate } from './bootstrap.ts';
import type { Comparison, CpuCost } from './comparison.ts';
import { TOLERANCE } from './verdict.ts';

/** How the table is to be read. */
export const LEGEND: string = [
  'Medians of the rounds. A gain above 1 says that the new side is better: faster, or with less time or',
  'memory; in brackets is where it lies with a confidence of 95 %. CPU is microseconds of server + client',
  `for each message, call or whatever is counted. Worse, better and same are meant beyond ${TOLERANCE * 100} %.`,
].join('\n');

/** All figures as a table in Markdown. */
export function formatTable(comparisons: readonly Comparison[]): string {
  return markdownTable(
    [
      ['figure', 'left'],
      ['unit', 'left'],
      ['old', 'right'],
      ['new', 'right'],
      ['gain', 'left'],
      ['CPU old', 'right'],
      ['CPU new', 'right'],
      ['CPU gain', 'left'],
      ['rounds', 'left'],
      ['verdict', 'left'],
    ],
    comparisons.map(toRow),
  );
}

/** What is said of a figure as soon as it is known. */
export function formatLine(comparison: Comparison): string {
  const { name, gain, rounds, verdict } = comparison;
  return `${name}: ${formatEstimate(gain)} after ${rounds} rounds, ${verdict}`;
}

function toRow(comparison: Comparison): string[] {
  const { name, unit, values, gain, cpu, rounds, strayed, verdict } = comparison;
  return [
    name,
    unit,
    formatNumber(values.old),
    formatNumber(values.new),
    formatEstimate(gain),
    cpu === undefined ? '' : formatCost(cpu.costs.old),
    cpu === undefined ? '' : formatCost(cpu.costs.new),
    cpu === undefined ? '' : formatEstimate(cpu.gain),
    strayed === 0 ? String(rounds) : `${rounds}, ${strayed} strayed`,
    verdict === 'worse' ? 'WORSE' : verdict,
  ];
}

function formatEstimate({ ratio, low, high }: Estimate): string {
  return `${ratio.toFixed(3)} (${low.toFixed(3)}–${high.toFixed(3)})`;
}

function formatCost({ server, client }: CpuCost): string {
  return `${formatNumber(server)} + ${formatNumber(client)}`;
}
