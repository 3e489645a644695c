import type { Alarm } from '../../base/alarm.ts';
import { ClosedError, StreamClosedError } from '../../errors/errors.ts';
import type { ParentEnd } from '../half/half-listener.ts';
import { blamedFor } from '../half/half-state.ts';
import type { Naming } from '../half/named-stream.ts';
import type { Judge } from '../half/parent-fate.ts';
import { startFinishAlarm, startIdleAlarm } from './child-alarms.ts';
import { type EndingChild, isBroken, isComplete } from './child-facts.ts';
import type { ChildHalves } from './child-halves.ts';
import { endStep, mayStillBeNamed } from './end-policy.ts';
import { EosConfirmation } from './eos-confirmation.ts';
import { OrphanWatch } from './orphan-watch.ts';

/**
 * The end of a child connection: whether the peer's reader has taken our end of stream, which side
 * ends the connection, how long that may take, and when no call can ask for the stream any more.
 *
 * There may be many children, most of them idle. Parts that only some of them need are made when
 * they are needed.
 */
export class ChildEnding {
  readonly #child: EndingChild;
  readonly #halves: ChildHalves;
  /** Set when our end of stream is sent. */
  #confirmation: EosConfirmation | undefined;
  /** Set when the parent connection is gone. */
  #orphan: OrphanWatch | undefined;
  /** See `startIdleAlarm`. */
  #idleAlarm: Alarm | undefined;
  /** See `startFinishAlarm`. */
  #finishAlarm: Alarm | undefined;

  constructor(child: EndingChild, halves: ChildHalves) {
    this.#child = child;
    this.#halves = halves;
  }

  /**
   * Whether the peer's reader may still take our end of stream. A stream that no call named has no
   * reader.
   */
  get isUnconfirmed(): boolean {
    if (this.#confirmation?.isPending !== true) return false;
    const { naming } = this.#child;
    return naming === 'calling' || naming === 'named';
  }

  /** Whether anybody waits for the confirmation. */
  get isConfirmationAwaited(): boolean {
    const confirmation = this.#confirmation;
    return confirmation?.isAwaited === true && confirmation.isPending;
  }

  /** Whether somebody who waited for the confirmation is told that it was lost. */
  get isLossTold(): boolean {
    return this.#confirmation?.isLossTold === true;
  }

  /** Whether a call with our sink may still fail, or has failed. */
  get #isUnanswered(): boolean {
    return !this.#child.agreed.isAccepted && this.#child.naming !== 'named';
  }

  /** Gives the child up if no call names it in time. */
  awaitName(): void {
    const child = this.#child;
    this.#idleAlarm = startIdleAlarm(child.parent.environment, (cause) => {
      child.abort(cause, 'local');
      child.setNaming('refused');
    });
  }

  /** A call names the child, or no call ever will. */
  endAwaitingName(): void {
    this.#idleAlarm?.clear();
    this.#idleAlarm = undefined;
  }

  /** Our end of stream was written. */
  onEosSent(): void {
    this.#confirmation = new EosConfirmation(this.#child, () => this.maybeForget());
  }

  /** Resolves when the peer's reader has taken our end of stream; there is no time limit. */
  whenConfirmed(): Promise<void> {
    return this.#confirmation?.wait() ?? Promise.reject(this.#halves.sinkState.closedError());
  }

  /** The peer's reader has taken our end of stream. */
  confirmEos(): void {
    this.#confirmation?.confirm();
  }

  /** The call that names the stream is on its way, was answered, or has failed. */
  onNaming(naming: Naming): void {
    this.endAwaitingName();
    this.#confirmation?.decide(naming);
  }

  /**
   * The FIN of a peer without our extension. Its reader sends one when it has taken our end of
   * stream. A process that dies sends one as well. While the call that names the stream is
   * unanswered, we can't tell them apart.
   */
  onFin(): void {
    if (!this.#isUnanswered) {
      this.confirmEos();
      return;
    }
    const { link, naming } = this.#child;
    this.#confirmation?.hold(link.phase === 'open');
    this.#confirmation?.decide(naming);
  }

  /** It can't be known any more whether the peer's reader has taken our end of stream. */
  loseConfirmation(cause: unknown): void {
    this.#confirmation?.lose(cause);
  }

  /**
   * The parent connection is gone. A source reads the messages under way: the peer may have ended
   * the stream in order before it closed the parent.
   */
  loseParent(cause: unknown, how: ParentEnd): void {
    const { link, input, parent, agreed } = this.#child;
    const { sinkState, sourceState } = this.#halves;
    this.endAwaitingName();
    this.#orphan ??= new OrphanWatch(parent, input, cause, () =>
      this.#child.abort(cause, 'remote'),
    );
    if (agreed.capabilities.confirmations || this.#isUnanswered) this.loseConfirmation(cause);
    if (how === 'lost' && sourceState.phase === 'open') {
      this.#halves.abortSink(cause, 'remote');
      // No more is sent, and the peer learns this at once. Messages under way can still be read.
      if (sinkState.phase === 'failed') link.end();
      this.#orphan.touch();
      return;
    }
    this.#halves.abort(cause, how === 'lost' ? 'remote' : 'local');
    if (how === 'aborted') link.abort(cause);
    else link.close(cause, true);
    // If the link was closed before, nothing else reports that no call will name the stream.
    this.maybeForget();
  }

  /** Bytes came, or a reader began or ceased to wait. */
  touch(): void {
    this.#orphan?.touch();
  }

  /** Ends the connection if both halves are finished and it is our turn. */
  maybeEnd(): void {
    const step = endStep(this.#child);
    if (step === 'none') return;
    const { link, sinkState, sourceState } = this.#child;
    if (step === 'close') {
      link.close(sinkState.cause ?? sourceState.cause);
      return;
    }
    if (step === 'end') link.end();
    this.#awaitPeerEnd();
  }

  /** The peer has ended its direction. If that is early, the halves learn why first. */
  onPeerEnd(): void {
    if (isComplete(this.#child)) {
      this.#onPeerEnded();
      return;
    }
    this.#judge((cause) => {
      const ended = new ClosedError('the peer has closed the stream', 'remote');
      this.#halves.abortSink(cause ?? ended, 'remote');
      this.#halves.endInput(cause ?? endedEarly());
      this.#onPeerEnded();
    });
  }

  /** The link is closed. */
  onClose(): void {
    const { link } = this.#child;
    if (isComplete(this.#child) && !link.writer.isAwaited) this.#onClosed();
    else
      this.#judge((cause) => {
        const end = cause ?? link.cause;
        this.#halves.abortSink(end, blamedFor(end));
        this.#halves.endInput(end);
        this.#onClosed(cause);
      });
  }

  #onPeerEnded(): void {
    const { agreed, link, naming, parent, sourceState } = this.#child;
    if (sourceState.phase === 'open') return;
    if (!agreed.capabilities.confirmations) this.onFin();
    if (naming === 'named' || naming === 'refused' || !agreed.isAccepted) this.maybeEnd();
    else if (parent.environment.compatibility.isFinSentAtOnce) link.end();
  }

  /** Both halves know that the link is closed, with a cause if its own is not the first one. */
  #onClosed(cause?: unknown): void {
    const { link } = this.#child;
    link.writer.lose(() => this.#halves.sinkState.lostError(cause ?? link.cause));
    this.#orphan?.end();
    this.#finishAlarm?.clear();
    this.#confirmation?.onLinkClosed();
    this.maybeForget();
  }

  /**
   * Leaves the parent's table once the link is closed and no call can ask for the stream any more.
   */
  maybeForget(): void {
    const child = this.#child;
    if (child.link.phase !== 'closed') return;
    if (mayStillBeNamed(child.naming, child.agreed.isAccepted, this.#orphan !== undefined)) return;
    if (child.agreed.capabilities.confirmations && this.isUnconfirmed) return;
    // No call will ask: the timer of a waiting confirmation must not outlive the stream. An orderly end
    // is not asked for its cause, as an error would cost a stack trace (`open.cold`).
    if (this.#confirmation?.isPending === true) this.loseConfirmation(child.link.cause);
    child.parent.removeChild(child.id, isBroken(child));
  }

  /** The main connection may have ended as well. If nobody is told, that does not matter. */
  #judge(judge: Judge): void {
    if (this.#isWorthAsking && this.#orphan === undefined) this.#child.parent.fate.judge(judge);
    else judge(this.#orphan?.cause);
  }

  /** A server that sends must stop at once. A client learns why its stream has ended. */
  get #isWorthAsking(): boolean {
    const { link, sinkState, sourceState, agreed } = this.#child;
    const isSending = sinkState.phase === 'open';
    if (agreed.isAccepted) return !isSending && sourceState.phase === 'open';
    return isSending || sourceState.phase === 'open' || link.writer.isAwaited;
  }

  /**
   * Gives a finished connection up after a while, but not while somebody waits for the reader at
   * its other end, or while that reader has yet to confirm: it may be slow, and would lose the rest.
   * As long as the network takes more of what was sent, the peer can't have come to the end.
   */
  #awaitPeerEnd(): void {
    const { agreed, parent, link } = this.#child;
    const { waitingBytes } = link;
    this.#finishAlarm?.clear();
    this.#finishAlarm = startFinishAlarm(parent.environment, (cause) => {
      const mayConfirm = agreed.capabilities.confirmations && this.isUnconfirmed;
      const isSending = link.waitingBytes < waitingBytes;
      if (mayConfirm || isSending || this.isConfirmationAwaited) this.#awaitPeerEnd();
      else link.close(cause);
    });
  }
}

function endedEarly(): StreamClosedError {
  return new StreamClosedError('the peer closed the stream without end of stream', 'remote');
}
