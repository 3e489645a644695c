import type { NumberOption } from '../../lib/base/bounds.ts';

/** One option of a table. */
export interface OptionRow {
  readonly option: string;
  readonly number: NumberOption;
  /** Its doc comment. */
  readonly doc: string;
}

const DEFAULT_TAG = /\s*@default\s+([\d_]+|Infinity)\s*$/;

/** The number that a doc comment gives as the default; undefined if it gives none. */
export function statedDefault(doc: string): number | undefined {
  const [, text] = DEFAULT_TAG.exec(doc) ?? [];
  return text === undefined ? undefined : Number(text.replaceAll('_', ''));
}

/** The options as a table of Markdown, formatted as prettier does it, with `heading` above their names. */
export function optionTable(heading: string, rows: readonly OptionRow[]): string {
  const cells = rows.map(({ option, number, doc }) => [
    `\`${option}\``,
    format(number.default),
    rangeOf(number),
    doc.replace(DEFAULT_TAG, '').replaceAll(/\s+/g, ' ').replaceAll('|', '\\|'),
  ]);
  const table = [[heading, 'default', 'range', 'what it bounds'], ...cells];
  const widths = [0, 1, 2, 3].map((at) => Math.max(...table.map((row) => row[at]?.length ?? 0)));
  const [head = [], ...body] = table.map((row) =>
    row.map((cell, at) => cell.padEnd(widths[at] ?? 0)),
  );
  const line = widths.map((width) => '-'.repeat(width));
  return [head, line, ...body].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function rangeOf({ min, max, isInfinityAllowed = false }: NumberOption): string {
  if (isInfinityAllowed) return `${format(min)} to Infinity`;
  return max === undefined ? `from ${format(min)} on` : `${format(min)} to ${format(max)}`;
}

function format(value: number): string {
  return value === Infinity ? 'Infinity' : value.toLocaleString('en-US');
}
