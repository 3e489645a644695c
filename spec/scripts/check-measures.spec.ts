import { expect } from 'chai';

import { measure, type Measure } from '../../scripts/ci/measures.ts';
import { SourceFile } from '../../scripts/ci/source-file.ts';

const PATH = 'lib/base/a.ts';

/** One measure of a tree. */
function measured(name: string, files: Readonly<Record<string, string>>): Measure {
  const sources = Object.entries(files).map(
    ([path, text]) => [path, new SourceFile(path, text)] as const,
  );
  const found = measure(new Map(sources)).find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`there is no measure ${name}`);
  return found;
}

/** What one file adds to a measure. */
function placesIn(name: string, text: string): string[] {
  return measured(name, { [PATH]: text }).places.map((place) => place.replace(`${PATH}:`, ''));
}

/** So many lines without anything in them. */
function lines(count: number): string {
  return '\n'.repeat(count);
}

describe('check:measures', () => {
  it('finds the median and the longest file by lines', () => {
    const files = {
      'lib/base/a.ts': lines(10),
      'lib/base/b.ts': lines(66),
      'lib/c.ts': lines(301),
    };
    expect(measured('median-file', files)).to.include({ figure: 66, bound: 65 });
    expect(measured('long-files', files)).to.deep.include({
      figure: 301,
      bound: 300,
      places: ['lib/c.ts has 301 lines'],
    });
  });

  it('finds functions of every kind that are longer than 45 lines', () => {
    const body = lines(45);
    for (const code of [
      `function f() {${body}}`,
      `const f = () => {${body}};`,
      `class C { get f() {${body}} }`,
    ]) {
      expect(measured('long-functions', { [PATH]: code }).figure).to.equal(46);
      expect(placesIn('long-functions', code)).to.deep.equal(['1 has 46 lines']);
    }
    expect(placesIn('long-functions', `function f() {${lines(44)}}`)).to.deep.equal([]);
  });

  it('counts cycles of files and of folders', () => {
    const files = {
      'lib/base/a.ts': `import '../wire/b.ts';`,
      'lib/wire/b.ts': `import '../base/a.ts';`,
    };
    expect(measured('file-cycles', files).figure).to.equal(1);
    expect(measured('folder-cycles', files).figure).to.equal(1);
  });

  it('counts functions and methods that have an old verb for ending', () => {
    const code = [
      'function discardAll() {}',
      'const stop = () => {};',
      'class C { #fail() {} withdraw = () => {}; readonly expire: () => void; }',
      'interface I { retire(): void; forget: () => void }',
      'const o = { giveUp() {}, abandon: () => {} };',
    ].join('\n');
    expect(placesIn('verbs', code)).to.deep.equal([
      '1 discardAll',
      '2 stop',
      '3 fail',
      '3 withdraw',
      '4 retire',
      '4 forget',
      '5 giveUp',
      '5 abandon',
    ]);
  });

  it('counts no other names, and not those that Node gives', () => {
    const code = [
      'function dropped() {} function failure() {} function onStop() {} function close() {}',
      'const discard = 1; call.fail();',
      'new Readable({ destroy() {} });',
      'class S extends Duplex { override destroy() {} }',
      'function is(s: object): s is { destroy(): void } { return true; }',
    ].join('\n');
    expect(placesIn('verbs', code)).to.deep.equal([]);
    expect(placesIn('verbs', 'class C { destroy() {} }')).to.deep.equal(['1 destroy']);
  });

  it('counts comments that begin with "What", each once', () => {
    const code = [
      '/** What it is. */',
      '/**',
      ' * What it was,',
      ' * What it will be.',
      ' */',
      '// Whatever.',
      '// It is',
      '// What it is.',
      'const a = "// What";',
    ].join('\n');
    expect(placesIn('what', code)).to.deep.equal(['1 What it is.', '2 What it was,']);
  });

  it('counts lines of comments that lean on who or whose', () => {
    const code = ['/** Those who', ' * wait, whose', ' * whole. */', '// Whoever', 'who();'].join(
      '\n',
    );
    expect(placesIn('who', code)).to.deep.equal(['1 Those who', '2 wait, whose', '4 Whoever']);
  });

  it('counts the names at the root, types included', () => {
    const index = `export { a, b as c } from './base/a.ts';\nexport type { D } from './base/d.ts';`;
    const files = { 'lib/index.ts': index, 'lib/testing.ts': `export { e } from './base/a.ts';` };
    expect(measured('root', files)).to.deep.include({ figure: 3, places: ['a', 'c', 'D'] });
  });

  it('counts interfaces that are handed over in one piece', () => {
    const code = 'interface PumpOptions {}\nexport interface EndFacts {}\ninterface Request {}';
    expect(placesIn('options', code)).to.deep.equal(['1 PumpOptions', '2 EndFacts']);
  });
});
