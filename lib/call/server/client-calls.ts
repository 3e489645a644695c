import { UnderWay } from '../../base/under-way.ts';
import { peerName } from '../../connection/link/peer-name.ts';
import { Leaks } from '../../stream/half/leaks.ts';
import { Children } from '../../stream/handles/children.ts';
import { SessionStreams } from '../../stream/handles/session-streams.ts';
import { Gate } from '../limits/gate.ts';
import type { SentLog } from '../resume/sent-log.ts';
import type { AcceptedClient } from './accepted-client.ts';
import type { CallParts } from './call-parts.ts';
import { ClientLog } from './client-log.ts';
import { Dispatcher } from './dispatcher.ts';
import { Failures } from './failures.ts';
import { ReplyWriter } from './reply-writer.ts';
import type { ServerCore } from './server-core.ts';

/** The calls of one client with their streams in values, whichever connection they come on. */
export class ClientCalls {
  readonly dispatcher: Dispatcher;
  readonly parts: CallParts;
  readonly leaks: Leaks;
  /** Undefined if values can't hold streams, and those of verbs can't be resumed. */
  readonly streams: SessionStreams | undefined;
  /** Counts running handlers and open streams, among other things of the client. */
  readonly underWay: UnderWay = new UnderWay();
  readonly #core: ServerCore;

  /** @param sent - the frames of a client that can come back. */
  constructor(core: ServerCore, client: AcceptedClient, sent: SentLog | undefined) {
    const { environment, memory, resources, stats } = core;
    const { agreed, group, link } = client;
    const { clock, collector, log, serializer } = environment;
    const { capabilities, hasHandlerDuration, session } = agreed;
    const name = peerName('client', link.peer);
    this.#core = core;
    this.leaks = new Leaks(collector, { log, who: name, stats });
    this.streams = session && new SessionStreams(environment, this.leaks);
    const children = new Children(serializer, this.streams);
    const replies = new ReplyWriter(core, link, children, hasHandlerDuration, sent);
    this.parts = {
      log: new ClientLog(log, name),
      gate: new Gate(clock, memory, resources, link.writer),
      children,
      replies,
      failures: new Failures(core, replies, capabilities.structuredErrors),
      underWay: this.underWay,
    };
    this.dispatcher = new Dispatcher(core, this.parts, group);
  }

  /** Whether its end would lose a call or a stream. */
  get hasWork(): boolean {
    return this.streams?.isEmpty === false || !this.dispatcher.ongoing.isEmpty;
  }

  /** The memory that the resumable streams for the client take. */
  get keptBytes(): number {
    return this.streams?.memory.bytes ?? 0;
  }

  /**
   * The connection is lost. Replies and messages are kept for the next one.
   *
   * @param onKept - called for each reply that is kept.
   */
  detach(sent: SentLog, onKept: () => void): void {
    this.parts.replies.detach(sent, onKept);
    this.streams?.detach();
  }

  /** The client has another connection. Kept messages go out; streams in values follow it later. */
  attach({ link, agreed }: AcceptedClient): void {
    const { parts } = this;
    parts.children = new Children(this.#core.environment.serializer, this.streams);
    parts.gate.attach(link.writer);
    parts.replies.attach(link, parts.children, agreed.hasHandlerDuration);
  }
}
