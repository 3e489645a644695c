import { execFileSync } from 'node:child_process';

import { expect } from 'chai';

const PROGRAM = `
  const { connect, listen } = require('sluice');
  const { packed, i32 } = require('sluice/layout');
  (async () => {
    const server = await listen({ host: '127.0.0.1', port: 0 });
    server.expose('math', { twice: (n) => 2 * n });
    const client = await connect({ host: '127.0.0.1', port: server.address.port });
    console.log(await client.api('math').twice(21), packed(i32).name);
    await client.close();
    await server.close();
  })();
`;

describe('a program in CommonJS', () => {
  it('loads the library by require, and works', () => {
    // In the project's folder the package finds itself by its name.
    const options = ['--input-type=commonjs', '--no-warnings', '-e', PROGRAM];
    const said = execFileSync(process.execPath, options, { encoding: 'utf8', timeout: 120_000 });
    expect(said).to.equal('42 packed(i32)\n');
  });
});
