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
      { encoding: 'utf8', timeout: 120_000 },
    );
    const results: { failures: { title: string; err: { message: string } }[] } = JSON.parse(stdout);
    const [own, hook, ...others] = results.failures;
    expect(status).not.to.equal(0);
    expect(others).to.deep.equal([]);
    expect(own?.title).to.equal('fails anyway');
    const findings = hook?.err.message.split('\n').filter((line) => line.startsWith('"')) ?? [];
    const file = here('fixtures/leaks.js');
    expect(findings.slice(0, -1)).to.deep.equal([
      '"a test that leaves a server" left behind 1 × TCPServerWrap',
      '"a test that leaves a timer" left behind 1 × Timeout',
      '"a test that leaves a process" left behind 1 × ProcessWrap',
      '"a test that leaves a timer without ref" left behind 1 × Timeout without ref',
      ...(process.platform === 'linux'
        ? [
            `"a test that leaves an open file" left behind 1 × open file ${file}`,
            '"a test that leaves a watcher" left behind 1 × watcher of files',
          ]
        : []),
      `"a test that leaves a listener of the process" left behind 1 × listener of process 'SIGUSR2'`,
    ]);
    const rejection = findings.at(-1);
    expect(rejection).to.include(
      '"a test that leaves a rejection" left behind unhandled rejection',
    );
    expect(rejection).to.include('nobody cared');
  });
});
