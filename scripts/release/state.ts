import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The files and the repository that a release is made of. */
export interface ProjectState {
  /** That of package.json. */
  readonly version: string;
  /** Whether package.json names a repository; npm refuses to prove where a package without one comes from. */
  readonly hasRepository: boolean;
  readonly changelog: string;
  /** Whether every change is committed. */
  readonly isClean: boolean;
  /** The tags of the current commit. */
  readonly tags: readonly string[];
}

/** Reads the state of the project in the current folder. */
export function readState(): ProjectState {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
    readonly version: string;
    readonly repository?: unknown;
  };
  return {
    version: manifest.version,
    hasRepository: manifest.repository !== undefined,
    changelog: readFileSync('CHANGELOG.md', 'utf8'),
    isClean: git('status', '--porcelain') === '',
    tags: git('tag', '--points-at', 'HEAD').split('\n'),
  };
}

function git(...options: string[]): string {
  return execFileSync('git', options, { encoding: 'utf8' }).trim();
}
