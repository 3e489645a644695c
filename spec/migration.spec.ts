import { expect } from 'chai';

import { GRPC_CODES } from '../lib/errors.ts';
import { describePage } from './support/describe-page.ts';
import { rowsOf } from './support/markdown-blocks.ts';

const PAGE = 'MIGRATION.md';

describePage(PAGE, {
  sections: ['Methods', 'Around calls', 'Objects and streams', 'Messages'],
  more: () => {
    it('lists every status with the number that gRPC gives it', () => {
      const listed = rowsOf(PAGE).flatMap(([code = '', status = '']) => {
        const number = /\((\d+)\)$/.exec(code)?.[1];
        return number === undefined ? [] : [[status.slice(1, -1), Number(number)]];
      });
      expect(Object.fromEntries(listed)).to.deep.equal(GRPC_CODES);
    });
  },
});
