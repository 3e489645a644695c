import type { Channel } from 'node:diagnostics_channel';
import {
  childEnd,
  childOpen,
  connectionEnd,
  type ConnectionEvent,
  connectionOpen,
  laneEnd,
  laneIdle,
  laneOpen,
} from '../../diagnostics/connection-channels.ts';
import type { Peer } from '../../transport/transport.ts';
import { redactConnectionId } from '../../wire/connection-id.ts';
import { placeName } from './peer-name.ts';

/** The uses of a link: a main connection, the connection of a verb's stream, or a lane for streams in values. */
export type LinkKind = 'connection' | 'child' | 'lane';

/** The facts of a link that its events show. */
interface UsedLink {
  readonly peer: Peer;
  readonly ageMs: number;
  readonly receivedBytes: number;
  readonly writer: { readonly sentBytes: number };
}

const OPENED: Readonly<Record<LinkKind, Channel>> = {
  connection: connectionOpen,
  child: childOpen,
  lane: laneOpen,
};
const CLOSED: Readonly<Record<LinkKind, Channel>> = {
  connection: connectionEnd,
  child: childEnd,
  lane: laneEnd,
};

/**
 * The use of a negotiated link. Reports the link's life to subscribers, with one object that is
 * made for the first of them.
 */
export class LinkUse {
  readonly kind: LinkKind;
  /** Our side of the link. */
  readonly side: 'client' | 'server';
  /** The id that the server gave the link; undefined if the server has no streaming. */
  readonly id: bigint | undefined;
  /** For a lane: the number of streams that it has carried. */
  streams = 0;
  readonly #parentId: bigint | undefined;
  #event: ConnectionEvent | undefined;

  /** @param parentId - of the main connection of a child or a lane. */
  constructor(
    kind: LinkKind,
    side: 'client' | 'server',
    id: bigint | undefined,
    parentId?: bigint,
  ) {
    this.kind = kind;
    this.side = side;
    this.id = id;
    this.#parentId = parentId;
  }

  /** The role of the other side. */
  get peerRole(): 'client' | 'server' {
    return this.side === 'client' ? 'server' : 'client';
  }

  /** The part of the id that may be shown. */
  get shownId(): string | undefined {
    return shown(this.id);
  }

  /** The link is open for this use. */
  onOpened(link: UsedLink): void {
    if (OPENED[this.kind].hasSubscribers) this.#publish(OPENED[this.kind], link);
  }

  /** The stream of a lane is over, and the next one may come. */
  onIdle(link: UsedLink): void {
    if (laneIdle.hasSubscribers) this.#publish(laneIdle, link);
  }

  /** The link is closed; without a cause if it was closed in order. */
  onClosed(link: UsedLink, cause: unknown): void {
    if (CLOSED[this.kind].hasSubscribers) this.#publish(CLOSED[this.kind], link, cause);
  }

  #publish(channel: Channel, link: UsedLink, cause?: unknown): void {
    const event = (this.#event ??= this.#makeEvent(link));
    event.receivedBytes = link.receivedBytes;
    event.sentBytes = link.writer.sentBytes;
    event.ageMs = link.ageMs;
    event.streams = this.streams;
    if (cause !== undefined) event.cause = cause;
    channel.publish(event);
  }

  #makeEvent({ peer }: UsedLink): ConnectionEvent {
    const { side, shownId: id } = this;
    return {
      side,
      peer: placeName(peer),
      id,
      parentId: shown(this.#parentId),
      receivedBytes: 0,
      sentBytes: 0,
      ageMs: 0,
      streams: 0,
    };
  }
}

function shown(id: bigint | undefined): string | undefined {
  return id === undefined ? undefined : redactConnectionId(id);
}
