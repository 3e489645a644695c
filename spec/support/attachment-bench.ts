import { systemCollector } from '../../lib/base/collector.ts';
import { Attachment, type AttachmentOwner } from '../../lib/call/client/attachment.ts';
import { ClientMetrics } from '../../lib/call/client/client-metrics.ts';
import { SessionFrames } from '../../lib/call/client/session-frames.ts';
import type { PendingCall } from '../../lib/call/client/pending-call.ts';
import { Prover } from '../../lib/connection/handshake/proof.ts';
import { MetricsRegistry } from '../../lib/diagnostics/stats.ts';
import { raw } from '../../lib/serializer/raw.ts';
import type { Limits } from '../../lib/settings/limits.ts';
import type { ParentEnd } from '../../lib/stream/half/half-listener.ts';
import { Leaks } from '../../lib/stream/half/leaks.ts';
import { SessionStreams } from '../../lib/stream/handles/session-streams.ts';
import { type Signature, type Verb, verb } from '../../lib/verb/verb.ts';
import type { Features } from '../../lib/wire/feature.ts';
import type { GoingAway, MainMessage } from '../../lib/wire/main-message.ts';
import { PlayedNetwork, type PlayedPeer } from './played-network.ts';

/** A verb of bytes. */
export const BYTES: Verb<(bytes: Uint8Array) => Uint8Array> = verb(7, { args: raw, result: raw });

/** One attachment whose server the test plays, and whose owner writes down what it is told. */
export class AttachmentBench implements AttachmentOwner {
  readonly network: PlayedNetwork;
  readonly metrics: ClientMetrics = new ClientMetrics(new MetricsRegistry(), 'bench');
  readonly leaks: Leaks;
  readonly streams: SessionStreams;
  /** What the owner was told, in order. */
  readonly told: unknown[] = [];
  canRepeat: boolean = false;
  #attachment: Attachment | undefined;

  private constructor(network: PlayedNetwork) {
    const { environment } = network;
    this.network = network;
    this.leaks = new Leaks(systemCollector, {
      log: environment.log,
      who: 'client',
      stats: this.metrics.stats,
    });
    this.streams = new SessionStreams(environment, this.leaks);
  }

  /**
   * An attachment that has started.
   *
   * @param answer - what the server says; by default what ours does.
   * @param messages - come right behind that.
   */
  static async start(
    answer?: Partial<Features>,
    limits: Partial<Limits> = {},
    ...messages: readonly MainMessage[]
  ): Promise<AttachmentBench> {
    const network = await PlayedNetwork.start(limits);
    const bench = new AttachmentBench(network);
    const { dialer, environment } = network;
    const dialing = dialer.dial(
      () => dialer.offer,
      environment.limits.mainBudgetBytes,
      { what: 'connecting', scope: 'connection' },
      [],
    );
    await network.settle();
    network.peer.takeOffer();
    network.peer.answer(answer ?? network.ours(5n), ...messages);
    const main = await dialing;
    const { connectionId, session: key } = main.agreed;
    const session = {
      streams: bench.streams,
      frames: new SessionFrames(false, 16),
      prover: key && new Prover(key, connectionId ?? 0n, environment.random),
    };
    const attachment = new Attachment(main, dialer, session, bench.metrics);
    bench.#attachment = attachment;
    attachment.carryStreams();
    attachment.start(bench);
    return bench;
  }

  get attachment(): Attachment {
    if (this.#attachment === undefined) throw new Error('not started');
    return this.#attachment;
  }

  /** The server's end of the main connection. */
  get main(): PlayedPeer {
    const [main] = this.network.peers;
    if (main === undefined) throw new Error('nobody has connected');
    return main;
  }

  onGoingAway(_attachment: Attachment, message: GoingAway): void {
    this.told.push(['going away', message.graceMs]);
  }

  onOver(attachment: Attachment, cause: Error, how: ParentEnd): void {
    this.told.push(['over', cause.message, how]);
    attachment.end(cause, how);
  }

  repeat(calls: readonly PendingCall[]): void {
    this.told.push(['repeat', calls]);
  }

  /** Ends it at once; nothing may be left. */
  async close(): Promise<void> {
    this.attachment.end(new Error('the test is over'), 'aborted');
    this.network.dialer.links.abortAll(undefined);
    await this.network.settle();
  }
}

/** A call that a test has made, with its promise. */
export interface MadeCall {
  readonly pending: PendingCall;
  readonly result: Promise<unknown>;
}

/** A call that is ready to be sent. */
export function makeCall(
  called: Verb<Signature>,
  args: unknown[],
  options: Partial<Pick<PendingCall, 'deadline' | 'timeoutMs' | 'holder' | 'isIdempotent'>> = {},
): MadeCall {
  const { promise, resolve, reject } = withResolvers();
  promise.catch(() => {});
  const pending: PendingCall = {
    verb: called,
    args,
    deadline: undefined,
    timeoutMs: undefined,
    resolve,
    reject,
    guard: undefined,
    holder: { peer: 'played:1', cancel: () => {} },
    site: undefined,
    place: 0,
    messageId: 0,
    sentAt: 0,
    children: undefined,
    isIdempotent: false,
    mayHaveRun: false,
    watched: undefined,
    ...options,
  };
  return { pending, result: promise };
}

function withResolvers(): {
  promise: Promise<unknown>;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
} {
  let resolve!: (value: unknown) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<unknown>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
