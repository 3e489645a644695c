/** How the cells of a column are aligned. */
export type Alignment = 'left' | 'right';

/**
 * A table in Markdown that reads well as plain text, too.
 *
 * @param columns - the heads, each with its alignment.
 * @param rows - as many cells each as there are columns.
 */
export function markdownTable(
  columns: readonly (readonly [head: string, alignment: Alignment])[],
  rows: readonly (readonly string[])[],
): string {
  const widths = columns.map(([head], i) =>
    Math.max(3, head.length, ...rows.map((row) => escapeCell(row[i] ?? '').length)),
  );
  const line = (cells: readonly string[]): string => {
    const padded = columns.map(([, alignment], i) => {
      const cell = escapeCell(cells[i] ?? '');
      const width = widths[i] ?? 0;
      return alignment === 'left' ? cell.padEnd(width) : cell.padStart(width);
    });
    return `| ${padded.join(' | ')} |`;
  };
  const rules = columns.map(([, alignment], i) => {
    const dashes = '-'.repeat((widths[i] ?? 0) - 1);
    return alignment === 'left' ? `${dashes}-` : `${dashes}:`;
  });
  return [line(columns.map(([head]) => head)), line(rules), ...rows.map(line)].join('\n');
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|');
}
