import type { ParentEnd } from '../../stream/half/half-listener.ts';
import { Children } from '../../stream/handles/children.ts';
import { AcceptedLanes } from '../../stream/lane/accepted-lanes.ts';
import { Lane, type LaneOptions } from '../../stream/lane/lane.ts';
import type { Parent } from '../../stream/half/parent.ts';
import { ValueStreams } from '../../stream/value/value-streams.ts';

/** What a connection's streams at a server need of it. */
export interface ServerStreamsOptions {
  /** Whether values may hold streams: both ends speak our extension, and the server has streaming. */
  readonly hasValueStreams: boolean;
  /** A stream has ended, or there is one less to wait for. */
  readonly onChange: () => void;
}

/** The streams of one client at its server: child connections that verbs name, and lanes for those in values. */
export class ServerStreams {
  readonly children: Children;
  readonly #lanes: AcceptedLanes;
  readonly #parent: Parent;

  constructor(parent: Parent, { hasValueStreams, onChange }: ServerStreamsOptions) {
    this.#parent = parent;
    this.children = new Children(parent.defaultSerializer);
    this.#lanes = new AcceptedLanes({
      takeOffered: (number) => this.children.valueStreams?.take(number),
      tellPeer: (message) => parent.tellPeer(message),
      onChange,
    });
    if (!hasValueStreams) return;
    const valueStreams = new ValueStreams(parent, this.#lanes);
    valueStreams.whenIdle(onChange);
    this.children.valueStreams = valueStreams;
  }

  /** Child connections of both kinds. */
  get connections(): number {
    return this.children.size + this.#lanes.size;
  }

  /** Streams that are open, or that the client may still ask for. */
  get open(): number {
    const offered = this.children.valueStreams?.producedCount ?? 0;
    return this.children.size + this.#lanes.busy + offered;
  }

  /** A child was accepted that is to carry value streams. */
  addLane(options: Pick<LaneOptions, 'id' | 'link' | 'compressor'>, rest: Buffer): void {
    const parent = this.#parent;
    const lane = new Lane({ ...options, isAccepted: true, parent, owner: this.#lanes });
    this.#lanes.add(lane);
    lane.start(rest);
  }

  /** The main connection is gone. */
  orphanAll(cause: unknown, how: ParentEnd): void {
    this.children.orphanAll(cause, how);
    this.#lanes.orphanAll(cause, how);
    this.children.valueStreams?.end(cause);
  }
}
