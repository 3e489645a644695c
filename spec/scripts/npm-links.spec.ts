import { expect } from 'chai';

import { problemsOnNpm } from '../../scripts/ci/npm-links.ts';

const PLACE = 'https://github.com/owner/name';
const MANIFEST = {
  homepage: `${PLACE}#readme`,
  repository: { type: 'git', url: `git+${PLACE}.git` },
  bugs: { url: `${PLACE}/issues` },
};
const TRACKED = new Set(['docs/README.md', 'SECURITY.md']);

describe('links on npm', () => {
  it('need a repository, a homepage and a place for bugs that belong together', () => {
    expect(problemsOnNpm(MANIFEST, '', TRACKED)).to.deep.equal([]);
    expect(problemsOnNpm({ ...MANIFEST, repository: undefined }, '', TRACKED)).to.deep.equal([
      'package.json: repository.url is "", no git+https address of GitHub',
    ]);
    expect(
      problemsOnNpm({ ...MANIFEST, homepage: PLACE, bugs: undefined }, '', TRACKED),
    ).to.deep.equal([
      `package.json: homepage is not ${PLACE}#readme`,
      `package.json: bugs.url is not ${PLACE}/issues`,
    ]);
  });

  it('lead to files that git has, to folders of such files, or elsewhere', () => {
    const good = '[a](docs/) [b](docs/README.md#x) [c](#top) [d](https://e.org) `[e](no.md)`';
    expect(problemsOnNpm(MANIFEST, good, TRACKED)).to.deep.equal([]);
    expect(problemsOnNpm(MANIFEST, '[a](dist/x.js) [b](doc)', TRACKED)).to.deep.equal([
      'README.md: dist/x.js is not in git',
      'README.md: doc is not in git',
    ]);
  });
});
