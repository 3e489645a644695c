import type { Client, Server } from '../../../lib/index.ts';
import type { NodeProcess } from '../../../lib/simulation/world/node.ts';
import type { World } from '../../../lib/simulation/world/world.ts';
import type { SeenConnection, SeenLoss } from './history.ts';

/** Takes down what clients and servers tell of their main connections. */
export class SeenConnections {
  readonly changes: SeenConnection[] = [];
  readonly losses: SeenLoss[] = [];
  readonly #world: Pick<World, 'clock'>;
  readonly #leaving = new Set<NodeProcess>();

  constructor(world: Pick<World, 'clock'>) {
    this.#world = world;
  }

  /** @param number - counts the clients of the node from 1 on. */
  watchClient(client: Client, running: NodeProcess, number: number): void {
    const { name } = running;
    const add = (kind: SeenConnection['kind'], id?: bigint): void => {
      this.changes.push({
        client: name,
        number,
        atMs: this.#world.clock.now(),
        kind,
        id: id?.toString(),
      });
    };
    client.on('connected', ({ resumed, connectionId }) => {
      add(resumed ? 'resumed' : 'connected', connectionId);
    });
    client.on('disconnected', ({ willReconnect, connectionId }) => {
      if (willReconnect) add('lost', connectionId);
    });
    client.on('closed', () => add(this.#leaving.has(running) ? 'left' : 'closed'));
  }

  /** All operations of the process have ended: its clients are closed from now on. */
  onLeaving(running: NodeProcess): void {
    this.#leaving.add(running);
  }

  watchServer(server: Server): void {
    server.on('disconnected', ({ peer }) => {
      this.losses.push({ client: peer.address, atMs: this.#world.clock.now() });
    });
  }
}
