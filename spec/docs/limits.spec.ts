import { expect } from 'chai';

import { DEFAULT_RESOURCES } from '../../lib/call/limits/admission.ts';
import { DEFAULT_LIMITS } from '../../lib/settings/limits.ts';
import { rowsOf } from '../support/markdown-blocks.ts';

const PAGE = 'docs/limits.md';

describe(PAGE, () => {
  it('lists every limit with its default', () => {
    expect(tableOf('limits.')).to.deep.equal(textOf(DEFAULT_LIMITS));
    expect(tableOf('resources.')).to.deep.equal(textOf(DEFAULT_RESOURCES));
  });
});

/** Names and defaults of the table whose rows are headed by `group`. */
function tableOf(group: string): Record<string, string> {
  const rows = rowsOf(PAGE);
  const head = rows.findIndex(([first]) => first === `\`${group}\``);
  const table: Record<string, string> = {};
  for (const [name = '', value = ''] of rows.slice(head + 1)) {
    if (!/^`[a-z]\w+`$/i.test(name)) break;
    table[name.slice(1, -1)] = value;
  }
  return table;
}

function textOf(defaults: object): Record<string, string> {
  const entries = Object.entries(defaults).map(([name, value]: [string, unknown]) => [
    name,
    value === Infinity ? 'Infinity' : Number(value).toLocaleString('en-US'),
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}
