import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

describe('the leak hook', () => {
  const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

  it('fails a run whose tests leave something behind, and says which and what', () => {
    const mocha = fileURLToPath(import.meta.resolve('mocha/bin/mocha.js'));
    const options = ['--no-config', '--reporter', 'json', '--require', here('no-leaks.js')];
    const { status, stdout } = spawnSync(
      process.execPath,
      [mocha, ...options, here('fixtures/leaks.js')],
      { encoding: 'utf8', timeout: 10_000 },
    );
    const results: { failures: { title: string; err: { message: string } }[] } = JSON.parse(stdout);
    const [own, hook, ...others] = results.failures;
    expect(status).not.to.equal(0);
    expect(others).to.deep.equal([]);
    expect(own?.title).to.equal('fails anyway');
    const findings = hook?.err.message.split('\n').filter((line) => line.startsWith('"')) ?? [];
    expect(findings).to.have.length(4);
    expect(findings[0]).to.equal('"a test that leaves a server" left behind 1 × TCPServerWrap');
    expect(findings[1]).to.equal('"a test that leaves a timer" left behind 1 × Timeout');
    expect(findings[2]).to.equal('"a test that leaves a process" left behind 1 × ProcessWrap');
    expect(findings[3]).to.include(
      '"a test that leaves a rejection" left behind unhandled rejection',
    );
    expect(findings[3]).to.include('nobody cared');
  });
});
