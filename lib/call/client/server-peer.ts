import type { UnderWay } from '../../base/under-way.ts';
import type { Environment } from '../../settings/environment.ts';
import type { Leaks } from '../../stream/half/leaks.ts';
import type { Parent } from '../../stream/half/parent.ts';
import type { Children } from '../../stream/handles/children.ts';
import type { MainMessage } from '../../wire/main-message.ts';
import type { RequestWriter } from './request-writer.ts';

/** The main connection to a server, and the client that has it. */
export interface ServerPeerOptions {
  readonly environment: Environment;
  readonly leaks: Leaks;
  readonly requests: RequestWriter;
  readonly children: Children;
  readonly underWay: UnderWay;
}

/** The server at the other end of a main connection, as the children of the connection see it. */
export class ServerPeer implements Parent {
  readonly environment: Environment;
  readonly name: string = 'server';
  readonly leaks: Leaks;
  readonly #requests: RequestWriter;
  readonly #children: Children;
  readonly #underWay: UnderWay;

  constructor(options: ServerPeerOptions) {
    this.environment = options.environment;
    this.leaks = options.leaks;
    this.#requests = options.requests;
    this.#children = options.children;
    this.#underWay = options.underWay;
  }

  removeChild(id: bigint, _isBroken: boolean): void {
    if (this.#children.remove(id)) this.#underWay.leave();
  }

  tellPeer(message: MainMessage): void {
    this.#requests.sendMainMessage(message);
  }
}
