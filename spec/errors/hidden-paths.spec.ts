import { expect } from 'chai';
import { readFile, rename } from 'node:fs/promises';
import { connect } from 'node:net';

import { textOf } from '../../lib/errors/foreign.ts';
import { messageWithoutPaths, pathFieldsOf } from '../../lib/errors/hidden-paths.ts';
import { rejectionOf } from '../support/rejection.ts';

const FROM = '/nowhere/a file';
const TO = '/nowhere/a file, renamed';

describe('paths in errors', () => {
  it('finds those of the file system, and takes them out of the message', async () => {
    const reading = await rejectionOf(readFile(FROM), Error);
    expect(pathFieldsOf(reading)).to.deep.equal(['path']);
    expect(messageWithoutPaths(reading)).to.equal("ENOENT: no such file or directory, open '…'");
    const renaming = await rejectionOf(rename(FROM, TO), Error);
    expect(pathFieldsOf(renaming)).to.deep.equal(['path', 'dest']);
    expect(messageWithoutPaths(renaming)).to.equal(
      "ENOENT: no such file or directory, rename '…' -> '…'",
    );
  });

  it('finds that of a unix socket, but no network address', async () => {
    const error = await new Promise((resolve) => connect('/nowhere/socket').on('error', resolve));
    expect(pathFieldsOf(error)).to.deep.equal(['address']);
    expect(messageWithoutPaths(error)).to.equal('connect ENOENT …');
    const tcp = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:7'), {
      syscall: 'connect',
      address: '10.0.0.1',
      port: 7,
    });
    expect(pathFieldsOf(tcp)).to.deep.equal([]);
    expect(messageWithoutPaths(tcp)).to.equal(tcp.message);
  });

  it('leaves the paths of other errors, and what is no error', () => {
    const own = Object.assign(new Error("no member '/a'"), { code: 'EINVAL', path: '/a' });
    expect(pathFieldsOf(own)).to.deep.equal([]);
    expect(messageWithoutPaths(own)).to.equal("no member '/a'");
    for (const value of [undefined, null, 'text', { syscall: 'open', path: '/a' }]) {
      expect(pathFieldsOf(value)).to.deep.equal([]);
      expect(messageWithoutPaths(value)).to.equal(textOf(value));
    }
  });

  it('F25 survives an error that throws at every touch', () => {
    const hostile = new Proxy(new Error('x'), {
      get() {
        throw new Error('no');
      },
    });
    expect(pathFieldsOf(hostile)).to.deep.equal([]);
    expect(messageWithoutPaths(hostile)).to.be.a('string');
  });
});
