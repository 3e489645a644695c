import type { UnderWay } from '../../base/under-way.ts';
import type { AgreedWithId } from '../../connection/handshake/agreed.ts';
import type { Link } from '../../connection/link/link.ts';
import type { ChildConnection } from '../../stream/child/child-connection.ts';
import type { ParentEnd } from '../../stream/half/half-listener.ts';
import { Children } from '../../stream/handles/children.ts';
import { AcceptedLanes, type LanesParent } from '../../stream/lane/accepted-lanes.ts';
import { Lane } from '../../stream/lane/lane.ts';
import type { Parent } from '../../stream/half/parent.ts';
import { ValueStreams } from '../../stream/value/value-streams.ts';

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
   * @param hasValueStreams - whether values may hold streams: both ends speak our extension, and
   *   the server has streaming.
   * @param underWay - counts the streams that are open, or that the client may still ask for.
   */
  constructor(parent: Parent & LanesParent, hasValueStreams: boolean, underWay: UnderWay) {
    this.#parent = parent;
    this.#underWay = underWay;
    const valueStreams = hasValueStreams
      ? new ValueStreams(parent.environment, parent.leaks)
      : undefined;
    this.children = new Children(parent.environment.serializer, valueStreams);
    this.#lanes = new AcceptedLanes(parent, (number) => valueStreams?.take(number), underWay);
    valueStreams?.attach({ peer: parent, lanes: this.#lanes, produced: underWay });
  }

  /** The lanes that are not closed. */
  get lanes(): readonly Lane[] {
    return this.#lanes.all;
  }

  /** The number of child connections of both kinds. */
  get connections(): number {
    return this.children.size + this.#lanes.size;
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

  /** A child was accepted that will carry value streams. */
  addLane(link: Link, agreed: AgreedWithId, rest: Buffer): void {
    const lane = new Lane(link, agreed, this.#parent, this.#lanes);
    this.#lanes.add(lane);
    lane.start(rest);
  }

  /** The main connection is gone. */
  loseParent(cause: unknown, how: ParentEnd): void {
    this.children.loseParent(cause, how);
    this.#lanes.loseParent(cause, how);
    this.children.valueStreams?.end(cause);
  }
}
