import { expect } from 'chai';

import { type FailedCall, Failures, HOOK_LIMIT_MS } from '../../../lib/call/server/failures.ts';
import { ReplyWriter } from '../../../lib/call/server/reply-writer.ts';
import type { ServerCore } from '../../../lib/call/server/server-core.ts';
import { decodeError } from '../../../lib/document/error-document.ts';
import { StatusError } from '../../../lib/errors/status-error.ts';
import { raw } from '../../../lib/serializer/raw.ts';
import type { ManualClock } from '../../../lib/simulation/manual-clock.ts';
import { Children } from '../../../lib/stream/handles/children.ts';
import { decodeException, type ExceptionBody } from '../../../lib/wire/exception-body.ts';
import { linkInMemory } from '../../support/memory-peer.ts';
import { testCore } from '../../support/server-bench.ts';
import { turns } from '../../support/turns.ts';

/** What a client gets of what `send` does. */
async function sentBy(
  send: (failures: Failures, clock: ManualClock) => void | Promise<void>,
  isClientStructured: boolean,
  options: Partial<Pick<ServerCore, 'errorText' | 'errorFilter'>> = {},
): Promise<ExceptionBody> {
  const core = testCore({ core: options });
  const { link, peer } = await linkInMemory(core.environment);
  const replies = new ReplyWriter(core, link, new Children(raw), false);
  await send(new Failures(core, replies, isClientStructured), core.environment.clock);
  const [reply] = await peer.takeReplies();
  expect(reply?.messageId).to.equal(-7);
  return decodeException(reply!.payload);
}

const CALL: FailedCall = { messageId: 7, durationUs: 1, isReplyWanted: true };

const ERROR = new Error('out of ink', { cause: new Error('no money') });

describe('Failures', () => {
  it('send an error as text, with those of its causes', async () => {
    const sent = await sentBy((failures) => failures.send(CALL, ERROR, false, () => {}), true);
    expect(sent).to.deep.equal({ kind: 'user', text: 'out of ink: no money' });
  });

  it('send the text that the server makes of an error', async () => {
    const errorText = (error: unknown): string => `sorry (${(error as Error).message})`;
    const sent = await sentBy((each) => each.send(CALL, ERROR, false, () => {}), true, {
      errorText,
    });
    expect(sent).to.deep.equal({ kind: 'user', text: 'sorry (out of ink)' });
  });

  it('send a text of their own where the making of one fails', async () => {
    const errorText = (): string => {
      throw new Error('secret');
    };
    const sent = await sentBy((each) => each.send(CALL, ERROR, false, () => {}), true, {
      errorText,
    });
    expect(sent).to.include({ kind: 'user' });
    expect((sent as { text: string }).text).to.not.contain('secret');
  });

  it('send an error as itself to a client that takes documents', async () => {
    const sent = await sentBy((failures) => failures.send(CALL, ERROR, true, () => {}), true);
    expect(sent.kind).to.equal('structured');
    const { document } = sent as Extract<ExceptionBody, { kind: 'structured' }>;
    expect(decodeError(document).message).to.equal('out of ink');
  });

  it('send an error of the file system without its path, unless the filter lets it pass', async () => {
    const path = '/etc/secret';
    const missing = Object.assign(new Error(`no file '${path}'`), { syscall: 'open', path });
    for (const errorFilter of [undefined, (error: unknown) => error]) {
      const options = errorFilter && { errorFilter };
      const sent = await sentBy((each) => each.send(CALL, missing, true, () => {}), true, options);
      const { document } = sent as Extract<ExceptionBody, { kind: 'structured' }>;
      const { message } = decodeError(document);
      expect(message).to.equal(errorFilter ? `no file '${path}'` : "no file '…'");
    }
    const text = await sentBy((each) => each.send(CALL, missing, false, () => {}), true);
    expect(text).to.deep.equal({ kind: 'user', text: "no file '…'" });
  });

  it('send the same error as text to a client that does not', async () => {
    const sent = await sentBy((failures) => failures.send(CALL, ERROR, true, () => {}), false);
    expect(sent).to.deep.equal({ kind: 'user', text: 'out of ink: no money' });
  });

  for (const isClientStructured of [true, false]) {
    it(`send what the filter makes of an error, documents taken: ${isClientStructured}`, async () => {
      const errorFilter = (): unknown => new Error('something failed');
      const sent = await sentBy(
        (each) => each.send(CALL, ERROR, true, () => {}),
        isClientStructured,
        {
          errorFilter,
        },
      );
      const text = sent.kind === 'structured' ? decodeError(sent.document).message : sent;
      expect(text).to.deep.equal(
        isClientStructured ? 'something failed' : { kind: 'user', text: 'something failed' },
      );
    });
  }

  it('send nothing of an error when the filter fails', async () => {
    const errorFilter = (): unknown => {
      throw ERROR;
    };
    const sent = await sentBy((each) => each.send(CALL, ERROR, true, () => {}), false, {
      errorFilter,
    });
    expect(sent).to.deep.equal({
      kind: 'user',
      text: 'the handler failed, and so did the error filter',
    });
  });

  describe('with hooks that take their time', () => {
    const FAILED = { kind: 'user', text: 'the handler failed, and so did the error filter' };

    it('send what the promise gives, and say when it was sent', async () => {
      let wasSent = false;
      const errorFilter = (): unknown => Promise.resolve(new Error('something failed'));
      const sent = await sentBy(
        (each) => each.send(CALL, ERROR, true, () => void (wasSent = true)),
        false,
        { errorFilter },
      );
      expect(sent).to.deep.equal({ kind: 'user', text: 'something failed' });
      expect(wasSent).to.equal(true);
    });

    it('send a fixed text where the promise rejects, of the filter as of the text', async () => {
      const failing = (): Promise<never> => Promise.reject(ERROR);
      const filtered = await sentBy((each) => each.send(CALL, ERROR, true, () => {}), false, {
        errorFilter: failing,
      });
      const text = await sentBy((each) => each.send(CALL, ERROR, false, () => {}), false, {
        errorText: failing,
      });
      expect([filtered, text]).to.deep.equal([FAILED, FAILED]);
    });

    it('send a fixed text where nothing comes for a second', async () => {
      const errorFilter = (): unknown => new Promise(() => {});
      const sent = await sentBy(
        (each, clock) => {
          each.send(CALL, ERROR, true, () => {});
          clock.advance(HOOK_LIMIT_MS);
        },
        false,
        { errorFilter },
      );
      expect(sent).to.deep.equal(FAILED);
    });

    it('send nothing once nobody listens any more', async () => {
      const call = { ...CALL, isReplyWanted: true };
      let settle: (error: Error) => void = () => {};
      const errorFilter = (): unknown => new Promise<Error>((resolve) => void (settle = resolve));
      const sent = await sentBy(
        async (each) => {
          each.send(call, ERROR, true, () => {});
          call.isReplyWanted = false;
          settle(new Error('too late'));
          await turns(1);
          each.send(CALL, new Error('the next'), false, () => {});
        },
        false,
        { errorFilter },
      );
      expect(sent).to.deep.equal({ kind: 'user', text: 'the next' });
    });
  });

  describe('of calls that are turned away', () => {
    const refusal = { text: 'too many calls', retryAfterMs: 250 };

    it('say so in words to a client without our extension', async () => {
      const sent = await sentBy((failures) => failures.sendRefusal(7, refusal, true), false);
      expect(sent).to.deep.equal({ kind: 'user', text: 'too many calls' });
    });

    it('say to a verb’s caller that another try may succeed', async () => {
      const sent = await sentBy((failures) => failures.sendRefusal(7, refusal, false), true);
      expect(sent).to.deep.equal({ kind: 'refused', text: 'too many calls' });
    });

    it('say to a method’s caller also when to try again', async () => {
      const sent = await sentBy((failures) => failures.sendRefusal(7, refusal, true), true);
      const { document } = sent as Extract<ExceptionBody, { kind: 'structured' }>;
      const error = decodeError(document);
      expect(error).to.be.instanceOf(StatusError);
      expect(error).to.include({ retryable: true, retryAfterMs: 250 });
    });
  });
});
