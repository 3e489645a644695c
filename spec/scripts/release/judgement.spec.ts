import { expect } from 'chai';

import { problemsOfPreparing, problemsOfPublishing } from '../../../scripts/release/judgement.ts';
import type { ProjectState } from '../../../scripts/release/state.ts';

const READY: ProjectState = {
  version: '0.1.0',
  hasRepository: true,
  changelog: '## Unreleased\n\n- Add a thing.\n\n## 0.1.0 (2026-01-31)\n\n- Add all.\n',
  isClean: true,
  tags: [],
};

const PREPARED: ProjectState = {
  ...READY,
  changelog: '## 0.1.0 (2026-01-31)\n\n- Add all.\n',
  tags: ['other', 'v0.1.0'],
};

describe('scripts/release/judgement', () => {
  it('finds nothing wrong with preparing the next version', () => {
    expect(problemsOfPreparing(READY, '0.2.0')).to.deep.equal([]);
  });

  it('refuses to prepare a text that is no version, and one that does not follow', () => {
    expect(problemsOfPreparing(READY, 'next')).to.deep.equal(['next is no version']);
    expect(problemsOfPreparing(READY, '0.3.0')).to.deep.equal(['0.3.0 does not follow 0.1.0']);
  });

  it('refuses to prepare over changes that are not committed', () => {
    expect(problemsOfPreparing({ ...READY, isClean: false }, '0.2.0')).to.deep.equal([
      'there are changes that are not committed',
    ]);
  });

  it('refuses an entry of no kind', () => {
    const changelog = READY.changelog.replace('Add a', 'New');
    expect(problemsOfPreparing({ ...READY, changelog }, '0.2.0')).to.deep.equal([
      'the changelog\'s entry "- New thing." begins with another word than its kind',
    ]);
  });

  it('finds nothing wrong with publishing a prepared version', () => {
    expect(problemsOfPublishing(PREPARED)).to.deep.equal([]);
  });

  it('refuses to publish a version that was not prepared, tagged and committed', () => {
    const state = { ...PREPARED, changelog: READY.changelog, tags: ['v0.2.0'], isClean: false };
    expect(problemsOfPublishing(state)).to.deep.equal([
      'there are changes that are not committed',
      'the changelog does not begin with 0.1.0 and its date',
      'the commit has no tag v0.1.0',
    ]);
  });

  it('refuses to publish a package that names no repository', () => {
    expect(problemsOfPublishing({ ...PREPARED, hasRepository: false })).to.deep.equal([
      'package.json names no repository, which provenance needs',
    ]);
  });
});
