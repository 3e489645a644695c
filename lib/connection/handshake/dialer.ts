import type { Clock, Timer } from '../../base/clock.ts';
import { Deferred } from '../../base/deferred.ts';
import { setFairTimeout } from '../../base/fair-timer.ts';
import { sharedAbortController } from '../../base/shared-abort.ts';
import type { WaitSubject } from '../../base/waiting.ts';
import type { Compressor } from '../../compression/compressor.ts';
import { tellHandshake } from '../../diagnostics/handshake-channels.ts';
import { TlsError } from '../../errors/access-errors.ts';
import { ClosedError, CompressionError, ProtocolError, TimeoutError } from '../../errors/errors.ts';
import { isRpcError } from '../../errors/rpc-error.ts';
import { messageOf } from '../../errors/foreign.ts';
import type { Environment } from '../../settings/environment.ts';
import type { Peer, TransportSocket } from '../../transport/transport.ts';
import { tlsProblem } from '../../transport/tls-problem.ts';
import type { Features } from '../../wire/feature.ts';
import { encodeNegotiation } from '../../wire/negotiation-frame.ts';
import { writeEmptyFrame } from '../link/empty-frame.ts';
import { Link } from '../link/link.ts';
import { LinkCensus } from '../link/link-census.ts';
import { peerName, placeName } from '../link/peer-name.ts';
import { type Agreed, agreedOn } from './agreed.ts';
import { agreedExtension } from './extension.ts';
import { readNegotiation, type RefusalIn } from './negotiation.ts';
import { refusalIn } from './refusal.ts';

type Place = Pick<Peer, 'address' | 'port'>;

/** The server, with the place that the options name. */
export interface Destination extends Place {
  /**
   * Connects, unless the signal fires.
   *
   * @param reached - the server as an earlier connection has reached it: its name is not looked up
   *   again.
   */
  readonly connect: (signal: AbortSignal, reached?: Peer) => Promise<TransportSocket>;
}

/** How a main connection is opened. */
export interface MainAttempt {
  /** The server as an earlier connection has reached it; undefined to look for it. */
  readonly reached?: Peer | undefined;
  /** Gives the token of this connection, before it is opened; undefined where the offer is the same each time. */
  readonly askToken?: (() => Promise<string | undefined>) | undefined;
}

/** A negotiated connection. Its link is paused until it is handed over. */
export interface Dialed {
  readonly link: Link;
  readonly agreed: Agreed;
  takeRest(): Buffer;
}

/**
 * Opens the connections of one client to one server: main connections and children. Knows each of
 * them until it is closed.
 */
export class Dialer {
  /** The connections that are open, negotiated or not. */
  readonly links: LinkCensus = new LinkCensus();
  readonly environment: Environment;
  /** The offer of a main connection. */
  readonly offer: Features;
  readonly #destination: Destination;
  readonly #connectTimeoutMs: number;
  readonly #giveUp = sharedAbortController();
  #opening = 0;

  /**
   * @param offer - of a main connection; children repeat it without TIMEOUT and the token.
   * @param connectTimeoutMs - milliseconds that one attempt may take, from the name look-up to the
   *   end of the negotiation; 0 and Infinity mean no such limit.
   */
  constructor(
    environment: Environment,
    destination: Destination,
    offer: Features,
    connectTimeoutMs: number,
  ) {
    this.environment = environment;
    this.offer = offer;
    this.#destination = destination;
    this.#connectTimeoutMs = connectTimeoutMs;
  }

  /**
   * The name of the server in log lines that are not about a connection: the place in the options.
   */
  get name(): string {
    return peerName('server', this.#destination);
  }

  /** The address of the server in the options. */
  get place(): string {
    return placeName(this.#destination);
  }

  /** The number of attempts that have neither succeeded nor failed. */
  get opening(): number {
    return this.#opening;
  }

  /** Opens no more connections, and gives up those that are being opened. */
  close(cause: unknown): void {
    this.#giveUp.abort(cause);
  }

  /**
   * Connects and negotiates; both together must end within `connectTimeoutMs`.
   *
   * @param makeOffer - makes the offer when there is a socket, with the token if one was asked for; it
   *   is sent at once.
   * @param budgetBytes - bytes that may wait to be written.
   * @param about - for the error of an attempt that takes too long.
   * @param signals - the attempt is given up when one of them fires.
   * @throws the error of `askToken`, ClosedError with the cause, TlsError, UnauthenticatedError, RefusedError, TimeoutError, or
   *   the reason of the signal that has fired; nothing stays open then.
   */
  async dial(
    makeOffer: (token?: string) => Features,
    budgetBytes: number,
    about: WaitSubject,
    signals: readonly AbortSignal[],
    { reached, askToken }: MainAttempt = {},
  ): Promise<Dialed> {
    const { clock } = this.environment;
    const all = [this.#giveUp.signal, ...signals];
    const attempt = new Attempt(clock, this.#connectTimeoutMs, about, all);
    this.#opening++;
    let peer: Place = this.#destination;
    const tellEnd = tellHandshake('client', placeName(peer), clock);
    try {
      const token = askToken && (await attempt.orGivenUp(askToken()));
      const socket = await this.#connect(attempt.signal, reached);
      const link = new Link(socket, this.environment, budgetBytes);
      ({ peer } = link);
      const dialed = await this.#negotiate(link, () => makeOffer(token), attempt.signal);
      tellEnd?.();
      return dialed;
    } catch (error) {
      tellEnd?.(error);
      this.#logFailure(peer, error, attempt.signal);
      throw error;
    } finally {
      this.#opening--;
      attempt.end();
    }
  }

  async #connect(signal: AbortSignal, reached: Peer | undefined): Promise<TransportSocket> {
    try {
      return await this.#destination.connect(signal, reached);
    } catch (error) {
      if (isRpcError(error) || signal.aborted) throw error;
      throw couldNotConnect(error);
    }
  }

  async #negotiate(link: Link, makeOffer: () => Features, signal: AbortSignal): Promise<Dialed> {
    const { environment } = this;
    this.links.add(link);
    const onGivenUp = (): void => link.reset(signal.reason);
    signal.addEventListener('abort', onGivenUp);
    try {
      const offer = makeOffer();
      link.writer.writeUncompressed(encodeNegotiation(offer));
      const reading = readNegotiation(link, environment, this.#refusalFor(offer));
      if (signal.aborted) onGivenUp();
      const negotiation = await reading;
      const { features } = negotiation;
      checkAnswer(offer, features);
      const extension = agreedExtension(
        offer.extension !== undefined,
        features.extension,
        environment.extensionVersion,
      );
      const compressor = this.#chooseCompressor(link, features.compress);
      const { serializer } = environment;
      const agreed = agreedOn(features, extension, { isAccepted: false, compressor, serializer });
      return { link, agreed, takeRest: () => negotiation.takeRest() };
    } catch (error) {
      link.abort(error);
      // The link needs a moment to close; another limit may pass meanwhile.
      throw isRpcError(signal.reason) ? signal.reason : error;
    } finally {
      signal.removeEventListener('abort', onGivenUp);
    }
  }

  #refusalFor({ extension }: Features): RefusalIn | undefined {
    if (extension === undefined) return undefined;
    return (begun) => refusalIn(begun, this.environment.extensionVersion);
  }

  /** If we gave the attempt up ourselves before its time was over, there is no fault to report. */
  #logFailure(peer: Place, error: unknown, { aborted, reason }: AbortSignal): void {
    const level = aborted && !(reason instanceof TimeoutError) ? 'debug' : 'warn';
    this.environment.log.write(
      level,
      peerName('server', peer),
      `the handshake failed: ${messageOf(error)}`,
    );
  }

  #chooseCompressor(link: Link, chosen: string | undefined): Compressor | undefined {
    if (chosen === undefined) return undefined;
    const compressor = this.environment.compression?.negotiate(chosen, false, () =>
      writeEmptyFrame(link.writer),
    );
    if (compressor === undefined) {
      throw new CompressionError(
        `RPC server responded with compression ${JSON.stringify(chosen)} - unsupported`,
        'remote',
      );
    }
    link.writer.compressor = compressor;
    return compressor;
  }
}

/** One attempt. Its signal fires when its time is over, or when one of the given signals fires. */
class Attempt {
  readonly #controller = new AbortController();
  readonly #signals: readonly AbortSignal[];
  readonly #timer: Timer | undefined;

  constructor(
    clock: Clock,
    connectTimeoutMs: number,
    about: WaitSubject,
    signals: readonly AbortSignal[],
  ) {
    this.#signals = signals;
    for (const signal of signals) signal.addEventListener('abort', this.#onAbort);
    if (signals.some(({ aborted }) => aborted)) this.#onAbort();
    else if (connectTimeoutMs > 0 && connectTimeoutMs !== Infinity) {
      const { what, scope } = about;
      this.#timer = setFairTimeout(
        clock,
        () => this.#controller.abort(new TimeoutError(what, connectTimeoutMs, scope)),
        connectTimeoutMs,
      );
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The promise, or a rejection if the attempt is given up before. */
  async orGivenUp<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this;
    const givenUp = new Deferred<never>();
    const onAbort = (): void => givenUp.reject(signal.reason);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    try {
      return await Promise.race([promise, givenUp.promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** The attempt has succeeded or failed. */
  end(): void {
    this.#timer?.cancel();
    for (const signal of this.#signals) signal.removeEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (): void => {
    const fired = this.#signals.find(({ aborted }) => aborted);
    this.#controller.abort(fired?.reason);
  };
}

function couldNotConnect(error: unknown): ClosedError | TlsError {
  const problem = tlsProblem(error);
  if (problem !== undefined)
    return new TlsError(`could not connect: ${problem}`, 'transport', error);
  return new ClosedError(`could not connect: ${messageOf(error)}`, 'transport', error);
}

function checkAnswer(offer: Features, answer: Features): void {
  const unasked =
    (answer.hasTimeout && !offer.hasTimeout && 'TIMEOUT') ||
    (answer.hasHandlerDuration && !offer.hasHandlerDuration && 'HANDLER_DURATION') ||
    (answer.compress !== undefined && offer.compress === undefined && 'COMPRESS');
  if (unasked !== false)
    throw new ProtocolError(`the server agreed to ${unasked}, which was not offered`);
}
