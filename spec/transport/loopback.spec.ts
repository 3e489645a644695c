import { expect } from 'chai';

import { isLoopback } from '../../lib/transport/loopback.ts';

describe('isLoopback', () => {
  const here = ['localhost', 'LOCALHOST', '127.0.0.1', '127.255.255.255', '::1'];
  const alsoHere = ['0:0:0:0:0:0:0:1', '::ffff:127.0.0.1', '::ffff:7f00:1'];
  for (const host of [...here, ...alsoHere]) {
    it(`counts ${host} as this machine`, () => expect(isLoopback(host)).to.equal(true));
  }

  const there = ['126.255.255.255', '128.0.0.0', '0.0.0.0', '::', '10.0.0.1', '::2'];
  const alsoThere = ['fe80::1%lo', '127.0.0.1.example', 'localhost.example', '127.1', ''];
  for (const host of [...there, ...alsoThere]) {
    it(`does not count '${host}' as this machine`, () => expect(isLoopback(host)).to.equal(false));
  }
});
