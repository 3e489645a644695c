import { expect } from 'chai';

import { OptionError } from '../../lib/errors/errors.ts';
import { ALPN_PROTOCOL, resolveTls } from '../../lib/transport/tls-options.ts';

const CERT = { cert: 'a certificate', key: 'a key' };

describe('resolveTls', () => {
  it('speaks TLS 1.2 or later and our protocol unless told otherwise', () => {
    const options = resolveTls(true, 'example.com', 'dial');
    expect(options).to.deep.equal({
      minVersion: 'TLSv1.2',
      ALPNProtocols: [ALPN_PROTOCOL],
      servername: 'example.com',
    });
    const own = { minVersion: 'TLSv1.3', ALPNProtocols: ['x'], servername: 'y' } as const;
    expect(resolveTls(own, 'example.com', 'dial')).to.deep.equal(own);
  });

  it('names the server only by a name, as the protocol demands', () => {
    expect(resolveTls(true, '10.0.0.1', 'dial').servername).to.equal(undefined);
    expect(resolveTls(true, undefined, 'dial').servername).to.equal(undefined);
  });

  it('leaves the caller’s object as it is', () => {
    const own = Object.freeze({ ...CERT });
    expect(resolveTls(own, undefined, 'listen')).not.to.equal(own);
  });

  it('E1 refuses versions below TLS 1.2, however they are asked for', () => {
    for (const version of ['TLSv1', 'TLSv1.1'] as const) {
      expect(() => resolveTls({ minVersion: version }, undefined, 'dial')).to.throw(OptionError);
      expect(() => resolveTls({ maxVersion: version }, undefined, 'dial')).to.throw(OptionError);
    }
    const pinned = { secureProtocol: 'TLSv1_method' };
    expect(() => resolveTls(pinned, undefined, 'dial')).to.throw(OptionError);
  });

  it('gives a handshake ten seconds, not two minutes', () => {
    expect(resolveTls(CERT, undefined, 'listen').handshakeTimeout).to.equal(10_000);
    const own = { ...CERT, handshakeTimeout: 5 };
    expect(resolveTls(own, undefined, 'listen').handshakeTimeout).to.equal(5);
  });

  it('refuses a listener that cannot prove who it is', () => {
    expect(() => resolveTls(true, undefined, 'listen')).to.throw('a listener needs');
    expect(() => resolveTls({}, undefined, 'listen')).to.throw('a listener needs');
    expect(resolveTls({ pfx: 'both' }, undefined, 'listen').pfx).to.equal('both');
    const byName = { SNICallback: () => {} };
    expect(resolveTls(byName, undefined, 'listen').SNICallback).to.equal(byName.SNICallback);
  });

  it('leaves the protocol to a callback that chooses it', () => {
    const options = resolveTls({ ...CERT, ALPNCallback: () => 'x' }, undefined, 'listen');
    expect(options.ALPNProtocols).to.equal(undefined);
  });
});
