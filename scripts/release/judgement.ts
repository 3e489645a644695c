import { isReleased, misnamedEntries, problemsOfRelease } from './changelog.ts';
import type { ProjectState } from './state.ts';
import { canFollow, parseVersion } from './version.ts';

/** Why a version can't be prepared; empty if it can. */
export function problemsOfPreparing(state: ProjectState, version: string): string[] {
  return [
    ...problemsOfVersion(version, state.version),
    ...problemsOfRelease(state.changelog, version),
    ...commonProblems(state),
  ];
}

/** Why the version of package.json can't be published; empty if it can. */
export function problemsOfPublishing(state: ProjectState): string[] {
  const { version, changelog, tags, hasRepository } = state;
  const problems = commonProblems(state);
  if (!isReleased(changelog, version)) {
    problems.push(`the changelog does not begin with ${version} and its date`);
  }
  if (!tags.includes(`v${version}`)) problems.push(`the commit has no tag v${version}`);
  if (!hasRepository) problems.push('package.json names no repository, which provenance needs');
  return problems;
}

function problemsOfVersion(version: string, current: string): string[] {
  const next = parseVersion(version);
  const previous = parseVersion(current);
  if (next === undefined || previous === undefined) return [`${version} is no version`];
  return canFollow(next, previous) ? [] : [`${version} does not follow ${current}`];
}

function commonProblems({ changelog, isClean }: ProjectState): string[] {
  const problems = misnamedEntries(changelog).map(
    (entry) => `the changelog's entry "${entry}" begins with another word than its kind`,
  );
  if (!isClean) problems.push('there are changes that are not committed');
  return problems;
}
