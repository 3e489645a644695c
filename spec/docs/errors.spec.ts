import { expect } from 'chai';
import { readFileSync } from 'node:fs';

import * as facts from '../../lib/errors.ts';
import * as sluice from '../../lib/index.ts';
import { describePage } from '../support/describe-page.ts';
import { rowsOf } from '../support/markdown-blocks.ts';

const PAGE = 'docs/errors.md';

describePage(PAGE, {
  sections: ['Errors of methods'],
  more: () => {
    it('lists every error with its code', () => {
      const rows = rowsOf(PAGE).filter(([code]) => code?.startsWith('`ERR_'));
      expect(rows.map(([code]) => code)).to.deep.equal(codes().map((code) => `\`${code}\``));
      const classes = rows.map(([, name = '']) => name).filter((name) => name !== '');
      expect(classes.toSorted()).to.deep.equal(errorClasses().map((name) => `\`${name}\``));
      for (const [code = '', name = ''] of rows) {
        if (name !== '') expect(code).to.equal(`\`${codeOf(name.slice(1, -1))}\``);
      }
    });
  },
});

/** Every code that the library raises, in the order of the alphabet. */
function codes(): string[] {
  const source = readFileSync('lib/errors/rpc-error.ts', 'utf8');
  const [list = ''] = /export type RpcErrorCode =[^;]*;/.exec(source) ?? [];
  return Array.from(list.matchAll(/'(ERR_\w+)'/g), ([, code = '']) => code);
}

/** The exported classes of our own errors, but for the abstract one above them. */
function errorClasses(): string[] {
  const isOurs = (value: unknown): boolean =>
    typeof value === 'function' && value.prototype instanceof sluice.RpcError;
  return [...Object.entries(sluice), ...Object.entries(facts)]
    .filter(([, value]) => isOurs(value))
    .map(([name]) => name)
    .sort();
}

/** ERR_STREAM_CLOSED for StreamClosedError, and so on; the classes' specs prove that it is the class's own code. */
function codeOf(name: string): string {
  const words = name.slice(0, -'Error'.length).split(/(?=[A-Z])/);
  return `ERR_${words.join('_').toUpperCase()}`;
}
