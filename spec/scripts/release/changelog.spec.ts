import { expect } from 'chai';
import { readFileSync } from 'node:fs';

import {
  dateRelease,
  isReleased,
  misnamedEntries,
  problemsOfRelease,
  sectionsOf,
} from '../../../scripts/release/changelog.ts';

const CHANGELOG = `# Changelog

Lines begin with a word.

## Unreleased

- Add a thing.
- Speed up another.
  It was slow.

## 0.1.0

- Fix the first.
`;

describe('scripts/release/changelog', () => {
  it('finds the sections with their entries, the newest first', () => {
    expect(sectionsOf(CHANGELOG)).to.deep.equal([
      { title: 'Unreleased', entries: ['- Add a thing.', '- Speed up another.'] },
      { title: '0.1.0', entries: ['- Fix the first.'] },
    ]);
  });

  it('names entries that begin with another word than their kind', () => {
    const more = `${CHANGELOG}- Added one.\n- Speed of light.\n- Remove\n`;
    expect(misnamedEntries(more)).to.deep.equal(['- Added one.', '- Speed of light.', '- Remove']);
  });

  it('finds no entry of another kind in the changelog of this project', () => {
    const own = readFileSync('CHANGELOG.md', 'utf8');
    expect(sectionsOf(own).length).to.be.greaterThan(1);
    expect(misnamedEntries(own)).to.deep.equal([]);
  });

  it('lets the unreleased entries become a version that is not there yet', () => {
    expect(problemsOfRelease(CHANGELOG, '0.2.0')).to.deep.equal([]);
  });

  it('refuses a version that is there already, with and without a date', () => {
    const problem = ['the changelog has 0.1.0 already'];
    expect(problemsOfRelease(CHANGELOG, '0.1.0')).to.deep.equal(problem);
    const dated = CHANGELOG.replace('## 0.1.0', '## 0.1.0 (2026-01-31)');
    expect(problemsOfRelease(dated, '0.1.0')).to.deep.equal(problem);
  });

  it('refuses a changelog without unreleased entries', () => {
    const empty = CHANGELOG.replace(/(?<=Unreleased\n)[^#]*/, '\n');
    expect(problemsOfRelease(empty, '0.2.0')).to.deep.equal([
      'the changelog has no unreleased entry',
    ]);
    expect(problemsOfRelease('# Changelog\n', '0.2.0')).to.deep.equal([
      'the changelog begins with no "Unreleased"',
    ]);
  });

  it('gives the unreleased section a name and a date, and nothing else', () => {
    const dated = dateRelease(CHANGELOG, '0.2.0', '2026-01-31');
    expect(dated).to.equal(CHANGELOG.replace('Unreleased', '0.2.0 (2026-01-31)'));
  });

  it('takes a version for released when it comes first and has a date', () => {
    expect(isReleased(dateRelease(CHANGELOG, '0.2.0', '2026-01-31'), '0.2.0')).to.equal(true);
    expect(isReleased(dateRelease(CHANGELOG, '0.2.0', '2026-01-31'), '0.1.0')).to.equal(false);
    expect(isReleased(CHANGELOG, '0.1.0')).to.equal(false);
    expect(isReleased('## 0.1.0\n', '0.1.0')).to.equal(false);
  });
});
