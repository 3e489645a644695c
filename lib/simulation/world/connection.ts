import { MemoryPipe } from '../../transport/memory/pipe.ts';
import { MemorySocket } from '../../transport/memory/socket.ts';
import type { Peer, SocketHandlers, TransportSocket } from '../../transport/transport.ts';
import type { Dice } from './dice.ts';
import type { NodeClock, NodeLoop } from './node-clock.ts';
import { type PathConditions, Travel } from './path.ts';
import type { Trace, TraceEntry } from './trace.ts';

/** A node, as its connections see it. */
export interface NetworkNode {
  readonly name: string;
  /** Ends with the process; a restarted node has another. */
  readonly loop: NodeLoop;
}

/** One direction of a connection is held up, or both. */
export type Direction = 'toDialer' | 'toListener' | 'both';

/** The parts of a connection. */
export interface ConnectionParts {
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
  readonly socket: MemorySocket;
  readonly node: NetworkNode;
}

/** A connection between two nodes: two pipes and a socket at either end. */
export class WorldConnection {
  readonly parts: ConnectionParts;
  readonly dialed: TransportSocket;
  readonly accepted: TransportSocket;
  readonly #up: MemoryPipe;
  readonly #down: MemoryPipe;
  readonly #openEnds = new Map<NodeClock, OpenEnd>();

  constructor(parts: ConnectionParts) {
    this.parts = parts;
    const { dialer, listener, listenerPeer, dialerPeer } = parts;
    const dialerClock = dialer.loop.open();
    const listenerClock = listener.loop.open();
    this.#up = makePipe(parts, dialerClock, listenerClock);
    this.#down = makePipe(parts, listenerClock, dialerClock);
    const dialerEnd = new MemorySocket(dialerClock, listenerPeer, this.#down, this.#up);
    const listenerEnd = new MemorySocket(listenerClock, dialerPeer, this.#up, this.#down);
    this.dialed = this.#end(dialerEnd, dialer, listener, dialerClock);
    this.accepted = this.#end(listenerEnd, listener, dialer, listenerClock);
  }

  /** Whether it joins these two nodes, in either direction. */
  joins(one: string, other: string): boolean {
    const { dialer, listener } = this.parts;
    const isThatWay = dialer.name === one && listener.name === other;
    return isThatWay || (dialer.name === other && listener.name === one);
  }

  /** Whether a process that has ended was at one of its ends. */
  isOf({ loop }: NetworkNode): boolean {
    return this.parts.dialer.loop === loop || this.parts.listener.loop === loop;
  }

  /** Both ends learn of a reset. */
  cut(): void {
    for (const { socket } of this.#openEnds.values()) socket.lose();
  }

  /** Nothing arrives in this direction until it is let go. */
  setHeldUp(isHeldUp: boolean, direction: Direction): void {
    if (direction !== 'toDialer') this.#up.setHeldUp(isHeldUp);
    if (direction !== 'toListener') this.#down.setHeldUp(isHeldUp);
  }

  /** The process at one end is gone: its system ends the connection. */
  endFor({ loop }: NetworkNode): void {
    for (const [clock, { socket, node }] of this.#openEnds) {
      if (node.loop !== loop) continue;
      socket.destroy();
      this.#closeEnd(clock);
    }
  }

  #end(
    socket: MemorySocket,
    node: NetworkNode,
    peer: NetworkNode,
    clock: NodeClock,
  ): TransportSocket {
    this.#openEnds.set(clock, { socket, node });
    const { trace, number } = this.parts;
    const place = { node: node.name, peer: peer.name, connection: number };
    return new TracedSocket(socket, trace, place, () => this.#closeEnd(clock));
  }

  #closeEnd(clock: NodeClock): void {
    clock.end();
    this.#openEnds.delete(clock);
    if (this.#openEnds.size === 0) this.parts.onOver();
  }
}

function makePipe(parts: ConnectionParts, writer: NodeClock, reader: NodeClock): MemoryPipe {
  const { conditions, dice } = parts;
  const travel = new Travel(conditions, dice, () => reader.now());
  return new MemoryPipe({
    writerClock: writer,
    readerClock: reader,
    capacityBytes: conditions.bufferBytes,
    travelMs: (bytes) => travel.ms(bytes),
  });
}

/** A socket that tells the trace of all that arrives. */
class TracedSocket implements TransportSocket {
  readonly #socket: MemorySocket;
  readonly #tell: (kind: string, text: string, bytes?: Buffer) => void;
  readonly #onClose: () => void;

  constructor(
    socket: MemorySocket,
    trace: Trace,
    place: Omit<TraceEntry, 'atMs' | 'kind' | 'text'>,
    onClose: () => void,
  ) {
    this.#socket = socket;
    this.#tell = (kind, text, bytes) => trace.add({ kind, ...place, text, bytes });
    this.#onClose = onClose;
  }

  get peer(): Peer {
    return this.#socket.peer;
  }

  get unsentBytes(): number {
    return this.#socket.unsentBytes;
  }

  attach(handlers: SocketHandlers): void {
    this.#socket.attach({
      onData: (chunk) => {
        this.#tell('data', '', chunk);
        handlers.onData(chunk);
      },
      onEnd: () => {
        this.#tell('end', '');
        handlers.onEnd();
      },
      onDrain: () => handlers.onDrain(),
      onProgress: () => handlers.onProgress(),
      onClose: (error) => {
        this.#tell('close', error?.message ?? '');
        handlers.onClose(error);
        this.#onClose();
      },
    });
  }

  write(segments: readonly Uint8Array[]): boolean {
    return this.#socket.write(segments);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(error?: Error): void {
    this.#socket.destroy(error);
  }

  reset(): void {
    this.#socket.reset();
  }
}
