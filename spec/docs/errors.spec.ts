import { expect } from 'chai';

import * as sluice from '../../lib/index.ts';
import { describePage } from '../support/describe-page.ts';
import { rowsOf } from '../support/markdown-blocks.ts';

const PAGE = 'docs/errors.md';

describePage(PAGE, {
  sections: ['Errors of methods'],
  more: () => {
    it('lists every error with its code', () => {
      const rows = rowsOf(PAGE).filter(([code]) => code?.startsWith('`ERR_'));
      const listed = rows.map(([code, name]) => `${code} ${name}`);
      expect(listed).to.deep.equal(errorClasses().map((name) => `\`${codeOf(name)}\` \`${name}\``));
    });
  },
});

/** The exported classes of our own errors, but for the abstract one above them. */
function errorClasses(): string[] {
  const isOurs = (value: unknown): boolean =>
    typeof value === 'function' && value.prototype instanceof sluice.RpcError;
  return Object.entries(sluice)
    .filter(([, value]) => isOurs(value))
    .map(([name]) => name)
    .sort();
}

/** ERR_STREAM_CLOSED for StreamClosedError, and so on; the classes' specs prove that it is the class's own code. */
function codeOf(name: string): string {
  const words = name.slice(0, -'Error'.length).split(/(?=[A-Z])/);
  return `ERR_${words.join('_').toUpperCase()}`;
}
