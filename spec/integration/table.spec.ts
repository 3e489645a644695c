import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const SCRIPT = fileURLToPath(new URL('../../scripts/demo/table.js', import.meta.url));

/** Runs the program to its end. */
async function run(
  ...args: string[]
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const program = spawn(process.execPath, [SCRIPT, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [code]] = await Promise.all([
    text(program.stdout),
    text(program.stderr),
    once(program, 'close') as Promise<[number | null]>,
  ]);
  return { code, stdout, stderr };
}

describe('the demo of a table', () => {
  it('L2 reads rows and cells from another process, and streams sums back', async () => {
    const { code, stdout, stderr } = await run('--rows', '3', '--cells', '4');
    expect(stderr).to.equal('');
    expect(code).to.equal(0);
    const [processes, ...lines] = stdout.trimEnd().split('\n');
    const [, reader, table] =
      /^process (\d+) reads from process (\d+) at port \d+$/.exec(processes ?? '') ?? [];
    expect(reader).to.match(/^\d+$/).and.not.equal(table);
    expect(lines).to.deep.equal([
      'Multiples',
      'row 0: 0 0 0 0, sum 0',
      'row 1: 0 1 2 3, sum 6',
      'row 2: 0 2 4 6, sum 12',
      '3 rows of 4 cells, sum 18: right',
    ]);
  });

  it('says what it does not understand, and reads nothing', async () => {
    const { code, stdout, stderr } = await run('--rows', 'many');
    expect(code).to.equal(1);
    expect(stdout).to.equal('');
    expect(stderr).to.equal('--rows takes a number from 1 on\n');
  });
});
