import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { Dice } from '../../lib/simulation.ts';
import { CutPlan } from '../../scripts/cuts/cut-plan.ts';
import { CuttingProxy } from '../../scripts/cuts/cutting-proxy.ts';

describe('scripts/cuts: the proxy', () => {
  let server: Server;
  let progress: number;

  beforeEach(async () => {
    progress = 0;
    // Sends back whatever comes.
    server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => {});
      socket.pipe(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(() => new Promise((resolve) => void server.close(resolve)));

  const start = (count: number): Promise<CuttingProxy> => {
    const { port } = server.address() as AddressInfo;
    const cuts = { count, bytes: 1_000_000, progress: () => progress };
    return CuttingProxy.start(port, new CutPlan(new Dice(1), cuts));
  };

  async function dial({ port }: CuttingProxy): Promise<Socket> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  }

  /** Sends bytes until the connection is cut, and returns how many came back. */
  async function sendUntilCut(socket: Socket): Promise<number> {
    let received = 0;
    socket.on('data', (chunk: Buffer) => {
      received += chunk.length;
      socket.write(Buffer.alloc(997));
    });
    socket.write(Buffer.alloc(997));
    await new Promise((resolve) => void socket.once('close', resolve));
    return received;
  }

  it('passes everything on, both ways and to both ends, while no cut is due', async () => {
    await using proxy = await start(3);
    proxy.begin();
    const socket = await dial(proxy);
    const bytes = Buffer.alloc(3_000_000, 'abcdefg');
    socket.end(bytes);
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).equals(bytes)).to.equal(true);
    expect(proxy.cuts).to.equal(0);
  });

  it('cuts as often as planned when the work has come so far, and no more', async () => {
    await using proxy = await start(3);
    let told = 0;
    proxy.begin(() => void told++);
    progress = 1;
    while (proxy.cuts < 3) await sendUntilCut(await dial(proxy));
    expect(told).to.equal(3);

    const socket = await dial(proxy);
    socket.end('still here');
    await once(socket, 'data');
    socket.destroy();
    expect(proxy.cuts).to.equal(3);
  });

  it('cuts connections within what they carry', async () => {
    await using proxy = await start(8);
    proxy.begin();
    progress = 1;
    const places: number[] = [];
    while (proxy.cuts < 8) places.push(await sendUntilCut(await dial(proxy)));
    expect(places.some((received) => received % 997 !== 0)).to.equal(true);
  });

  it('cuts the connection that carries much at once, also where the oldest one is cut first', async () => {
    await using proxy = await start(400);
    proxy.begin();
    progress = 1;
    for (let round = 0; round < 10; round++) {
      await dial(proxy);
      const socket = await dial(proxy);
      let received = 0;
      socket.on('data', (chunk: Buffer) => void (received += chunk.length));
      const closed = new Promise((resolve) => void socket.once('close', resolve));
      socket.end(Buffer.alloc(60_000));
      await closed;
      expect(received).to.be.below(60_000);
    }
  });

  it('does not cut before it is told to', async () => {
    await using proxy = await start(3);
    progress = 1;
    const socket = await dial(proxy);
    socket.end(Buffer.alloc(1_000_000));
    for await (const chunk of socket) expect(chunk).to.be.an.instanceOf(Buffer);
    expect(proxy.cuts).to.equal(0);
  });
});

describe('scripts/cuts: the plan', () => {
  it('has its cuts within the first part of the work, all of them', () => {
    let progress = 0;
    const plan = new CutPlan(new Dice(7), { count: 50, bytes: 1e9, progress: () => progress });
    let cuts = 0;
    for (; progress < 1; progress += 0.001) {
      while (plan.bytesUntilNext(cuts) !== undefined) cuts++;
      if (progress < 0.1) expect(cuts).to.be.below(25);
    }
    expect(cuts).to.equal(50);
    expect(plan.isDone(cuts)).to.equal(true);
    expect(plan.isDone(cuts - 1)).to.equal(false);
  });

  it('has no cut before any work is done', () => {
    const plan = new CutPlan(new Dice(7), { count: 50, bytes: 1e9, progress: () => 0 });
    expect(plan.bytesUntilNext(0)).to.equal(undefined);
  });
});
