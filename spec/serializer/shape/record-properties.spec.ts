import fc from 'fast-check';

import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { shaped } from '../../../lib/serializer/shape/shaped.ts';
import { anyRecord } from '../support/shape-arbitraries.ts';
import {
  checkAgainstJsBson,
  checkBrokenMessages,
  expectSame,
  jsBson,
} from '../support/shape-properties.ts';
import { decode } from '../support/codec.ts';

const run = promisify(execFile);

describe('serializer/shape of any record', () => {
  it('writes what js-bson writes, and reads what it writes', () => {
    checkAgainstJsBson(1000);
  });

  it('refuses every cut, and survives random changes', () => {
    checkBrokenMessages(300);
  });

  it('reads fields in any order, with unknown ones between them', () => {
    fc.assert(
      fc.property(anyRecord(), fc.infiniteStream(fc.nat()), ({ type, value }, random) => {
        const entries: [string, unknown][] = [
          ...Object.entries(value as object),
          ['un known', { a: [1, 'x', null] }],
          ['other', 'x'.repeat(20)],
        ];
        const keyed = entries.map((entry) => ({ entry, place: Number(random.next().value) }));
        const shuffled = keyed.toSorted((a, b) => a.place - b.place).map(({ entry }) => entry);
        const message = jsBson(Object.fromEntries(shuffled));
        expectSame(decode(shaped(type), message), [value]);
      }),
      { numRuns: 500 },
    );
  });

  it('does all of that where code may not be generated', async () => {
    const program = fileURLToPath(new URL('fixtures/without-code-generation.js', import.meta.url));
    const flag = '--disallow-code-generation-from-strings';
    const { stdout } = await run(process.execPath, [flag, program]);
    expect(stdout).to.equal('fine\n');
  });
});
