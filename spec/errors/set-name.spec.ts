import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { setName } from '../../lib/errors/set-name.ts';

const run = promisify(execFile);

describe('errors/set-name', () => {
  it('names a class of errors as built-in classes are named', () => {
    class Odd extends Error {}
    setName(Odd, 'Odd');
    expect(String(new Odd('it is odd'))).to.equal('Odd: it is odd');
    const name = Object.getOwnPropertyDescriptor(Odd.prototype, 'name');
    const builtIn = Object.getOwnPropertyDescriptor(TypeError.prototype, 'name');
    expect(name).to.deep.equal({ ...builtIn, value: 'Odd' });
  });

  it('lets the library be imported where the prototypes of built-in classes are frozen', async () => {
    const script = fileURLToPath(new URL('fixtures/frozen-prototypes.js', import.meta.url));
    const { stdout } = await run(process.execPath, [script]);
    expect(stdout.trim()).to.equal('StatusError, TimeoutError, UnknownVerbError');
  });
});
