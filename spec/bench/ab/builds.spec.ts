import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { expect } from 'chai';

import { Builds, WORKER, WORKLOADS } from '../../../bench/ab/builds.ts';
import { withFolder } from '../support/figures.ts';

/** A project in a repository of its own, whose build copies its only source. */
class Project {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    this.git('init', '--quiet');
    this.write('package-lock.json', '{}');
    this.write('.gitignore', 'dist\nnode_modules\n');
    mkdirSync(join(folder, 'node_modules'));
  }

  write(name: string, text: string): void {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  /** Commits with a build that leaves these files, each with that text. */
  commit(text: string, outputs: readonly string[]): void {
    const names = JSON.stringify(outputs);
    this.write('package.json', JSON.stringify({ scripts: { build: 'node build.cjs' } }));
    this.write(
      'build.cjs',
      `const fs = require('node:fs'), path = require('node:path');
       for (const name of ${names}) {
         fs.mkdirSync(path.dirname(name), { recursive: true });
         fs.writeFileSync(name, '${text}');
       }`,
    );
    this.git('add', '.');
    this.git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '--quiet', '-m', text);
  }

  git(...args: readonly string[]): string {
    return execFileSync('git', args, { cwd: this.folder, encoding: 'utf8' });
  }
}

function withProject(use: (project: Project) => void): Promise<void> {
  return withFolder(async (folder) => use(new Project(folder)));
}

const DRIVEN = [WORKER, WORKLOADS];

describe('Builds', () => {
  it('builds a commit and leaves the working copy as it is', () =>
    withProject((project) => {
      project.commit('first', DRIVEN);
      project.commit('second', DRIVEN);
      using builds = new Builds(project.folder);
      const folder = builds.checkOut('HEAD~1');
      expect(readFileSync(join(folder, WORKER), 'utf8')).to.equal('first');
      expect(project.git('log', '-1', '--format=%s')).to.equal('second\n');
      expect(existsSync(join(project.folder, WORKER))).to.be.false;
    }));

  it('shares the dependencies when they are the same', () =>
    withProject((project) => {
      project.commit('first', DRIVEN);
      using builds = new Builds(project.folder);
      const dependencies = lstatSync(join(builds.checkOut('HEAD'), 'node_modules'));
      expect(dependencies.isSymbolicLink()).to.be.true;
    }));

  it('copies what was built, which may change afterwards', () =>
    withProject((project) => {
      project.commit('first', DRIVEN);
      project.write(WORKER, 'built');
      using builds = new Builds(project.folder);
      const folder = builds.copyCurrent();
      project.write(WORKER, 'built again');
      expect(readFileSync(join(folder, WORKER), 'utf8')).to.equal('built');
    }));

  it('removes everything, after a failure too', () =>
    withProject((project) => {
      project.commit('first', [WORKER]);
      let folder = '';
      expect(() => {
        using builds = new Builds(project.folder);
        project.write(WORKER, 'built');
        folder = dirname(builds.copyCurrent());
        builds.checkOut('HEAD');
      }).to.throw(`HEAD has no ${WORKLOADS}`);
      expect(existsSync(folder)).to.be.false;
      expect(project.git('worktree', 'list').trim().split('\n')).to.have.length(1);
      expect(existsSync(join(project.folder, 'node_modules'))).to.be.true;
    }));

  it('refuses what is no commit', () =>
    withProject((project) => {
      project.commit('first', DRIVEN);
      using builds = new Builds(project.folder);
      expect(() => builds.checkOut('nowhere')).to.throw('invalid reference: nowhere');
    }));
});
