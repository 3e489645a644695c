import type { UnderWay } from '../../base/under-way.ts';
import { peerName } from '../../connection/link/peer-name.ts';
import type { Environment } from '../../settings/environment.ts';
import type { ChildConnection } from '../../stream/child/child-connection.ts';
import type { Leaks } from '../../stream/half/leaks.ts';
import type { Parent } from '../../stream/half/parent.ts';
import { ParentFate } from '../../stream/half/parent-fate.ts';
import type { Children } from '../../stream/handles/children.ts';
import type { Peer } from '../../transport/transport.ts';
import type { MainMessage } from '../../wire/main-message.ts';
import type { MainConnection } from './main-connection.ts';
import type { RequestWriter } from './request-writer.ts';

/** The server at the other end of a main connection, as the children of the connection see it. */
export class ServerPeer implements Parent {
  readonly environment: Environment;
  readonly name: string;
  /** The address that the main connection has reached. */
  readonly reached: Peer;
  /** The id of the main connection; undefined if the server has no streaming. */
  readonly connectionId: bigint | undefined;
  readonly leaks: Leaks;
  readonly fate: ParentFate;
  readonly #link: MainConnection['link'];
  readonly #requests: RequestWriter;
  readonly #children: Children;
  readonly #underWay: UnderWay;

  constructor(main: MainConnection, requests: RequestWriter, leaks: Leaks) {
    this.environment = main.environment;
    this.name = peerName('server', main.link.peer);
    this.reached = main.link.peer;
    this.connectionId = main.agreed.connectionId;
    this.leaks = leaks;
    const { clock, limits } = main.environment;
    this.fate = new ParentFate(clock, limits.orphanTimeoutMs);
    this.#link = main.link;
    this.#requests = requests;
    this.#children = main.children;
    this.#underWay = main.underWay;
  }

  /** The part of `limits.maxChildren` that the streams of verbs take. */
  get places(): number {
    return this.#children.places;
  }

  /** A child was dialed that a verb will name. */
  addChild(child: ChildConnection): void {
    this.#children.add(child);
    this.#underWay.enter();
  }

  removeChild(id: bigint, _isBroken: boolean): void {
    if (this.#children.remove(id)) this.#underWay.leave();
  }

  abort(cause: unknown): void {
    this.#link.abort(cause);
  }

  tellPeer(message: MainMessage): void {
    this.#requests.sendMainMessage(message);
  }
}
