import { expect } from 'chai';

import { ManualClock } from '../../../lib/simulation/manual-clock.ts';
import { SlabPool } from '../../../lib/base/slab-pool.ts';
import {
  MemoryBudget,
  type ResourceLimits,
  resolveResources,
} from '../../../lib/call/limits/admission.ts';
import { Gate, type GateListener } from '../../../lib/call/limits/gate.ts';
import { FrameWriter } from '../../../lib/connection/link/frame-writer.ts';
import type { TransportSocket } from '../../../lib/transport/transport.ts';
import { turns } from '../../support/turns.ts';

const PEER = Object.freeze({ address: 'nowhere', port: 0, family: 'memory' as const });

describe('Gate', () => {
  it('admits at once what has room, a place and memory', () => {
    const { gate, ask, told } = make();
    expect(ask('a', 10)).to.be.true;
    expect(told).to.deep.equal(['a granted 10']);
    expect(gate.inFlight).to.equal(1);
    gate.release(10);
    expect(gate.inFlight).to.equal(0);
  });

  it('A2-limits refuses what can never fit, in Seastar’s words, and takes nothing', () => {
    const { gate, memory, ask, told } = make({
      maxMemoryBytes: 100,
      basicRequestBytes: 1,
      bloatFactor: 2,
    });
    expect(ask('fits', 49)).to.be.true;
    gate.release(99);
    expect(ask('too large', 50)).to.be.true;
    expect(told).to.deep.equal([
      'fits granted 99',
      'too large refused: request size 101 larger than memory limit 100, verb 7',
    ]);
    expect(gate.inFlight).to.equal(0);
    expect(memory.usedBytes).to.equal(0);
  });

  it('admits what takes all of the memory', () => {
    const { ask, told } = make({ maxMemoryBytes: 100 });
    ask('a', 100);
    expect(told).to.deep.equal(['a granted 100']);
  });

  it('admits a main message at once, whatever is full: it may make room', () => {
    const { gate, memory, ask, told, askMain } = make({
      maxInFlight: 1,
      maxConnectionMemoryBytes: 100,
      maxMemoryBytes: 200,
    });
    ask('a', 200);
    expect(askMain('main', 50)).to.be.true;
    expect(told).to.deep.equal(['a granted 200', 'main granted 0']);
    gate.release(0);
    expect([gate.inFlight, memory.usedBytes]).to.deep.equal([1, 200]);
  });

  it('has nothing to give back of a request that never began, or is whole', () => {
    const { gate, memory, ask } = make();
    gate.cancel();
    expect([gate.inFlight, memory.usedBytes]).to.deep.equal([0, 0]);
    ask('a', 10);
    gate.cancel();
    expect([gate.inFlight, memory.usedBytes]).to.deep.equal([1, 10]);
  });

  it('waits without a timer where nobody is refused for waiting', () => {
    const { clock, gate, ask, told } = make({ maxInFlight: 1, memoryWaitMs: Infinity });
    ask('a', 1);
    ask('b', 1);
    expect(clock.pendingTimers).to.equal(0);
    gate.release(1);
    expect(told).to.deep.equal(['a granted 1', 'b granted 1']);
  });

  it('E2 maxInFlight holds at one below, at, and one above', () => {
    const { gate, ask, told } = make({ maxInFlight: 2 });
    expect(ask('a', 1)).to.be.true;
    expect(ask('b', 1)).to.be.true;
    expect(ask('c', 1)).to.be.false;
    expect(told).to.have.length(2);
    gate.release(1);
    expect(told.at(-1)).to.equal('c granted 1');
    expect(gate.inFlight).to.equal(2);
  });

  it('F24 refuses who waits too long for a place', () => {
    const { gate, clock, ask, told } = make({ maxInFlight: 1, memoryWaitMs: 100 });
    ask('a', 1);
    ask('b', 1);
    clock.advance(99);
    expect(told).to.have.length(1);
    clock.advance(1);
    expect(told.at(-1)).to.equal(
      'b refused for now: 1 requests are in progress, as many as maxInFlight allows',
    );
    gate.release(1);
    expect(told).to.have.length(2);
  });

  it('F24 refuses those behind with it, who have waited too, until a request is over', () => {
    const { gate, clock, ask, told } = make({ maxInFlight: 1, memoryWaitMs: 1_000 });
    ask('a', 1);
    ask('b', 1);
    clock.advance(1_000);
    for (const name of ['c', 'd']) {
      clock.advance(99);
      expect(ask(name, 1)).to.equal(true);
      expect(told.at(-1)).to.equal(
        `${name} refused for now: 1 requests are in progress, as many as maxInFlight allows`,
      );
    }
    gate.release(1);
    ask('e', 1);
    expect(told.at(-1)).to.equal('e granted 1');
    expect(ask('f', 1), 'waits').to.equal(false);
  });

  it('F24 lets one wait that comes later than those behind', () => {
    const { clock, ask } = make({ maxInFlight: 1, memoryWaitMs: 1_000 });
    ask('a', 1);
    ask('b', 1);
    clock.advance(1_100);
    expect(ask('c', 1), 'waits').to.equal(false);
  });

  it('F24 refuses who waits too long for memory', () => {
    const { memory, clock, ask, told } = make({ maxMemoryBytes: 10, memoryWaitMs: 100 });
    memory.tryTake(10);
    expect(ask('a', 5)).to.be.false;
    clock.advance(100);
    expect(told).to.deep.equal([
      'a refused for now: no memory for a request of 5 within 100 ms (memoryWaitMs): requests take 10 of 10 bytes (maxMemoryBytes)',
    ]);
    expect(ask('b', 5)).to.equal(true);
    expect(told.at(-1)).to.equal(
      'b refused for now: no memory for a request of 5 behind one that waited 100 ms (memoryWaitMs): requests take 10 of 10 bytes (maxMemoryBytes)',
    );
    memory.give(10);
    expect(memory.usedBytes).to.equal(0);
    expect(ask('c', 5), 'finds memory').to.equal(true);
    expect(told.at(-1)).to.equal('c granted 5');
  });

  it('F24 admits who waited for memory as soon as another gives it back', () => {
    const { memory, ask, told } = make({ maxMemoryBytes: 10 });
    memory.tryTake(10);
    ask('a', 5);
    memory.give(10);
    expect(told).to.deep.equal(['a granted 5']);
    expect(memory.usedBytes).to.equal(5);
  });

  it('holds requests back while the client does not take its replies', async () => {
    const { writer, socket, ask, told } = make({}, 10);
    socket.isBlocked = true;
    writer.writeUncompressed(Buffer.alloc(11));
    writer.flush();
    expect(ask('a', 1)).to.be.false;
    await turns(1);
    expect(told).to.deep.equal([]);
    socket.isBlocked = false;
    writer.onDrain();
    await turns(1);
    expect(told).to.deep.equal(['a granted 1']);
  });

  describe('with a request that comes in parts', () => {
    it('F24 charges what has come, however much was announced', () => {
      const { memory, ask, charge, told } = make({ basicRequestBytes: 10, bloatFactor: 2 });
      expect(ask('a', 1_000_000, 0)).to.be.true;
      expect(memory.usedBytes).to.equal(10);
      charge('a', 300_000);
      expect(memory.usedBytes).to.equal(600_010);
      charge('a', 5_000_000);
      expect(told).to.deep.equal(['a grows', 'a grows', 'a granted 2000010']);
      expect(memory.usedBytes).to.equal(2_000_010);
    });

    it('F24 gives back what one was charged that is refused in the middle', () => {
      const { clock, gate, memory, ask, charge, told } = make({
        maxMemoryBytes: 1_000_000,
        memoryWaitMs: 100,
      });
      ask('a', 500_000, 100_000);
      memory.tryTake(1_400_000, 'rest');
      expect(charge('a', 200_000)).to.be.false;
      clock.advance(100);
      expect(told.at(-1)).to.match(/^a refused for now: no memory for a request of 500000/);
      expect([memory.usedBytes, gate.inFlight]).to.deep.equal([1_400_000, 0]);
      gate.cancel();
      expect([memory.usedBytes, gate.inFlight], 'once').to.deep.equal([1_400_000, 0]);
    });

    it('F24 says that a part was granted at once', () => {
      const { ask, charge, told } = make();
      expect(ask('a', 500_000, 100_000)).to.be.true;
      expect(charge('a', 200_000)).to.be.true;
      expect(charge('a', 200_000), 'nothing more has come').to.be.true;
      expect(told).to.deep.equal(['a grows', 'a grows', 'a grows']);
    });

    it('F24 asks for its first part alone, and waits behind those that hold a part', () => {
      const { memory, ask, told } = make({ maxMemoryBytes: 1_600_000 });
      memory.tryTake(1_600_000, 'part');
      expect(ask('a', 500_000, 100_000)).to.be.false;
      memory.give(200_000, false);
      expect(told).to.deep.equal(['a grows']);
      expect(memory.usedBytes).to.equal(1_500_000);
    });

    it('F24 lets a small request use the reserve that larger ones leave', () => {
      const { memory, ask, told } = make({ maxMemoryBytes: 1_600_000 });
      memory.tryTake(1_500_000, 'part');
      expect(ask('large', 100_000)).to.be.false;
      expect(ask('small', 65_536)).to.be.true;
      expect(told).to.deep.equal(['small granted 65536']);
    });

    it('F24 gives back what one was charged that comes no further', () => {
      const { gate, memory, ask } = make();
      ask('a', 500_000, 100_000);
      gate.cancel();
      expect([memory.usedBytes, gate.inFlight]).to.deep.equal([0, 0]);
    });

    it('F24 lets requests become whole one after the other that fill the memory with their parts', () => {
      const { memory, openGate } = make({ maxMemoryBytes: 1_600_000 });
      const whole: number[] = [];
      const gates = Array.from({ length: 8 }, () => openGate());
      const come = (index: number, bytes: number): void => {
        const gate = gates[index]!;
        const onGranted = (): void => {
          if (gate.isWhole) whole.push(index);
          else gate.charge(bytes, { onGranted, onRefused });
        };
        gate.charge(bytes, { onGranted, onRefused });
      };
      const onRefused = (text: string): void => {
        throw new Error(text);
      };
      const header = { timeoutMs: 0, verb: 7, messageId: 1, payloadBytes: 400_000 };
      for (const gate of gates) gate.ask(header, 180_000, { onGranted: () => {}, onRefused });
      for (const index of gates.keys()) come(index, 400_000);
      for (let count = 0; whole.length > count; count++) {
        expect(memory.usedBytes, 'one at a time goes beyond').to.be.at.most(2_000_000);
        gates[whole[count]!]!.release(gates[whole[count]!]!.deliver());
      }
      expect(whole.toSorted((a, b) => a - b)).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7]);
      expect(memory.usedBytes).to.equal(0);
    });
  });

  describe('with a share for its connection', () => {
    it('F24 lets more wait than the share, though there is memory', () => {
      const { gate, ask, told } = make({ maxConnectionMemoryBytes: 100 });
      ask('a', 60);
      expect(ask('b', 50)).to.be.false;
      gate.release(60);
      expect(told).to.deep.equal(['a granted 60', 'b granted 50']);
    });

    it('F24 admits what fits into the share exactly, and what was given back', () => {
      const { gate, ask, told } = make({ maxConnectionMemoryBytes: 100 });
      ask('a', 60);
      expect(ask('b', 40)).to.be.true;
      gate.release(60);
      expect(ask('c', 60)).to.be.true;
      expect(told).to.deep.equal(['a granted 60', 'b granted 40', 'c granted 60']);
    });

    it('F24 lets one wait on until enough was given back', () => {
      const { gate, ask, told } = make({ maxConnectionMemoryBytes: 100 });
      ask('a', 60);
      ask('b', 30);
      ask('c', 50);
      gate.release(30);
      expect(told).to.have.length(2);
      gate.release(60);
      expect(told.at(-1)).to.equal('c granted 50');
    });

    it('F24 admits one that is larger than the share, alone', () => {
      const { ask, told } = make({ maxConnectionMemoryBytes: 100 });
      ask('a', 200);
      expect(told).to.deep.equal(['a granted 200']);
    });

    it('F24 refuses for now who waits too long for it, and says what was full', () => {
      const { gate, clock, memory, ask, told } = make({
        maxConnectionMemoryBytes: 100,
        memoryWaitMs: 50,
      });
      ask('a', 60);
      ask('b', 50);
      clock.advance(50);
      expect(told.at(-1)).to.equal(
        'b refused for now: no memory for a request of 50 within 50 ms (memoryWaitMs): the other requests of its connection take 60 of 100 bytes (maxConnectionMemoryBytes)',
      );
      expect([gate.inFlight, memory.usedBytes]).to.deep.equal([1, 60]);
      expect(ask('c', 50)).to.equal(true);
      expect(told.at(-1)).to.equal(
        'c refused for now: no memory for a request of 50 behind one that waited 50 ms (memoryWaitMs): the other requests of its connection take 60 of 100 bytes (maxConnectionMemoryBytes)',
      );
      expect([gate.inFlight, memory.usedBytes]).to.deep.equal([1, 60]);
    });
  });

  it('tells nothing to who withdrew, wherever it waited', async () => {
    const forRoom = make({}, 10);
    forRoom.socket.isBlocked = true;
    forRoom.writer.writeUncompressed(Buffer.alloc(11));
    forRoom.writer.flush();
    forRoom.ask('room', 1);
    forRoom.gate.cancel();
    forRoom.writer.onDrain();

    const forPlace = make({ maxInFlight: 1 });
    forPlace.ask('first', 1);
    forPlace.ask('place', 1);
    forPlace.gate.cancel();
    forPlace.gate.release(1);

    const forMemory = make({ maxMemoryBytes: 10 });
    forMemory.memory.tryTake(10);
    forMemory.ask('memory', 1);
    forMemory.gate.cancel();
    forMemory.memory.give(10);

    await turns(1);
    for (const { clock, told } of [forRoom, forPlace, forMemory]) {
      clock.advance(60_000);
      expect(told.filter((line) => !line.startsWith('first'))).to.deep.equal([]);
      expect(clock.pendingTimers).to.equal(0);
    }
  });

  it('goes on with another connection: what is in progress counts, and old waits are over', async () => {
    const { gate, socket, writer, ask, told } = make({ maxInFlight: 2 }, 10);
    ask('first', 5);
    socket.isBlocked = true;
    writer.writeFrame(Buffer.alloc(20));
    expect(ask('second', 5)).to.equal(false);
    gate.cancel();
    const next = make({}, 10).writer;
    gate.attach(next);
    expect(ask('third', 5)).to.equal(true);
    expect(gate.inFlight).to.equal(2);
    socket.isBlocked = false;
    writer.onDrain();
    await turns(2);
    expect(told.filter((line) => line.startsWith('second'))).to.deep.equal([]);
    expect(ask('fourth', 5)).to.equal(false);
    gate.release(5);
    expect(told.at(-1)).to.match(/^fourth granted/);
    gate.cancel();
  });
});

function make(resources: Partial<ResourceLimits> = {}, budgetBytes: number = 1_000) {
  const clock = new ManualClock();
  const resolved = resolveResources(resources);
  const memory = new MemoryBudget(clock, resolved);
  const socket = new StuckSocket();
  const writer = new FrameWriter(socket, { clock, slabs: new SlabPool() }, budgetBytes, () => {});
  const gate = new Gate(clock, memory, resolved, writer);
  const told: string[] = [];
  const listener = (name: string): GateListener => ({
    onGranted: () =>
      told.push(gate.isWhole ? `${name} granted ${gate.deliver()}` : `${name} grows`),
    onRefused: (text, isRetryable) =>
      told.push(`${name} refused${isRetryable ? ' for now' : ''}: ${text}`),
  });
  const ask = (name: string, payloadBytes: number, comeBytes = payloadBytes): boolean => {
    const header = { timeoutMs: 0, verb: 7, messageId: 1, payloadBytes };
    return gate.ask(header, comeBytes, listener(name));
  };
  const askMain = (name: string, payloadBytes: number): boolean => {
    const header = { timeoutMs: 0, verb: 7, messageId: 1, payloadBytes };
    return gate.ask(header, payloadBytes, listener(name), true);
  };
  const charge = (name: string, comeBytes: number): boolean =>
    gate.charge(comeBytes, listener(name));
  const openGate = (): Gate => new Gate(clock, memory, resolved, writer);
  return { clock, memory, socket, writer, gate, told, ask, askMain, charge, listener, openGate };
}

/** Takes bytes or does not, as it is told. */
class StuckSocket implements TransportSocket {
  readonly peer = PEER;
  isBlocked = false;
  attach(): void {}
  write(): boolean {
    return !this.isBlocked;
  }
  pause(): void {}
  resume(): void {}
  end(): void {}
  destroy(): void {}
  reset(): void {}
}
