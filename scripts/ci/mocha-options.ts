import { readFileSync } from 'node:fs';

/**
 * Mocha's options for specs that are named on its command line: those of `.mocharc.json` but for its
 * list of specs, which mocha would add to the named ones.
 */
export function mochaOptions(): string[] {
  const { require, timeout } = JSON.parse(readFileSync('.mocharc.json', 'utf8')) as {
    require: string[];
    timeout: number;
  };
  const required = require.flatMap((file) => ['--require', file]);
  return ['--no-config', '--timeout', String(timeout), ...required];
}
