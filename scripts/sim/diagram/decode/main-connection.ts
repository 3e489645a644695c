import type { ByteQueue } from '../../../../lib/base/byte-queue.ts';
import { MAIN_MESSAGE_ID, MAIN_MESSAGE_VERB } from '../../../../lib/call/common/main-messages.ts';
import { messageOf } from '../../../../lib/errors/foreign.ts';
import { decodeException } from '../../../../lib/wire/exception-body.ts';
import { decodeMainMessage, type MainMessage } from '../../../../lib/wire/main-message.ts';
import { takeRequestHeader } from '../../../../lib/wire/request-frame.ts';
import { takeResponseHeader } from '../../../../lib/wire/response-frame.ts';
import type { DecodedFrame, WireNames } from './frame.ts';
import { shortId } from './negotiation.ts';
import { hexText, seenServiceTuple, seenTuple } from './payload.ts';

/** The differences between main connections that the negotiation has settled. */
export interface MainTerms {
  readonly hasTimeout: boolean;
  readonly hasDuration: boolean;
  readonly hasExtension: boolean;
}

/** Verbs with this bit are those of services' methods. */
const SERVICE_BIT = 1n << 63n;

/** Many of them say the same, and may be told together. */
const RUNS: Partial<Record<MainMessage['kind'], string>> = {
  ping: 'pings and pongs',
  pong: 'pings and pongs',
  'streams-renew': 'renewals',
  'streams-progress': 'questions for progress',
  'streams-sent': 'answers about progress',
  'children-progress': 'questions for progress',
  'children-sent': 'answers about progress',
};

/** Reads the requests and the replies of one main connection. Requests come first. */
export class MainConnectionReader {
  readonly #terms: MainTerms;
  readonly #names: WireNames;
  /** The verbs of calls, by their message ids. */
  readonly #verbs = new Map<number, number | bigint>();

  constructor(terms: MainTerms, names: WireNames) {
    this.#terms = terms;
    this.#names = names;
  }

  /** Takes a request off the front; undefined if it is not whole. */
  readonly takeRequest = (bytes: ByteQueue): DecodedFrame | undefined => {
    const { hasTimeout, hasExtension } = this.#terms;
    const header = takeRequestHeader(bytes, hasTimeout);
    if (header === undefined || bytes.byteLength < header.payloadBytes) return undefined;
    const { verb, messageId, timeoutMs } = header;
    const payload = bytes.take(header.payloadBytes);
    if (hasExtension && verb === MAIN_MESSAGE_VERB) return seenMainMessage(payload);
    this.#verbs.set(messageId, verb);
    const { first, text } = this.#seen(verb, payload);
    const limit = timeoutMs === 0 ? undefined : `within ${timeoutMs} ms`;
    const parts = [`call ${messageId}`, this.#nameOf(verb), this.#names.value?.(first), limit];
    return { kind: 'request', text: joined(parts), detail: text };
  };

  /** Takes a reply off the front; undefined if it is not whole. */
  readonly takeReply = (bytes: ByteQueue): DecodedFrame | undefined => {
    const { hasDuration, hasExtension } = this.#terms;
    const header = takeResponseHeader(bytes, hasDuration);
    if (header === undefined || bytes.byteLength < header.payloadBytes) return undefined;
    const { messageId } = header;
    const payload = bytes.take(header.payloadBytes);
    if (hasExtension && messageId === MAIN_MESSAGE_ID) return seenMainMessage(payload);
    const id = Math.abs(messageId);
    const verb = this.#verbs.get(id) ?? 0;
    const name = this.#nameOf(verb);
    if (messageId < 0) {
      const { text, detail } = seenException(payload);
      return { kind: 'exception', text: joined([`failure ${id}`, name, text]), detail };
    }
    const detail = payload.length === 0 ? '' : this.#seen(verb, payload).text;
    return { kind: 'reply', text: joined([`reply ${id}`, name]), detail };
  };

  #seen(verb: number | bigint, payload: Buffer): ReturnType<typeof seenTuple> {
    const isService = typeof verb === 'bigint' && (verb & SERVICE_BIT) !== 0n;
    return isService ? seenServiceTuple(payload) : seenTuple(payload);
  }

  #nameOf(verb: number | bigint): string {
    const number = typeof verb === 'bigint' ? verb.toString(16) : String(verb);
    return this.#names.verb?.(verb) ?? `verb ${number}`;
  }
}

function seenMainMessage(payload: Buffer): DecodedFrame {
  try {
    const message = decodeMainMessage(payload);
    if (message === undefined) {
      return { kind: 'main', text: `main message ${payload[0]}`, detail: hexText(payload) };
    }
    const { text, detail } = mainMessageText(message);
    return { kind: 'main', text, detail, run: RUNS[message.kind] };
  } catch (error) {
    return { kind: 'unread', text: messageOf(error), detail: hexText(payload) };
  }
}

function mainMessageText(message: MainMessage): { text: string; detail: string } {
  const { kind } = message;
  if ('reason' in message) {
    const number = 'number' in message ? message.number : message.messageId;
    const { reason } = message;
    return { text: `${kind} ${number}`, detail: reason.length === 0 ? '' : seenTuple(reason).text };
  }
  const words = wordsOf(message);
  return { text: joined([kind, ...words]), detail: '' };
}

function wordsOf(message: MainMessage): string[] {
  if ('streamId' in message) return [shortId(message.streamId)];
  if ('numbers' in message) return message.numbers.map(String);
  if ('words' in message) return message.words.map(shortId);
  if (message.kind === 'going-away') {
    return message.graceMs === undefined ? [] : [`${message.graceMs} ms`];
  }
  return 'number' in message ? [String(message.number)] : [];
}

function seenException(payload: Buffer): { text: string; detail: string } {
  try {
    const body = decodeException(payload);
    switch (body.kind) {
      case 'user':
        return { text: `"${body.text}"`, detail: body.text };
      case 'refused':
      case 'lost':
        return { text: `${body.kind}: "${body.text}"`, detail: body.text };
      case 'structured': {
        const { text } = seenTuple(body.document);
        return { text: 'error', detail: text };
      }
      case 'unknown-verb':
        return { text: 'unknown verb', detail: body.verb.toString(16) };
      default:
        return { text: `exception of type ${body.type}`, detail: hexText(payload) };
    }
  } catch (error) {
    return { text: messageOf(error), detail: hexText(payload) };
  }
}

function joined(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(' ');
}
