import { expect } from 'chai';

import { optionTable, statedDefault } from '../../scripts/ci/option-table.ts';

describe('the tables of options', () => {
  it('have a row for each option, with default, bounds and words', () => {
    const table = optionTable('option', [
      {
        option: 'waitMs',
        number: { default: 1_000, min: 0 },
        doc: 'Milliseconds to wait.\n@default 1_000',
      },
      {
        option: 'maxItems',
        number: { default: Infinity, min: 1, isInfinityAllowed: true },
        doc: 'Items | things that\nmay wait. @default Infinity',
      },
      { option: 'share', number: { default: 5, min: 1, max: 10 }, doc: 'A share.' },
    ]);
    expect(table.split('\n')).to.deep.equal([
      '| option     | default  | range         | what it bounds                 |',
      '| ---------- | -------- | ------------- | ------------------------------ |',
      '| `waitMs`   | 1,000    | from 0 on     | Milliseconds to wait.          |',
      '| `maxItems` | Infinity | 1 to Infinity | Items \\| things that may wait. |',
      '| `share`    | 5        | 1 to 10       | A share.                       |',
    ]);
  });

  it('read the default that a doc comment gives', () => {
    expect(statedDefault('Bytes. @default 16_777_216')).to.equal(16_777_216);
    expect(statedDefault('Bytes. @default Infinity')).to.equal(Infinity);
    expect(statedDefault('Bytes. @default see Limits')).to.equal(undefined);
  });
});
