import { MemoryPipe } from '../../transport/memory/pipe.ts';
import type { Peer, TransportSocket } from '../../transport/transport.ts';
import type { Dice } from './dice.ts';
import type { NodeClock } from './node-clock.ts';
import type { NodeLoop } from './node-loop.ts';
import { type PathConditions, Travel } from './path.ts';
import type { Trace } from './trace.ts';
import { TracedSocket } from './traced-socket.ts';

/** A node, as its connections see it. */
export interface NetworkNode {
  readonly name: string;
  /** Ends with the process; a restarted node has another. */
  readonly loop: NodeLoop;
}

/** One direction of a connection, or both. */
export type Direction = 'toDialer' | 'toListener' | 'both';

/** The parts of a connection. */
export interface ConnectionSetup {
  /** Counted in the order of dialing, from 1. */
  readonly number: number;
  readonly dialer: NetworkNode;
  readonly listener: NetworkNode;
  readonly conditions: PathConditions;
  readonly dice: Dice;
  readonly trace: Trace;
  readonly listenerPeer: Peer;
  readonly dialerPeer: Peer;
  /** Called when both ends are closed. */
  readonly onOver: () => void;
}

/** An end of a connection that has not been closed. */
interface OpenEnd {
  readonly socket: TracedSocket;
  readonly node: NetworkNode;
}

/** One direction of a connection, and its number as a thing that jobs touch. */
interface Way {
  readonly writer: NetworkNode;
  readonly reader: NetworkNode;
  readonly thing: number;
}

/** A connection between two nodes: two pipes and a socket at either end. */
export class WorldConnection {
  readonly parts: ConnectionSetup;
  readonly dialed: TransportSocket;
  readonly accepted: TransportSocket;
  readonly #up: MemoryPipe;
  readonly #down: MemoryPipe;
  readonly #listenerClock: NodeClock;
  readonly #openEnds = new Map<NodeClock, OpenEnd>();
  readonly #thing: number;
  readonly #silent = { up: false, down: false };
  #isWayOpen = true;

  constructor(parts: ConnectionSetup) {
    this.parts = parts;
    const { dialer, listener, listenerPeer, dialerPeer } = parts;
    const dialerClock = dialer.loop.open();
    const listenerClock = listener.loop.open();
    this.#listenerClock = listenerClock;
    this.#thing = dialer.loop.schedule.touches.make();
    const [up, down] = this.#makeThings();
    this.#up = this.#makePipe({ writer: dialer, reader: listener, thing: up }, [
      dialerClock,
      listenerClock,
    ]);
    this.#down = this.#makePipe({ writer: listener, reader: dialer, thing: down }, [
      listenerClock,
      dialerClock,
    ]);
    this.dialed = this.#end([dialerClock, listenerPeer, this.#down, this.#up], dialer, listener);
    this.accepted = this.#end([listenerClock, dialerPeer, this.#up, this.#down], listener, dialer);
  }

  /** Whether it joins these two nodes, in either direction. */
  joins(one: string, other: string): boolean {
    const { dialer, listener } = this.parts;
    const isThatWay = dialer.name === one && listener.name === other;
    return isThatWay || (dialer.name === other && listener.name === one);
  }

  /** Calls back in the listening process after so many milliseconds, before it gets any bytes. */
  accept(callback: () => void, delayMs: number): void {
    this.#listenerClock.setTimeout(callback, delayMs);
  }

  /** Both ends learn of a reset. */
  cut(): void {
    this.#touch();
    for (const [clock, { socket, node }] of this.#openEnds) {
      socket.lose();
      if (node.loop.isDead) this.#closeEnd(clock);
    }
  }

  /** Nothing arrives in this direction any more. */
  silence(direction: Direction): void {
    if (direction !== 'toDialer') this.#silent.up = true;
    if (direction !== 'toListener') this.#silent.down = true;
    this.#hold();
  }

  /**
   * Nothing arrives while the way is not open. When it is open again, a system that has started anew
   * since then knows nothing of the connection, and resets it.
   */
  setWayOpen(isOpen: boolean): void {
    this.#isWayOpen = isOpen;
    this.#hold();
    const isForgotten = [...this.#openEnds.values()].some(({ node }) => node.loop.isDead);
    if (isOpen && isForgotten) this.cut();
  }

  /** The process at one end is gone: its system ends the connection. */
  endFor({ loop }: NetworkNode): void {
    for (const [clock, { socket, node }] of this.#openEnds) {
      if (node.loop !== loop) continue;
      socket.destroy();
      this.#closeEnd(clock);
    }
  }

  #hold(): void {
    this.#up.setHeldUp(!this.#isWayOpen || this.#silent.up);
    this.#down.setHeldUp(!this.#isWayOpen || this.#silent.down);
  }

  #end(
    parts: readonly [NodeClock, Peer, MemoryPipe, MemoryPipe],
    node: NetworkNode,
    peer: NetworkNode,
  ): TransportSocket {
    const { trace, number } = this.parts;
    const [clock] = parts;
    const place = { node: node.name, peer: peer.name, connection: number };
    const onClose = (): void => this.#closeEnd(clock);
    const socket = new TracedSocket([...parts], { trace, place, onClose });
    this.#openEnds.set(clock, { socket, node });
    return socket;
  }

  #makePipe(
    { writer, reader, thing }: Way,
    [writerClock, readerClock]: readonly [NodeClock, NodeClock],
  ): MemoryPipe {
    const { conditions, dice, trace, number } = this.parts;
    const { touches } = reader.loop.schedule;
    const travel = new Travel(conditions, dice, () => readerClock.now());
    const place = { node: writer.name, peer: reader.name, connection: number };
    return new MemoryPipe({
      writerClock,
      readerClock,
      capacityBytes: conditions.bufferBytes,
      travelMs: (bytes) => travel.ms(bytes),
      pieces: (bytes) => {
        trace.add({ kind: 'sent', ...place, text: '', bytes });
        return travel.pieces(bytes);
      },
      onTouch: () => touches.add(thing),
    });
  }

  /** Its two directions. They are one thing where they share chance. */
  #makeThings(): readonly [number, number] {
    const { conditions, dialer } = this.parts;
    const { touches } = dialer.loop.schedule;
    const up = touches.make();
    const hasChance = conditions.jitterMs > 0 || conditions.pieceBytes < Infinity;
    return [up, hasChance ? up : touches.make()];
  }

  /** The job that happens now reads or changes what is open of it. */
  #touch(): void {
    this.parts.dialer.loop.schedule.touches.add(this.#thing);
  }

  #closeEnd(clock: NodeClock): void {
    this.#touch();
    clock.end();
    if (this.#openEnds.delete(clock) && this.#openEnds.size === 0) this.parts.onOver();
  }
}
