import type { Clock } from '../../base/clock.ts';
import type { Link } from '../../connection/link/link.ts';
import { RefusedError } from '../../errors/errors.ts';
import type { MainMessage } from '../../wire/main-message.ts';
import { reasonBytes, withoutReason } from './kept-messages.ts';

/**
 * Bytes of main messages that may wait behind a full writer. More than all streams in values of a
 * connection take, if each of them is canceled once.
 */
const MAX_BACKLOG_BYTES = 8_388_608;

/** A message counts so much beside its document. */
const MESSAGE_BYTES = 64;

/**
 * Sends the main messages of one end of a main connection. A peer that does not read makes us keep
 * only a bounded number of them: while the writer is full, messages that repeat are skipped and
 * reasons are left out. Beyond the bound the connection is closed.
 */
export class MainOutbox {
  readonly #link: Pick<Link, 'writer' | 'abort'>;
  readonly #clock: Clock;
  readonly #send: (message: MainMessage) => void;
  /** What was sent since the writer became full. */
  #backlogBytes = 0;
  #isClosed = false;
  /** Takes messages that were told within a frame, if the connection is gone meanwhile. */
  #next: ((message: MainMessage) => void) | undefined;

  /** @param send - writes a message. It is not called within a frame. */
  constructor(
    link: Pick<Link, 'writer' | 'abort'>,
    clock: Clock,
    send: (message: MainMessage) => void,
  ) {
    this.#link = link;
    this.#clock = clock;
    this.#send = send;
  }

  /** Sends the message, unless nobody needs it any more. */
  tell(message: MainMessage): void {
    if (this.#isClosed) {
      this.#next?.(message);
      return;
    }
    const { writer } = this.#link;
    if (writer.isInFrame) {
      // Code in the value that is being written has canceled a stream, or fired a signal that
      // cancels one.
      this.#clock.defer(() => this.tell(message));
    } else if (writer.isFull) this.#tellBehind(message);
    else {
      this.#backlogBytes = 0;
      this.#send(message);
    }
  }

  /**
   * Sends nothing any more.
   *
   * @param next - takes what is told later. Default: nobody does.
   */
  close(next?: (message: MainMessage) => void): void {
    this.#isClosed = true;
    this.#next = next;
  }

  #tellBehind(message: MainMessage): void {
    if (isRepeated(message)) return;
    if (message.kind === 'pong') {
      // The keepalive sends no second one before the first is taken.
      this.#send(message);
      return;
    }
    const brief = withoutReason(message);
    this.#backlogBytes += MESSAGE_BYTES + reasonBytes(brief);
    if (this.#backlogBytes <= MAX_BACKLOG_BYTES) {
      this.#send(brief);
      return;
    }
    this.#isClosed = true;
    const text = `the peer does not read: ${MAX_BACKLOG_BYTES} bytes of main messages wait for it`;
    this.#link.abort(new RefusedError(text, { scope: 'connection', initiator: 'remote' }));
  }
}

/** Whether a later message will say the same, or nobody needs it. */
function isRepeated(message: MainMessage): boolean {
  const { kind } = message;
  // The answer to a ping has its number; 0 is a sign of life that nobody has asked for.
  if (kind === 'pong') return message.number === 0;
  return (
    kind === 'streams-renew' ||
    kind === 'streams-progress' ||
    kind === 'streams-sent' ||
    kind === 'children-progress' ||
    kind === 'children-sent'
  );
}
