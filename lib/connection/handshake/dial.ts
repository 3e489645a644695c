import type { Compressor, CompressorFactory } from '../../compression/compressor.ts';
import { ClosedError, CompressionError, isRpcError, ProtocolError } from '../../errors/errors.ts';
import type { TransportSocket } from '../../transport/transport.ts';
import type { Features } from '../../wire/feature.ts';
import { encodeNegotiation } from '../../wire/negotiation-frame.ts';
import type { Environment } from '../../settings/environment.ts';
import { agreedExtension, type Extension } from './extension.ts';
import { Link } from '../link/link.ts';
import { readNegotiation } from './negotiation.ts';

/** What a dialed connection offers. */
export interface DialRequest {
  readonly environment: Environment;
  /** Connects once. */
  readonly dial: (signal: AbortSignal | undefined) => Promise<TransportSocket>;
  /** Made when there is a socket, and sent at once. */
  readonly makeOffer: () => Features;
  readonly compression: CompressorFactory | undefined;
  readonly budgetBytes: number;
  /** Gives up when it fires: dialing, or negotiating. */
  readonly signal: AbortSignal | undefined;
  /** Told of the link as soon as there is one, so that whoever gives up can close it. */
  onLink(link: Link): void;
}

/** A connection that was negotiated; its link is paused until it is handed over. */
export interface Dialed {
  readonly link: Link;
  readonly features: Features;
  /** What the server said to our extension; undefined where it was not offered or not answered. */
  readonly extension: Extension | undefined;
  readonly compressor: Compressor | undefined;
  takeRest(): Buffer;
}

/** Connects and negotiates. @throws ClosedError with the cause; nothing stays open then. */
export async function dialAndNegotiate(request: DialRequest): Promise<Dialed> {
  const socket = await connectSocket(request);
  const link = new Link(socket, request.environment, request.budgetBytes);
  request.onLink(link);
  const giveUp = (): void => link.destroy(request.signal?.reason);
  request.signal?.addEventListener('abort', giveUp);
  try {
    const offer = request.makeOffer();
    link.writer.writeUncompressed(encodeNegotiation(offer));
    const reading = readNegotiation(link, request.environment);
    if (request.signal?.aborted === true) giveUp();
    const negotiation = await reading;
    const { features } = negotiation;
    checkAnswer(offer, features);
    const extension = agreedExtension(offer.extension !== undefined, features.extension);
    const compressor = chosenCompressor(request, link, features.compress);
    if (compressor !== undefined) link.writer.compressor = compressor;
    return { link, features, extension, compressor, takeRest: () => negotiation.takeRest() };
  } catch (error) {
    link.destroy(error);
    throw error;
  } finally {
    request.signal?.removeEventListener('abort', giveUp);
  }
}

async function connectSocket(request: DialRequest): Promise<TransportSocket> {
  try {
    return await request.dial(request.signal);
  } catch (error) {
    if (isRpcError(error) || request.signal?.aborted === true) throw error;
    const text = error instanceof Error ? error.message : String(error);
    throw new ClosedError(`could not connect: ${text}`, 'transport', error);
  }
}

function checkAnswer(offer: Features, answer: Features): void {
  const unasked =
    (answer.hasTimeout && !offer.hasTimeout && 'TIMEOUT') ||
    (answer.hasHandlerDuration && !offer.hasHandlerDuration && 'HANDLER_DURATION') ||
    (answer.compress !== undefined && offer.compress === undefined && 'COMPRESS');
  if (unasked !== false)
    throw new ProtocolError(`the server agreed to ${unasked}, which was not offered`);
}

function chosenCompressor(
  request: DialRequest,
  link: Link,
  chosen: string | undefined,
): Compressor | undefined {
  if (chosen === undefined) return undefined;
  const compressor = request.compression?.negotiate(chosen, false, () =>
    link.writer.writeEmptyFrame(),
  );
  if (compressor !== undefined) return compressor;
  throw new CompressionError(
    `RPC server responded with compression ${JSON.stringify(chosen)} - unsupported`,
    'remote',
  );
}
