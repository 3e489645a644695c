import { expect } from 'chai';
import { resolve } from 'node:path';

import { readOptions } from '../../lib/base/read-options.ts';
import { OptionError } from '../../lib/errors/errors.ts';
import {
  CONNECTION_OPTIONS,
  type ConnectionOptions,
  endpointAt,
  resolveEndpoint,
} from '../../lib/transport/endpoint.ts';

type Role = 'dial' | 'listen';

/** The option that is blamed for these options, or 'none'. */
function blamed(options: ConnectionOptions, role: Role = 'dial'): string {
  try {
    resolveEndpoint(options, role);
  } catch (error) {
    if (error instanceof OptionError) return error.option;
    throw error;
  }
  return 'none';
}

/** What a caller without types may pass. */
function untyped(options: object): ConnectionOptions {
  return options;
}

const HERE: ConnectionOptions = { host: 'localhost', port: 1 };
const CERT = { cert: 'a certificate', key: 'a key' };

describe('resolveEndpoint', () => {
  it('fills in the defaults of a dial', () => {
    expect(resolveEndpoint({ port: 7070 }, 'dial')).to.deep.equal({
      host: 'localhost',
      port: 7070,
      path: undefined,
      tls: undefined,
      localAddress: undefined,
      family: undefined,
      noDelay: true,
      keepAliveDelayMs: 10_000,
      backlog: undefined,
    });
  });

  it('fills in the defaults of a listener', () => {
    const endpoint = resolveEndpoint({ port: 0, insecure: true }, 'listen');
    expect(endpoint.host).to.equal(undefined);
    expect(endpoint.backlog).to.equal(4_096);
  });

  it('keeps what was given', () => {
    const given: ConnectionOptions = {
      host: '127.0.0.1',
      port: 9,
      localAddress: '127.0.0.2',
      family: 4,
      noDelay: false,
      keepAliveDelayMs: 0,
      transport: 'tcp',
    };
    const { transport: _, ...rest } = given;
    expect(resolveEndpoint(given, 'dial')).to.include(rest);
    expect(resolveEndpoint({ ...HERE, backlog: 7 }, 'listen').backlog).to.equal(7);
  });

  it('cannot be changed afterwards', () => {
    expect(resolveEndpoint(HERE, 'dial')).to.be.frozen;
  });

  it('accepts a port from 1 to 65,535 when dialing', () => {
    for (const port of [1, 65_535]) expect(blamed({ port })).to.equal('none');
    for (const port of [-1, 0, 65_536, 1.5, Number.NaN]) expect(blamed({ port })).to.equal('port');
  });

  it('accepts port 0 when listening, for any free port', () => {
    const host = 'localhost';
    for (const port of [0, 65_535]) expect(blamed({ host, port }, 'listen')).to.equal('none');
    for (const port of [-1, 65_536]) expect(blamed({ host, port }, 'listen')).to.equal('port');
  });

  it('requires a port or a path', () => {
    expect(blamed({})).to.equal('port');
    expect(blamed({ host: 'localhost' }, 'listen')).to.equal('port');
  });

  it('refuses a path beside host or port', () => {
    expect(blamed({ path: '/run/x' })).to.equal('none');
    expect(blamed({ path: '/run/x', port: 1 })).to.equal('path');
    expect(blamed({ path: '/run/x', host: 'localhost' })).to.equal('path');
    expect(blamed({ path: '' })).to.equal('path');
    expect(blamed({ host: '', port: 1 })).to.equal('host');
  });

  it('accepts a keepalive delay of 0, or of a second up to what the kernel holds', () => {
    for (const keepAliveDelayMs of [0, 1_000, 32_767_000]) {
      expect(blamed({ ...HERE, keepAliveDelayMs })).to.equal('none');
    }
    for (const keepAliveDelayMs of [-1, 999, 32_767_001, Number.NaN]) {
      expect(blamed({ ...HERE, keepAliveDelayMs })).to.equal('keepAliveDelayMs');
    }
  });

  it('accepts a backlog from 1 to 65,535', () => {
    for (const backlog of [1, 65_535]) {
      expect(blamed({ ...HERE, backlog }, 'listen')).to.equal('none');
    }
    for (const backlog of [0, 65_536]) {
      expect(blamed({ ...HERE, backlog }, 'listen')).to.equal('backlog');
    }
  });

  it('accepts only the address families that there are', () => {
    for (const family of [0, 4, 6] as const) expect(blamed({ ...HERE, family })).to.equal('none');
    expect(blamed(untyped({ ...HERE, family: 5 }))).to.equal('family');
  });

  it('F4 refuses keepalive options that Node cannot set, and says what there is', () => {
    for (const name of ['keepAlive', 'keepAliveIntervalMs', 'keepAliveCount', 'tcpUserTimeoutMs']) {
      const asked = untyped({ ...HERE, [name]: 1 });
      expect(() => readOptions(asked, CONNECTION_OPTIONS)).to.throw(OptionError, name);
    }
    const asked = untyped({ ...HERE, keepAlive: { delayMs: 1, intervalMs: 1, count: 1 } });
    expect(() => readOptions(asked, CONNECTION_OPTIONS)).to.throw('keepAliveDelayMs');
  });

  it('refuses SCTP with a word', () => {
    expect(() => resolveEndpoint(untyped({ ...HERE, transport: 'sctp' }), 'dial')).to.throw(
      'Node has no SCTP',
    );
    expect(blamed({ host: 'sctp:10.0.0.1', port: 1 })).to.equal('transport');
    expect(blamed(untyped({ ...HERE, transport: 'quic' }))).to.equal('transport');
  });

  it('refuses to turn off what Node always does', () => {
    expect(blamed({ ...HERE, reuseAddress: true }, 'listen')).to.equal('none');
    expect(blamed({ ...HERE, reuseAddress: false }, 'listen')).to.equal('reuseAddress');
  });

  it('E1 requires TLS to dial anything but this machine', () => {
    expect(blamed({ host: '10.0.0.1', port: 1 })).to.equal('tls');
    expect(blamed({ host: 'example.com', port: 1 })).to.equal('tls');
    expect(blamed({ host: '127.0.0.1', port: 1 })).to.equal('none');
    expect(blamed({ host: 'example.com', port: 1, tls: true })).to.equal('none');
    expect(blamed({ host: 'example.com', port: 1, insecure: true })).to.equal('none');
  });

  it('E1 requires TLS to listen on anything but loopback, the unspecified address included', () => {
    for (const host of ['0.0.0.0', '::', '10.0.0.1', undefined]) {
      expect(blamed({ host, port: 0 }, 'listen')).to.equal('tls');
      expect(blamed({ host, port: 0, insecure: true }, 'listen')).to.equal('none');
      expect(blamed({ host, port: 0, tls: CERT }, 'listen')).to.equal('none');
    }
    expect(blamed({ host: '::1', port: 0 }, 'listen')).to.equal('none');
    expect(blamed({ path: '/run/x' }, 'listen')).to.equal('none');
  });

  it('refuses insecure beside TLS', () => {
    expect(blamed({ ...HERE, tls: true, insecure: true })).to.equal('insecure');
  });
});

describe('the path of a unix socket', () => {
  it('is made absolute at once', () => {
    for (const role of ['dial', 'listen'] as const) {
      expect(resolveEndpoint({ path: 'a/../socket' }, role).path).to.equal(resolve('socket'));
      expect(resolveEndpoint({ path: '/run/socket' }, role).path).to.equal('/run/socket');
    }
  });

  it('stays as it is where it is no file', () => {
    expect(resolveEndpoint({ path: '\0abstract' }, 'dial').path).to.equal('\0abstract');
  });

  it('is refused where the system would cut it', () => {
    const max = process.platform === 'linux' ? 107 : 103;
    for (const role of ['dial', 'listen'] as const) {
      expect(blamed({ path: `/${'x'.repeat(max - 1)}` }, role)).to.equal('none');
      expect(blamed({ path: `/${'x'.repeat(max)}` }, role)).to.equal('path');
      expect(blamed({ path: `/${'é'.repeat(max / 2 + 1)}` }, role), 'in bytes').to.equal('path');
      expect(blamed({ path: 'x'.repeat(max) }, role), 'when absolute').to.equal('path');
    }
  });
});

describe('endpointAt', () => {
  const named = resolveEndpoint({ host: 'replicas.test', port: 1, insecure: true }, 'dial');

  it('is the same endpoint at the address of the peer', () => {
    const peer = { address: '::1', port: 1, family: 'IPv6' } as const;
    expect(endpointAt(named, peer)).to.deep.equal({
      ...named,
      reached: { host: 'replicas.test', address: '::1' },
    });
  });

  it('is the endpoint as it is where there is no name, or no address is known', () => {
    const gone = { address: '', port: 0, family: 'IPv4' } as const;
    expect(endpointAt(named, gone)).to.equal(named);
    expect(endpointAt(named, { address: 'a', port: 1, family: 'memory' })).to.equal(named);
    const address = resolveEndpoint({ host: '127.0.0.1', port: 1 }, 'dial');
    expect(endpointAt(address, { address: '::1', port: 1, family: 'IPv6' })).to.equal(address);
    const path = resolveEndpoint({ path: '/run/socket' }, 'dial');
    expect(endpointAt(path, { address: '/run/socket', port: 0, family: 'unix' })).to.equal(path);
  });
});
