import type { Environment } from '../../settings/environment.ts';
import { agreedExtension, type Extension } from '../../connection/handshake/extension.ts';
import type { ChildStream } from '../../connection/handshake/resume-record.ts';
import type { Link } from '../../connection/link/link.ts';
import { judgeInVain } from '../../connection/handshake/proof.ts';
import { RefusedError } from '../../errors/errors.ts';
import type { Peer } from '../../transport/transport.ts';
import { redactConnectionId } from '../../wire/connection-id.ts';
import type { Features } from '../../wire/feature.ts';
import type { AcceptorOptions } from './acceptor-options.ts';
import { isLocalPeer, isSamePeer } from './peer-identity.ts';
import type { ServerConnection } from '../server/server-connection.ts';

/** The rules for children that join main connections. */
export type ChildRules = Pick<
  AcceptorOptions,
  'hasStreaming' | 'hasExtension' | 'failedParentDelayMs' | 'isChildBoundToPeer'
>;

/** The parent of a child, and the use of the child. */
export interface FoundParent {
  readonly parent: ServerConnection;
  /**
   * The child's document of our extension; undefined if its parent does not speak the extension.
   */
  readonly extension: Extension | undefined;
  /** Whether the child is to carry value streams. */
  readonly isLane: boolean;
  /** The resumable stream that the child is to carry; undefined for none. */
  readonly stream: ChildStream | undefined;
}

/**
 * Finds the main connection that a child names, and checks that the child may join it. A refused
 * child learns nothing: every refusal takes the same time and ends in the same way. Only our log
 * has the reason.
 */
export class ParentSearch {
  readonly #environment: Environment;
  readonly #connections: ReadonlyMap<bigint, ServerConnection>;
  readonly #rules: ChildRules;

  /** @param connections - main connections by id. */
  constructor(
    environment: Environment,
    connections: ReadonlyMap<bigint, ServerConnection>,
    rules: ChildRules,
  ) {
    this.#environment = environment;
    this.#connections = connections;
    this.#rules = rules;
  }

  /**
   * Finds the parent of a child. A refusal is delayed to slow down guessing of ids. Peers on this
   * machine are exempt from the delay, because they share an address with sidecars.
   *
   * @param offered - the child's offer, with the id of its parent.
   * @param onRefused - called before the delay.
   * @returns a promise that is rejected, after the delay, if the child may not join.
   */
  async find(
    link: Link,
    id: bigint,
    offered: Features,
    onRefused: () => void,
  ): Promise<FoundParent> {
    try {
      return this.#find(link.peer, id, offered);
    } catch (error) {
      onRefused();
      if (!isLocalPeer(link.peer)) await this.#delay(link);
      throw error;
    }
  }

  #find(peer: Peer, id: bigint, offered: Features): FoundParent {
    const { extensionVersion } = this.#environment;
    const extension = agreedExtension(
      this.#rules.hasExtension,
      offered.extension,
      extensionVersion,
    );
    const parent = this.#candidate(peer, id);
    if (typeof parent === 'string') {
      judgeInVain('child', extension?.proof);
      throw refused(parent);
    }
    const problem = parent.proofs?.problemWith('child', extension?.proof, id);
    if (problem !== undefined) throw refused(`no child of ${redactConnectionId(id)}: ${problem}`);
    const { capabilities } = parent.agreed;
    const isLane = capabilities.lanes && extension?.isLane === true;
    const stream = capabilities.resume && !isLane ? extension?.stream : undefined;
    // A stream that goes on has its place already: its earlier connection is given up for it.
    const isNew = stream?.id === undefined;
    if (isNew && parent.streams.places >= this.#environment.limits.maxChildren) {
      throw refused('the parent has as many streams as limits.maxChildren allows');
    }
    return {
      parent,
      extension: capabilities.confirmations ? extension : undefined,
      isLane,
      stream,
    };
  }

  /**
   * The parent; or the reason why no child of this peer may join a parent with this id, with any
   * proof.
   */
  #candidate(peer: Peer, id: bigint): ServerConnection | string {
    const { hasStreaming, isChildBoundToPeer } = this.#rules;
    if (!hasStreaming) return 'streaming is not configured for the server';
    const parent = this.#connections.get(id);
    if (parent === undefined || parent.isEnded) {
      return `unknown parent connection ${redactConnectionId(id)}`;
    }
    const isForeign = isChildBoundToPeer && !isSamePeer(peer, parent.peer);
    return isForeign ? 'the parent connection belongs to another peer' : parent;
  }

  /** Waits for `failedParentDelayMs`, or until the link is closed. */
  #delay(link: Link): Promise<void> {
    const { failedParentDelayMs } = this.#rules;
    if (failedParentDelayMs === 0 || link.phase === 'closed') return Promise.resolve();
    const { onClosed } = link;
    return new Promise((resolve) => {
      const timer = this.#environment.clock.setTimeout(resolve, failedParentDelayMs);
      link.onClosed = () => {
        timer.cancel();
        onClosed?.(link);
        resolve();
      };
    });
  }
}

function refused(message: string): RefusedError {
  return new RefusedError(message, { initiator: 'remote' });
}
