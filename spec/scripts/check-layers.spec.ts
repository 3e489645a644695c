import { expect } from 'chai';

import { fileCycles, folderCycles } from '../../scripts/ci/cycle-problems.ts';
import {
  importProblems,
  outsideProblems,
  shapeProblems,
} from '../../scripts/ci/import-problems.ts';
import { LAYERS, partOf } from '../../scripts/ci/layers.ts';
import { purityProblems } from '../../scripts/ci/purity-problems.ts';
import { SourceFile, type Sources } from '../../scripts/ci/source-file.ts';

const HALF = 'lib/stream/half/half.ts';
const CHILD = 'lib/stream/child/child.ts';
const LANE = 'lib/stream/lane/lane.ts';
const USER = 'lib/stream/user/sink.ts';

function tree(files: Readonly<Record<string, string>>): Sources {
  return new Map(
    Object.entries(files).map(([path, text]) => [path, new SourceFile(path, text)] as const),
  );
}

/** What is found in one file of a folder that has to be pure. */
function impurities(text: string): string[] {
  return purityProblems(tree({ [HALF]: text })).map((problem) =>
    problem.replace(`${HALF}:1 uses `, '').replace('; take a Clock, a Random or a Collector', ''),
  );
}

describe('check:layers', () => {
  describe('imports', () => {
    it('may go downwards and within a folder', () => {
      const sources = tree({
        [HALF]: `import { a } from './other.ts';`,
        'lib/stream/half/other.ts': `import { b } from '../../base/b.ts'; export const a = b;`,
        'lib/base/b.ts': 'export const b = 1;',
      });
      expect(importProblems(sources, [])).to.deep.equal([]);
    });

    it('may not go upwards, not even for a type', () => {
      const sources = tree({
        [HALF]: `\nimport type { C } from '../child/child.ts';`,
        [CHILD]: '',
      });
      expect(importProblems(sources, [])).to.deep.equal([`${HALF}:2 imports upwards: ${CHILD}`]);
    });

    it('may not go sideways', () => {
      const sources = tree({ [LANE]: `export { sink } from '../user/sink.ts';`, [USER]: '' });
      expect(importProblems(sources, [])).to.deep.equal([`${LANE}:1 imports sideways: ${USER}`]);
    });

    it('are judged by the subfolder, not by the folder above it', () => {
      const up = {
        'lib/serializer/raw.ts': `import './bson/bson.ts';`,
        'lib/serializer/bson/bson.ts': '',
      };
      expect(importProblems(tree(up), [])).to.deep.equal([
        'lib/serializer/raw.ts:1 imports upwards: lib/serializer/bson/bson.ts',
      ]);
    });

    it('of an expression or within a type count too', () => {
      const sources = tree({
        [HALF]: `type C = import('../child/child.ts').C;\nvoid import('../child/child.ts');`,
        [CHILD]: '',
      });
      expect(importProblems(sources, [])).to.have.lengthOf(2);
    });

    it('name a file that there is, and no entry', () => {
      const sources = tree({
        [HALF]: `import './no.ts';\nimport '../../index.ts';`,
        'lib/index.ts': '',
      });
      expect(importProblems(sources, [])).to.deep.equal([
        `${HALF}:1 imports lib/stream/half/no.ts, which is no file of lib`,
        `${HALF}:2 imports lib/index.ts; import from the file that declares the name`,
      ]);
    });

    it('take only the modules and packages that the folder may use', () => {
      const text = `import 'node:fs';\nimport 'bson';\nimport type { Socket } from 'node:net';`;
      expect(importProblems(tree({ [HALF]: text }), [])).to.deep.equal([
        `${HALF}:1 may not use node:fs`,
        `${HALF}:2 may not use the package bson`,
        `${HALF}:3 may not use node:net`,
      ]);
    });

    it('take no randomness from node:crypto', () => {
      const path = 'lib/service/frame/name.ts';
      const text = `import { createHash } from 'node:crypto';\nimport { randomBytes } from 'node:crypto';`;
      expect(importProblems(tree({ [path]: text }), [])).to.deep.equal([
        `${path}:2 takes randomness from node:crypto; take a Random`,
      ]);
    });

    it('may break the rules where they are listed, and only while they do', () => {
      const sources = tree({ [HALF]: `import '../child/child.ts';`, [CHILD]: '' });
      const arrow = `${HALF} -> ${CHILD}`;
      expect(importProblems(sources, [arrow])).to.deep.equal([]);
      expect(importProblems(tree({ [HALF]: '' }), [arrow])).to.deep.equal([
        `${arrow} is an exception that nobody needs`,
      ]);
    });

    it('come from folders that are listed', () => {
      expect(importProblems(tree({ 'lib/stream/attic/old.ts': '' }), [])).to.deep.equal([
        'lib/stream/attic/old.ts is in a folder of no layer; scripts/ci/layers.ts lists them',
      ]);
    });
  });

  describe('layers', () => {
    it('list each folder once', () => {
      const folders = LAYERS.flatMap((parts) => parts.map(({ folder }) => folder));
      expect(new Set(folders)).to.have.property('size', folders.length);
    });

    it('place a file by the folder that it stands in', () => {
      expect(partOf('lib/serializer/raw.ts')?.part.folder).to.equal('lib/serializer/');
      expect(partOf('lib/serializer/bson/bson.ts')?.part.folder).to.equal('lib/serializer/bson/');
      expect(partOf('lib/index.ts')?.part.folder).to.equal('lib/');
    });
  });

  describe('cycles', () => {
    it('of files are found', () => {
      const sources = tree({
        'lib/base/a.ts': `import type { B } from './b.ts';`,
        'lib/base/b.ts': `import './a.ts';`,
      });
      expect(fileCycles(sources)).to.deep.equal([
        'a cycle of files: lib/base/a.ts -> lib/base/b.ts -> lib/base/a.ts',
      ]);
      expect(folderCycles(sources, [])).to.deep.equal([]);
    });

    it('of folders are found where no files make one', () => {
      const sources = tree({
        [HALF]: `import '../child/child.ts';`,
        [CHILD]: '',
        'lib/stream/child/other.ts': `import '../half/other.ts';`,
        'lib/stream/half/other.ts': '',
      });
      expect(fileCycles(sources)).to.deep.equal([]);
      expect(folderCycles(sources, [])).to.deep.equal([
        'a cycle of folders: lib/stream/half/ -> lib/stream/child/ -> lib/stream/half/',
      ]);
      expect(folderCycles(sources, [`${HALF} -> ${CHILD}`])).to.deep.equal([]);
    });
  });

  describe('shape', () => {
    it('refuses a default export, and one of everything', () => {
      const text = `export default 1;\nexport * from './b.ts';`;
      expect(shapeProblems(tree({ 'lib/base/a.ts': text }))).to.deep.equal([
        'lib/base/a.ts:1 has a default export',
        'lib/base/a.ts:2 exports everything; list the names',
      ]);
    });

    it('refuses code in an entry file', () => {
      const text = `export { a } from './base/a.ts';\nexport const b = 1;`;
      expect(shapeProblems(tree({ 'lib/testing.ts': text }))).to.deep.equal([
        'lib/testing.ts:2 is more than a list of public names',
      ]);
    });
  });

  describe('time and chance', () => {
    const USES: Readonly<Record<string, string>> = {
      'setTimeout(f, 1)': 'setTimeout',
      'const later = setTimeout': 'setTimeout',
      'Date.now()': 'Date.now',
      "Date['now']()": 'Date.now',
      'const { now } = Date': 'Date as a value',
      'new Date()': 'new Date()',
      'Date()': 'Date()',
      'const roll = Math.random': 'Math.random',
      'process.hrtime.bigint()': 'process.hrtime',
      'process[name]()': 'a computed member of process',
      'globalThis.setTimeout(f, 1)': 'globalThis.setTimeout',
      "globalThis['setTimeout'](f, 1)": 'globalThis.setTimeout',
      'globalThis.Math.random()': 'globalThis.Math',
      'globalThis[name](f, 1)': 'a computed member of globalThis',
      'const { setInterval: every } = globalThis': 'globalThis',
      'const g = globalThis': 'globalThis',
      'const { random: roll } = Math': 'Math as a value',
      'const D = Date; new D()': 'Date as a value',
      'class Today extends Date {}': 'Date as a value',
      '(Date).now()': 'Date as a value',
      'Date?.now()': 'Date.now',
      "Math['ran' + 'dom']()": 'a computed member of Math',
      'globalThis.globalThis.setTimeout(f, 1)': 'globalThis.globalThis',
      "Reflect.get(globalThis, 'Date')": 'globalThis',
      'const { Date: D } = global': 'global',
      'void crypto.getRandomValues(b)': 'crypto',
      'new FinalizationRegistry(f)': 'FinalizationRegistry',
      'new WeakRef(o)': 'WeakRef',
      "import { createHash, randomBytes as r } from 'node:crypto';": 'randomBytes of node:crypto',
      "import all from 'node:crypto';": 'default of node:crypto',
      "import * as all from 'node:crypto';": 'default of node:crypto',
    };
    for (const [code, found] of Object.entries(USES)) {
      it(`may not be had by ${code}`, () => {
        expect(impurities(code)).to.deep.equal([found]);
      });
    }

    for (const code of [
      'clock.setTimeout(f, 1)',
      'const timer = { setTimeout: f }',
      'class C { setTimeout() {} }',
      'new Date(0)',
      'const is = x instanceof Date',
      'Math.max(1, 2)',
      'process.emitWarning(s)',
      'let t: Date',
    ]) {
      it(`is not had by ${code}`, () => {
        expect(impurities(code)).to.deep.equal([]);
      });
    }

    it("may not be the machine's own, under any name", () => {
      const text = `import { systemClock as c } from '../../base/clock.ts';`;
      expect(impurities(text)).to.deep.equal(['systemClock']);
      expect(impurities(`base['systemRandom']()`)).to.deep.equal(['systemRandom']);
      expect(impurities('use(systemCollector)')).to.deep.equal(['systemCollector']);
    });

    it("are the machine's own where they come in", () => {
      const clock = `import { systemClock } from '../base/clock.ts'; use(systemClock);`;
      const pure = tree({
        'lib/api/options.ts': clock,
        'lib/simulation/test-pair.ts': clock,
        'lib/base/clock.ts': 'export const systemClock = performance;',
        'lib/index.ts': `export { systemClock } from './base/clock.ts';`,
      });
      expect(purityProblems(pure)).to.deep.equal([]);
      expect(purityProblems(tree({ 'lib/api/options.ts': 'setTimeout(f)' }))).to.have.lengthOf(1);
    });
  });

  it('turns of the loop are taken in one file only, before anybody fakes them', () => {
    const text = 'process.nextTick(f); setImmediate(f); queueMicrotask(f); turns.nextTick(f);';
    const path = 'lib/transport/network/socket.ts';
    expect(purityProblems(tree({ [path]: text }))).to.deep.equal(
      ['nextTick', 'setImmediate', 'queueMicrotask'].map(
        (name) => `${path}:1 uses ${name}; take lib/base/turns.ts`,
      ),
    );
    expect(purityProblems(tree({ 'lib/base/turns.ts': text }))).to.deep.equal([]);
    for (const [other, name] of [
      ["process['nextTick'](f)", 'nextTick'],
      ['globalThis.setImmediate(f)', 'setImmediate'],
      ["globalThis['queueMicrotask'](f)", 'queueMicrotask'],
      ['const { nextTick: later } = process', 'nextTick'],
      ['const { nextTick } = process', 'nextTick'],
    ]) {
      const found = purityProblems(tree({ [path]: other! }));
      expect(found, other).to.deep.equal([`${path}:1 uses ${name}; take lib/base/turns.ts`]);
    }
  });

  describe('outside of lib', () => {
    it('a demo uses the public API', () => {
      const text = `import '../../lib/index.ts';\nimport '../../lib/base/clock.ts';`;
      expect(outsideProblems(new SourceFile('scripts/demo/a.ts', text))).to.deep.equal([
        'scripts/demo/a.ts:2 imports lib/base/clock.ts; a demo uses the public API',
      ]);
      expect(outsideProblems(new SourceFile('bench/micro/a.ts', text))).to.deep.equal([]);
    });

    it('the model of simulations takes types only, from itself aside', () => {
      const text = [
        `import type { Flow } from '../plan/plan.ts';`,
        `import { judgeCall } from './judge-call.ts';`,
        `import { type Sight, seen } from '../run/history.ts';`,
        `import { settled } from '../../../lib/base/promise-of.ts';`,
      ].join('\n');
      const path = 'scripts/sim/model/judge.ts';
      expect(outsideProblems(new SourceFile(path, text))).to.deep.equal([
        `${path}:3 imports scripts/sim/run/history.ts; the model takes types only`,
        `${path}:4 imports lib/base/promise-of.ts; the model takes types only`,
      ]);
    });

    it('no file takes what was built', () => {
      const file = new SourceFile('spec/a.spec.ts', `import '../dist/lib/index.js';`);
      expect(outsideProblems(file)).to.deep.equal([
        'spec/a.spec.ts:1 imports dist/lib/index.js, which is no source of this project',
      ]);
    });
  });
});
