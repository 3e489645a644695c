import { expect } from 'chai';

import { systemClock } from '../../../lib/base/clock.ts';
import { ManualClock } from '../../../lib/simulation/manual-clock.ts';
import { MisuseError } from '../../../lib/errors/errors.ts';
import { resolveEndpoint } from '../../../lib/transport/endpoint.ts';
import type { MemoryFaults } from '../../../lib/transport/memory/faults.ts';
import { MemoryTransport } from '../../../lib/transport/memory/transport.ts';
import type {
  Endpoint,
  ListenerHandlers,
  TransportSocket,
} from '../../../lib/transport/transport.ts';
import { failure, transportCompliance } from '../../compliance/transport.ts';
import { SocketRecorder } from '../../support/socket-recorder.ts';
import { turns } from '../../support/turns.ts';

/** Both ends of a connection, each with what it was told. */
interface Connected {
  readonly dialed: TransportSocket;
  readonly accepted: TransportSocket;
  readonly client: SocketRecorder;
  readonly server: SocketRecorder;
}

transportCompliance('memory', async () => ({
  transport: new MemoryTransport({ clock: systemClock }),
  listenAt: resolveEndpoint({ host: 'localhost', port: 0 }, 'listen'),
  dialTo: ({ port }) => resolveEndpoint({ host: 'localhost', port }, 'dial'),
  maxBufferedBytes: 262_144,
}));

transportCompliance('memory found by path', async () => ({
  transport: new MemoryTransport({ clock: systemClock, bufferBytes: 1_000 }),
  listenAt: resolveEndpoint({ path: 'somewhere' }, 'listen'),
  dialTo: () => resolveEndpoint({ path: 'somewhere' }, 'dial'),
  maxBufferedBytes: 262_144,
}));

describe('MemoryTransport', () => {
  /** Dials `transport` once, both ends recorded. */
  async function connect(transport: MemoryTransport): Promise<Connected> {
    let accept: (socket: TransportSocket) => void = () => {};
    const accepting = new Promise<TransportSocket>((resolve) => (accept = resolve));
    const endpoint = resolveEndpoint({ path: 'here' }, 'listen');
    await transport.listen(endpoint, { onSocket: accept, onError: () => {} });
    const dialed = await transport.dial(endpoint, {});
    const accepted = await accepting;
    const client = new SocketRecorder(dialed);
    return { dialed, accepted, client, server: new SocketRecorder(accepted) };
  }

  const local = (port: number, host?: string): Endpoint =>
    resolveEndpoint({ host, port, insecure: true }, 'listen');
  const nobody = { onSocket: () => {}, onError: () => {} };

  it('finds listeners by host and port, and those on every address by port', async () => {
    const transport = new MemoryTransport({ clock: systemClock });
    const found: string[] = [];
    const handlers = (name: string): ListenerHandlers => ({
      onSocket: () => found.push(name),
      onError: () => {},
    });
    await transport.listen(local(1, 'alpha'), handlers('alpha'));
    await transport.listen(local(1, '0.0.0.0'), handlers('any'));
    await transport.listen(local(2), handlers('other port'));
    for (const [host, port] of [
      ['alpha', 1],
      ['beta', 1],
      ['beta', 2],
    ] as const) {
      await transport.dial(local(port, host), {});
    }
    expect(found).to.deep.equal(['alpha', 'any', 'other port']);
    expect(await failure(transport.dial(local(3, 'alpha'), {}))).to.include({
      code: 'ECONNREFUSED',
      syscall: 'connect',
    });
  });

  it('keeps two networks apart', async () => {
    await new MemoryTransport({ clock: systemClock }).listen(local(1, 'alpha'), nobody);
    const other = new MemoryTransport({ clock: systemClock });
    expect(await failure(other.dial(local(1, 'alpha'), {}))).to.have.property('code');
  });

  it('chooses a free port for port 0', async () => {
    const transport = new MemoryTransport({ clock: systemClock });
    const first = await transport.listen(local(0), nobody);
    const second = await transport.listen(local(0), nobody);
    expect(first.address.port).not.to.equal(second.address.port);
  });

  it('has no TLS, and says so', async () => {
    const transport = new MemoryTransport({ clock: systemClock });
    const secured = { ...local(1), tls: {} };
    expect(await failure(transport.dial(secured, {}))).to.have.property('option', 'tls');
    expect(await failure(transport.listen(secured, nobody))).to.have.property('option', 'tls');
    const listener = await transport.listen(local(1), nobody);
    expect(() => listener.reloadTls({})).to.throw(MisuseError);
  });

  it('refuses buffers and latencies that make no sense', () => {
    const clock = systemClock;
    expect(() => new MemoryTransport({ clock, bufferBytes: 1, latencyMs: 0 })).not.to.throw();
    for (const bufferBytes of [0, -1, Number.NaN]) {
      expect(() => new MemoryTransport({ clock, bufferBytes })).to.throw('bufferBytes');
    }
    for (const latencyMs of [-1, Number.NaN]) {
      expect(() => new MemoryTransport({ clock, latencyMs })).to.throw('latencyMs');
    }
  });

  it('keeps bytes, ends and resets on their way for the latency', async () => {
    const clock = new ManualClock();
    const { dialed, accepted, client, server } = await connect(
      new MemoryTransport({ clock, latencyMs: 10 }),
    );
    dialed.write([Buffer.from('slow')]);
    clock.advance(4);
    dialed.end();
    await turns(5);
    clock.advance(5);
    expect(server.events).to.deep.equal([]);
    clock.advance(1);
    expect(server.text).to.equal('slow');
    expect(server.events).to.deep.equal(['data']);
    clock.advance(4);
    expect(server.events).to.deep.equal(['data', 'end']);
    accepted.reset();
    clock.advance(9);
    await turns(5);
    expect(client.closeCount).to.equal(0);
    clock.advance(1);
    await client.seen('close');
    expect(client.error).to.have.property('code', 'ECONNRESET');
    expect(clock.pendingTimers).to.equal(0);
  });

  it('leaves no timer behind when a socket is destroyed with bytes on their way', async () => {
    const clock = new ManualClock();
    const { dialed, accepted, server } = await connect(
      new MemoryTransport({ clock, latencyMs: 10 }),
    );
    dialed.write([Buffer.from('lost')]);
    accepted.destroy();
    await server.seen('close');
    dialed.destroy();
    clock.advance(10);
    expect(clock.pendingTimers).to.equal(0);
    expect(server.events).to.deep.equal(['close']);
  });

  it('resets a peer whose bytes were left unread, as a kernel does', async () => {
    const { dialed, accepted, client } = await connect(new MemoryTransport({ clock: systemClock }));
    accepted.pause();
    dialed.write([Buffer.from('unread')]);
    accepted.destroy();
    await client.seen('close');
    expect(client.error).to.have.property('code', 'ECONNRESET');
  });

  it('garbles bytes whose memory is used again before they are taken', async () => {
    const { dialed, accepted, server } = await connect(
      new MemoryTransport({ clock: systemClock, bufferBytes: 4 }),
    );
    accepted.pause();
    const slab = Buffer.from('fullwait');
    expect(dialed.write([slab])).to.equal(false);
    slab.fill('x');
    accepted.resume();
    await server.received(8);
    expect(server.text).to.equal('fullxxxx');
  });

  it('takes as long to connect as a fault says, and can be aborted meanwhile', async () => {
    const clock = new ManualClock();
    const faults = (): MemoryFaults => ({ connectDelayMs: 100 });
    const transport = new MemoryTransport({ clock, faults });
    await transport.listen(local(1), nobody);
    const controller = new AbortController();
    const aborted = failure(transport.dial(local(1), { signal: controller.signal }));
    const patient = transport.dial(local(1), {});
    controller.abort('no patience');
    expect(await aborted).to.equal('no patience');
    expect(clock.pendingTimers).to.equal(1);
    clock.advance(100);
    (await patient).destroy();
  });

  it('fails to connect with the error that a fault gives, and only that connection', async () => {
    const connectError = new Error('no route');
    const faults = (index: number): MemoryFaults => (index === 1 ? { connectError } : {});
    const transport = new MemoryTransport({ clock: systemClock, faults });
    await transport.listen(local(1), nobody);
    await transport.dial(local(1), {});
    expect(await failure(transport.dial(local(1), {}))).to.equal(connectError);
    await transport.dial(local(1), {});
  });

  describe('with a fault', () => {
    function faulty(faults: MemoryFaults): Promise<Connected> {
      return connect(new MemoryTransport({ clock: systemClock, faults: () => faults }));
    }

    it('F2 cuts a direction by an end after exactly so many bytes', async () => {
      for (let afterBytes = 0; afterBytes <= 8; afterBytes++) {
        const { dialed, client, server } = await faulty({ toListener: { afterBytes } });
        for (const part of ['abc', 'def', 'gh', 'i']) dialed.write([Buffer.from(part)]);
        await Promise.all([client.seen('close'), server.seen('end')]);
        expect(server.text).to.equal('abcdefghi'.slice(0, afterBytes));
        expect(client.error).to.have.property('code', 'EIO');
      }
    });

    it('F1 cuts a direction by a reset after exactly so many bytes', async () => {
      for (let afterBytes = 0; afterBytes <= 8; afterBytes++) {
        const fault = { afterBytes, kind: 'abort' } as const;
        const { accepted, client, server } = await faulty({ toDialer: fault });
        accepted.write([Buffer.from('abcd'), Buffer.from('efghi')]);
        await Promise.all([client.seen('close'), server.seen('close')]);
        expect(client.text).to.equal('abcdefghi'.slice(0, afterBytes));
        expect(client.error).to.have.property('code', 'ECONNRESET');
        expect(server.error).to.have.property('code', 'ECONNABORTED');
      }
    });

    it('fails a write by its number, behind all earlier ones', async () => {
      const error = new Error('injected');
      const { dialed, client, server } = await faulty({ toListener: { afterWrites: 2, error } });
      for (const part of ['a', 'b', 'c', 'd']) dialed.write([Buffer.from(part)]);
      await Promise.all([client.seen('close'), server.seen('end')]);
      expect(server.text).to.equal('ab');
      expect(client.error).to.equal(error);
    });

    it('fails the receiver after so many bytes, whose sender then sees it leave', async () => {
      const fault = { afterBytes: 3, at: 'receive' } as const;
      const { dialed, client, server } = await faulty({ toListener: fault });
      dialed.write([Buffer.from('ab')]);
      dialed.write([Buffer.from('cde')]);
      await Promise.all([server.seen('close'), client.seen('end')]);
      expect(server.text).to.equal('abc');
      expect(server.error).to.have.property('code', 'EIO');
      dialed.destroy();
    });

    it('fails the receiver at a delivery by its number, and resets its sender', async () => {
      const fault = { afterWrites: 1, at: 'receive', kind: 'abort' } as const;
      const { dialed, client, server } = await faulty({ toListener: fault });
      dialed.write([Buffer.from('first')]);
      dialed.write([Buffer.from('second')]);
      await Promise.all([server.seen('close'), client.seen('close')]);
      expect(server.text).to.equal('first');
      expect(client.error).to.have.property('code', 'ECONNRESET');
    });

    it('leaves the other direction as it is', async () => {
      const { accepted, client } = await faulty({ toListener: { afterBytes: 1 } });
      accepted.write([Buffer.from('untouched')]);
      await client.received(9);
      expect(client.closeCount).to.equal(0);
    });
  });
});
