import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';

import { expect } from 'chai';

import { randomBytes } from './chunks.ts';
import { FaultProxy, type ToxicScript } from './fault-proxy.ts';
import { turns } from './turns.ts';

/** What one end of a connection has seen. */
interface Log {
  readonly socket: Socket;
  chunks: Buffer[];
  events: string[];
}

describe('FaultProxy', () => {
  let target: Server;
  let proxy: FaultProxy;
  let clients: Socket[];
  let servers: Log[];
  let onServer: () => void;

  beforeEach(async () => {
    clients = [];
    servers = [];
    onServer = () => {};
    target = createServer({ allowHalfOpen: true }, (socket) => {
      servers.push(watch(socket));
      onServer();
    });
    target.listen(0, '127.0.0.1');
    await once(target, 'listening');
  });

  afterEach(async () => {
    for (const { socket } of servers) socket.destroy();
    for (const socket of clients) socket.destroy();
    await proxy.close();
    const closed = once(target, 'close');
    target.close();
    await closed;
  });

  function watch(socket: Socket): Log {
    const log: Log = { socket, chunks: [], events: [] };
    const note = (event: string): void => {
      log.events.push(event);
      socket.emit('noted');
    };
    socket.on('data', (chunk: Buffer) => {
      log.chunks.push(chunk);
      socket.emit('noted');
    });
    socket.on('end', () => note('end'));
    socket.on('error', (error) => note('code' in error ? String(error.code) : error.message));
    socket.on('close', () => note('close'));
    return log;
  }

  async function until(log: Log, condition: () => boolean): Promise<void> {
    while (!condition()) await once(log.socket, 'noted');
  }

  async function start(script?: ToxicScript): Promise<void> {
    // A server that listens on TCP has an address and port.
    proxy = await FaultProxy.start((target.address() as AddressInfo).port, script);
  }

  function dial(): Log {
    const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true });
    clients.push(socket);
    return watch(socket);
  }

  async function server(index = 0): Promise<Log> {
    while (servers[index] === undefined) await new Promise<void>((resolve) => (onServer = resolve));
    return servers[index];
  }

  const bytesOf = ({ chunks }: Log): Buffer => Buffer.concat(chunks);

  it('passes bytes and half-closes through, both ways', async () => {
    await start();
    const client = dial();
    const bytes = randomBytes(500_000, 1);
    client.socket.end(bytes);
    const serverEnd = await server();
    await until(serverEnd, () => serverEnd.events.includes('end'));
    expect(bytesOf(serverEnd).equals(bytes)).to.equal(true);
    serverEnd.socket.end('reply');
    await until(client, () => client.events.includes('close'));
    expect(bytesOf(client).toString()).to.equal('reply');
    expect(client.events).to.deep.equal(['end', 'close']);
  });

  it('treats each connection by its number', async () => {
    await start((index) => (index === 1 ? { toServer: { corruptAt: 1 } } : undefined));
    for (const [index, expected] of ['abc', 'a\x9dc', 'abc'].entries()) {
      const client = dial();
      client.socket.write('abc');
      const serverEnd = await server(index);
      await until(serverEnd, () => bytesOf(serverEnd).length === 3);
      expect(bytesOf(serverEnd).toString('latin1')).to.equal(expected);
    }
    expect(proxy.connections).to.have.length(3);
  });

  for (const [by, events] of [
    ['fin', ['end']],
    ['rst', ['ECONNRESET', 'close']],
  ] as const) {
    it(`cuts by ${by} after exactly so many bytes`, async () => {
      await start(() => ({ toServer: { slicer: 'bytes', limitData: { bytes: 5, by } } }));
      const client = dial();
      client.socket.write('abcdefgh');
      const serverEnd = await server();
      await until(serverEnd, () => serverEnd.events.length === events.length);
      expect(serverEnd.events).to.deep.equal(events);
      expect(bytesOf(serverEnd).toString()).to.equal('abcde');
    });
  }

  it('falls silent after so many bytes when it cuts by a stall', async () => {
    await start(() => ({ toServer: { limitData: { bytes: 5, by: 'stall' } } }));
    const client = dial();
    client.socket.write('abcdefgh');
    const serverEnd = await server();
    await until(serverEnd, () => bytesOf(serverEnd).length === 5);
    client.socket.end('more');
    await turns(50);
    expect(bytesOf(serverEnd).toString()).to.equal('abcde');
    expect(serverEnd.events).to.deep.equal([]);
  });

  it('delivers one byte at a time, or slices by a seed, with nothing lost', async () => {
    await start((index) => ({ toServer: { slicer: index === 0 ? 'bytes' : { seed: 3 } } }));
    const bytes = randomBytes(300, 2);
    for (const index of [0, 1]) {
      dial().socket.write(bytes);
      const serverEnd = await server(index);
      await until(serverEnd, () => bytesOf(serverEnd).length === bytes.length);
      expect(bytesOf(serverEnd).equals(bytes)).to.equal(true);
      expect(serverEnd.chunks.length).to.be.greaterThan(1);
    }
  });

  it('delivers bytes twice', async () => {
    await start(() => ({ toClient: { duplicate: { at: 2, bytes: 3 } } }));
    const client = dial();
    client.socket.write('hi');
    (await server()).socket.write('abcdefg');
    await until(client, () => bytesOf(client).length === 10);
    expect(bytesOf(client).toString()).to.equal('abcdecdefg');
  });

  it('delays bytes and ends, in order', async () => {
    await start(() => ({ toServer: { latencyMs: 5, slowCloseMs: 5 } }));
    const startMs = performance.now();
    dial().socket.end('late');
    const serverEnd = await server();
    await until(serverEnd, () => serverEnd.events.includes('end'));
    expect(bytesOf(serverEnd).toString()).to.equal('late');
    expect(performance.now() - startMs).to.be.at.least(4);
  });

  it('refuses a connection that is down', async () => {
    await start(() => ({ down: true }));
    const client = dial();
    await until(client, () => client.events.includes('close'));
    expect(servers).to.deep.equal([]);
  });

  it('stalls so that pressure reaches the sender, and goes on', async () => {
    await start();
    const client = dial();
    client.socket.write('a');
    const serverEnd = await server();
    await until(serverEnd, () => bytesOf(serverEnd).length === 1);
    const connection = await proxy.connection(0);
    connection.stall();
    const bytes = randomBytes(8_000_000, 3);
    client.socket.write(bytes);
    await turns(100);
    expect(client.socket.writableLength).to.be.greaterThan(0);
    expect(bytesOf(serverEnd).length).to.equal(1);
    connection.resume();
    await until(serverEnd, () => bytesOf(serverEnd).length === bytes.length + 1);
    expect(bytesOf(serverEnd).subarray(1).equals(bytes)).to.equal(true);
  });

  it('resets both ends on demand, and passes on a reset of either', async () => {
    await start();
    const both = dial();
    both.socket.write('x');
    const first = await server();
    await until(first, () => first.chunks.length === 1);
    (await proxy.connection(0)).reset();
    await until(first, () => first.events.includes('close'));
    await until(both, () => both.events.includes('close'));
    expect([first.events[0], both.events[0]]).to.deep.equal(['ECONNRESET', 'ECONNRESET']);

    const other = dial();
    other.socket.write('x');
    const second = await server(1);
    await until(second, () => second.chunks.length === 1);
    second.socket.resetAndDestroy();
    await until(other, () => other.events.includes('close'));
    expect(other.events[0]).to.equal('ECONNRESET');
  });

  it('leaves nothing open when it is closed with connections in every state', async () => {
    await start((index) => ({ toServer: { latencyMs: index === 0 ? 60_000 : 0 } }));
    dial().socket.write('never arrives');
    dial().socket.write('arrives');
    await server(1);
    await proxy.connection(1);
    await proxy.close();
    expect(proxy.connections).to.have.length(2);
  });
});
