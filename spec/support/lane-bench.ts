import { systemCollector } from '../../lib/base/collector.ts';
import { Link } from '../../lib/connection/link/link.ts';
import type { Limits } from '../../lib/settings/limits.ts';
import { raw } from '../../lib/serializer/raw.ts';
import type { AttachFrame } from '../../lib/stream/lane/attach-frame.ts';
import { Lane, type LaneOwner } from '../../lib/stream/lane/lane.ts';
import { Leaks } from '../../lib/stream/half/leaks.ts';
import type { Parent } from '../../lib/stream/half/parent.ts';
import { ParentFate } from '../../lib/stream/half/parent-fate.ts';
import { type LaneFrame, encodeLaneFrame } from '../../lib/wire/lane-frame.ts';
import type { MainMessage } from '../../lib/wire/main-message.ts';
import { testAgreed } from './agreed.ts';
import { ScriptedSocket } from './scripted-socket.ts';
import { type TestEnvironment, testEnvironment } from './test-environment.ts';
import { turns } from './turns.ts';
import { streamFrame } from './wire-bytes.ts';

/** A parent that writes down what it is to tell the peer. */
export class TestParent implements Parent {
  readonly environment: TestEnvironment;
  readonly name = 'peer';
  readonly leaks: Leaks;
  readonly fate: ParentFate;
  /** In order. */
  readonly told: MainMessage[] = [];
  /** Why the connection was closed. */
  cause: unknown;

  constructor(environment: TestEnvironment) {
    this.environment = environment;
    this.fate = new ParentFate(environment.clock, environment.limits.orphanTimeoutMs);
    this.leaks = new Leaks(systemCollector, {
      log: environment.log,
      who: 'test',
      stats: { streamLeaked: 0 },
    });
  }

  removeChild(): void {
    // Lanes are no children that calls can name.
  }

  tellPeer(message: MainMessage): void {
    this.told.push(message);
  }

  abort(cause: unknown): void {
    this.cause ??= cause;
  }
}

/** What makes a lane bench. */
export interface LaneBenchOptions {
  /** Whether the lane is that of the accepting side. @default false */
  readonly isAccepted?: boolean;
  readonly limits?: Partial<Limits>;
  readonly id?: bigint;
  readonly parent?: TestParent;
  /** Told in place of the bench's own, which writes down what comes. */
  readonly owner?: LaneOwner;
}

/** One end of a lane, whose socket, owner and parent the test plays. */
export class LaneBench implements LaneOwner {
  readonly socket: ScriptedSocket = new ScriptedSocket();
  readonly parent: TestParent;
  readonly lane: Lane;
  /** What the owner was told, in order: a frame that attaches, `idle` or `closed`. */
  readonly events: (AttachFrame | 'idle' | 'closed')[] = [];
  /** What the owner does with a frame that attaches. */
  onFrame: (frame: AttachFrame) => void = () => {};

  constructor(options: LaneBenchOptions = {}) {
    const { isAccepted = false, limits, id = 7n, owner = this } = options;
    this.parent = options.parent ?? new TestParent(testEnvironment(limits, { serializer: raw }));
    const { environment } = this.parent;
    const link = new Link(this.socket, environment, environment.limits.sinkBudgetBytes);
    const agreed = testAgreed({ connectionId: id, isAccepted });
    this.lane = new Lane(link, agreed, this.parent, owner);
    link.start(this.lane);
    this.lane.start(Buffer.alloc(0));
  }

  onAttach(_lane: Lane, frame: AttachFrame): void {
    this.events.push(frame);
    this.onFrame(frame);
  }

  onIdle(): void {
    this.events.push('idle');
  }

  onClosed(): void {
    this.events.push('closed');
  }

  /** Bytes come from the peer, in one chunk. */
  receive(...parts: readonly Uint8Array[]): void {
    this.socket.handlers.onData(Buffer.concat(parts));
  }

  /** The socket is closed. */
  close(error?: Error): void {
    this.socket.handlers.onClose(error);
  }

  /** What was written so far, in hex. */
  async written(): Promise<string> {
    await turns(1);
    return this.socket.written.toString('hex');
  }

  /** Whether our direction was ended. */
  get isEnded(): boolean {
    return this.socket.calls.includes('end');
  }
}

/** A lane frame's bytes. */
export function laneFrame(frame: LaneFrame): Buffer {
  return encodeLaneFrame(frame);
}

/** A message's bytes. */
export function message(text: string): Buffer {
  return streamFrame(Buffer.from(text));
}

/** The bytes that say how many messages there were. */
export function count(number: number): Buffer {
  return encodeLaneFrame({ type: 'count', number });
}
