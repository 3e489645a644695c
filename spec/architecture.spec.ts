import { expect } from 'chai';
import { existsSync } from 'node:fs';

import { LAYERS } from '../scripts/ci/layers.ts';
import { rowsOf } from './support/markdown-blocks.ts';

const PATH = /`(lib\/[\w./-]+)`/g;

describe('ARCHITECTURE.md', () => {
  it('lists the layers that there are, highest first', () => {
    const layers = LAYERS.map((parts) => parts.flatMap(({ paths }) => paths).filter(existsSync));
    const listed = rowsOf('ARCHITECTURE.md')
      .map(([parts = '']) => Array.from(parts.matchAll(PATH), ([, path]) => path))
      .filter((paths) => paths.length > 0);
    expect(listed).to.deep.equal(layers.filter((paths) => paths.length > 0).toReversed());
  });
});
