/** The words that an entry begins with. */
export const KINDS: readonly string[] = ['Add', 'Change', 'Fix', 'Remove', 'Speed up'];

const UNRELEASED = 'Unreleased';
const HEADING = /^## (.+)$/;
const ENTRY = /^- /;
const ENTRY_OF_KIND = new RegExp(`^- (?:${KINDS.join('|')}) \\S`);

/** A version's part of the changelog. */
export interface Section {
  /** `Unreleased`, `1.2.3`, or `1.2.3 (2026-01-31)`. */
  readonly title: string;
  /** The lines of its list, without those that continue an entry. */
  readonly entries: readonly string[];
}

/** The sections of a changelog, the newest first. */
export function sectionsOf(changelog: string): Section[] {
  const sections: { title: string; entries: string[] }[] = [];
  for (const line of changelog.split('\n')) {
    const title = HEADING.exec(line)?.[1];
    if (title !== undefined) sections.push({ title, entries: [] });
    else if (ENTRY.test(line)) sections.at(-1)?.entries.push(line);
  }
  return sections;
}

/** The entries of a changelog that begin with another word than those of {@link KINDS}. */
export function misnamedEntries(changelog: string): string[] {
  return sectionsOf(changelog)
    .flatMap(({ entries }) => entries)
    .filter((entry) => !ENTRY_OF_KIND.test(entry));
}

/** Why the Unreleased section can't become this version; empty if it can. */
export function problemsOfRelease(changelog: string, version: string): string[] {
  const sections = sectionsOf(changelog);
  const problems: string[] = [];
  const [newest] = sections;
  if (newest?.title !== UNRELEASED) problems.push(`the changelog begins with no "${UNRELEASED}"`);
  else if (newest.entries.length === 0) problems.push('the changelog has no unreleased entry');
  if (sections.some(({ title }) => isTitleOf(title, version))) {
    problems.push(`the changelog has ${version} already`);
  }
  return problems;
}

/** The changelog with its Unreleased section under the name of a version. */
export function dateRelease(changelog: string, version: string, date: string): string {
  return changelog.replace(`## ${UNRELEASED}`, `## ${version} (${date})`);
}

/** Whether the newest section is that of a version, with its date. */
export function isReleased(changelog: string, version: string): boolean {
  const [newest] = sectionsOf(changelog);
  return newest !== undefined && newest.title !== version && isTitleOf(newest.title, version);
}

function isTitleOf(title: string, version: string): boolean {
  return title === version || (title.startsWith(`${version} (`) && title.endsWith(')'));
}
