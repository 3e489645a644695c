import type { UnderWay } from '../../base/under-way.ts';
import type { ChildStream } from '../../connection/handshake/resume-record.ts';
import { placeOf, type StreamPlace } from './stream-place.ts';
import type { AgreedWithId } from '../../connection/handshake/agreed.ts';
import type { Link } from '../../connection/link/link.ts';
import type { ChildConnection } from '../../stream/child/child-connection.ts';
import type { ParentEnd } from '../../stream/half/half-listener.ts';
import type { Children } from '../../stream/handles/children.ts';
import { AcceptedLanes, type LanesParent } from '../../stream/lane/accepted-lanes.ts';
import { Lane } from '../../stream/lane/lane.ts';
import type { OfferedStreams } from '../../stream/lane/lanes.ts';
import type { Parent } from '../../stream/half/parent.ts';

/** Where values hold no streams. */
const NOTHING_OFFERED: OfferedStreams = { take: () => undefined, find: () => undefined };

/**
 * The streams of one client at its server: child connections that verbs name, and lanes for streams
 * in values.
 */
export class ServerStreams {
  readonly children: Children;
  readonly #lanes: AcceptedLanes;
  readonly #parent: Parent;
  readonly #underWay: UnderWay;

  /**
   * @param children - of no other connection. Values may hold the streams of the client's session.
   * @param canResume - whether both ends can go on with a stream on another lane.
   * @param underWay - counts the streams that are open, or that the client may still ask for.
   */
  constructor(
    parent: Parent & LanesParent,
    children: Children,
    canResume: boolean,
    underWay: UnderWay,
  ) {
    this.#parent = parent;
    this.#underWay = underWay;
    this.children = children;
    const { valueStreams, verbStreams } = children;
    this.#lanes = new AcceptedLanes(parent, valueStreams ?? NOTHING_OFFERED, underWay);
    const counted = { produced: underWay, waiting: underWay };
    valueStreams?.attach({ peer: parent, lanes: this.#lanes, canResume, ...counted });
    verbStreams?.attach({ peer: parent, underWay, stalls: children.stalls });
  }

  /** The lanes that are not closed. */
  get lanes(): readonly Lane[] {
    return this.#lanes.all;
  }

  /** The part of `limits.maxChildren` that they take. */
  get places(): number {
    return this.children.places + this.#lanes.size;
  }

  /** A child was accepted that a verb will name. */
  addChild(child: ChildConnection): void {
    this.#underWay.enter();
    this.children.add(child);
  }

  /** The child is closed, and no call can name it any more. Returns whether it was there. */
  removeChild(id: bigint): boolean {
    const wasThere = this.children.remove(id);
    if (wasThere) this.#underWay.leave();
    return wasThere;
  }

  /**
   * The place of a child that is to carry a resumable stream; undefined if there can be none here.
   *
   * @throws ClosedError if the stream has gone on elsewhere.
   */
  placeFor(record: ChildStream): StreamPlace | undefined {
    const { verbStreams } = this.children;
    return verbStreams && placeOf(verbStreams, this.#parent, record);
  }

  /** A child was accepted that will carry value streams. */
  addLane(link: Link, agreed: AgreedWithId, rest: Buffer): void {
    const lane = new Lane(link, agreed, this.#parent, this.#lanes);
    this.#lanes.add(lane);
    lane.start(rest);
  }

  /** The main connection is gone. The streams of the session know on their own. */
  loseParent(cause: unknown, how: ParentEnd): void {
    this.children.loseParent(cause, how);
    this.#lanes.loseParent(cause, how);
  }
}
