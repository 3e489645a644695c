import { ReceivedFrames, SentFrames } from '../../wire/frame-positions.ts';
import { isKept, type MainMessage } from '../../wire/main-message.ts';
import { KeptMessages } from '../common/kept-messages.ts';

/**
 * The frames of one session, counted over all of its main connections: message ids rise in the whole
 * session, and the server learns how many replies have come.
 */
export class SessionFrames {
  readonly sent: SentFrames<MainMessage>;
  readonly received: ReceivedFrames = new ReceivedFrames();
  /** Whether the session can go on on another connection, so that messages are kept for it. */
  readonly isKept: boolean;
  readonly #messages: KeptMessages;

  /** @param maxPromised - streams in values that may be promised in one direction. */
  constructor(isKept: boolean, maxPromised: number) {
    this.isKept = isKept;
    this.#messages = new KeptMessages(maxPromised);
    this.sent = new SentFrames('ids', (message) => this.#messages.remove(message));
  }

  /** Whether more messages are kept than a server may leave untaken. */
  get isOverfull(): boolean {
    return this.#messages.isOverfull;
  }

  /** One of so many calls that wait for replies is given up now. */
  makeRoomForCalls(calls: number): void {
    this.#messages.makeRoomForCalls(calls);
  }

  /** Gives a main message its id. It is kept if it has to be repeated when it was lost. */
  takeId(message: MainMessage): number {
    if (!this.isKept || !isKept(message)) return this.sent.send();
    return this.sent.keep(this.#messages.add(message));
  }

  /**
   * Goes on with a server that has received all up to there. Returns the messages behind it, which
   * are to be sent again.
   */
  resumeAt(received: number): readonly MainMessage[] {
    const lost = this.sent.resumeAt(received);
    for (const message of lost) this.#messages.remove(message);
    return lost;
  }
}
