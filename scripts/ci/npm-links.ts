import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { linksOf } from './markdown.ts';

/** What npm shows of a package besides its pages. */
export interface Manifest {
  readonly homepage?: unknown;
  readonly repository?: unknown;
  readonly bugs?: unknown;
}

/** The form from which npm makes an address for relative links. */
const REPOSITORY = /^git\+(https:\/\/github\.com\/[\w.-]+\/[\w.-]+)\.git$/;

/**
 * Why links would lead nowhere where npm shows the package. npm completes a relative link of the
 * README by the `repository`, so its target must be a file there: one that git tracks.
 */
export function problemsOnNpm(
  manifest: Manifest,
  readme: string,
  tracked: ReadonlySet<string>,
): string[] {
  const repository = fieldOf(manifest.repository, 'url');
  const [, place] = REPOSITORY.exec(repository) ?? [];
  if (place === undefined) {
    return [`package.json: repository.url is "${repository}", no git+https address of GitHub`];
  }
  const problems = [];
  if (manifest.homepage !== `${place}#readme`) {
    problems.push(`package.json: homepage is not ${place}#readme`);
  }
  if (fieldOf(manifest.bugs, 'url') !== `${place}/issues`) {
    problems.push(`package.json: bugs.url is not ${place}/issues`);
  }
  for (const link of linksOf(readme)) {
    const [file = ''] = link.split('#');
    const isRelative = file !== '' && !/^[a-z]+:/.test(file);
    if (isRelative && !isTracked(file, tracked)) problems.push(`README.md: ${link} is not in git`);
  }
  return problems;
}

/** The same, of the project in the current folder. */
export function checkNpmLinks(): string[] {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
  const names = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
    encoding: 'utf8',
  });
  const readme = readFileSync('README.md', 'utf8');
  return problemsOnNpm(manifest, readme, new Set(names.split('\n')));
}

function isTracked(file: string, tracked: ReadonlySet<string>): boolean {
  const path = file.replace(/^\.\//, '').replace(/\/$/, '');
  return tracked.has(path) || [...tracked].some((name) => name.startsWith(`${path}/`));
}

function fieldOf(holder: unknown, name: string): string {
  const field = (holder as Readonly<Record<string, unknown>> | undefined)?.[name];
  return typeof field === 'string' ? field : '';
}
