import { expect } from 'chai';
import { existsSync } from 'node:fs';

import { LAYERS } from '../scripts/ci/layers.ts';
import { rowsOf } from './support/markdown-blocks.ts';

const FOLDER = /`(lib\/[\w./-]*)`/g;

describe('ARCHITECTURE.md', () => {
  it('lists the layers that there are, highest first', () => {
    const layers = LAYERS.map((parts) => parts.map(({ folder }) => folder).filter(existsSync));
    const listed = rowsOf('ARCHITECTURE.md')
      .map(([parts = '']) => Array.from(parts.matchAll(FOLDER), ([, folder]) => folder))
      .filter((folders) => folders.length > 0);
    expect(listed).to.deep.equal(layers.filter((folders) => folders.length > 0).toReversed());
  });
});
