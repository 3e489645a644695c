import { ReceivedFrames, SentFrames } from '../../wire/frame-positions.ts';
import { isKept, type MainMessage } from '../../wire/main-message.ts';

/**
 * The frames of one session, counted over all of its main connections: message ids rise in the whole
 * session, and the server learns how many replies have come.
 */
export class SessionFrames {
  readonly sent: SentFrames<MainMessage> = new SentFrames<MainMessage>('ids');
  readonly received: ReceivedFrames = new ReceivedFrames();
  /** Whether the session can go on on another connection, so that messages are kept for it. */
  readonly isKept: boolean;

  constructor(isKept: boolean) {
    this.isKept = isKept;
  }

  /** Gives a main message its id. It is kept if it has to be repeated when it was lost. */
  takeId(message: MainMessage): number {
    return this.isKept && isKept(message) ? this.sent.keep(message) : this.sent.send();
  }
}
