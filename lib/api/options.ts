import { ANY_AMOUNT } from '../base/bounds.ts';
import { MAX_HOP_BYTES } from '../base/cancel-path.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { type MakeCollector, systemCollector } from '../base/collector.ts';
import { CLOCK, FLAG, FUNCTION, having, numberWithin, OBJECT, TEXT } from '../base/option-kinds.ts';
import { type Random, systemRandom } from '../base/random.ts';
import { optionsOf } from '../base/public-function.ts';
import { type OptionTable, readOptions } from '../base/read-options.ts';
import { SlabPool } from '../base/slab-pool.ts';
import { MetricsRegistry } from '../diagnostics/stats.ts';
import { COMPRESSION, type CompressorFactory } from '../compression/compressor.ts';
import { EXTENSION_VERSION } from '../connection/handshake/capabilities.ts';
import { type Compatibility, DEFAULT_COMPATIBILITY } from '../settings/compatibility.ts';
import type { Environment } from '../settings/environment.ts';
import { type Limits, resolveLimits } from '../settings/limits.ts';
import { type Logger, LOGGER, LoggerSlot, silentLogger } from '../diagnostics/logger.ts';
import { OptionError } from '../errors/errors.ts';
import { bson } from '../serializer/bson/bson.ts';
import { type Serializer, SERIALIZER } from '../serializer/serializer.ts';
import { CONNECTION_OPTIONS, type ConnectionOptions } from '../transport/endpoint.ts';
import { networkTransport } from '../transport/network/transport.ts';
import type { Transport } from '../transport/transport.ts';

/** The options that client and server have in common. */
export interface CommonOptions extends ConnectionOptions {
  /** The serializer of all arguments, results and messages that name no other. @default `bson` */
  readonly serializer?: Serializer | undefined;
  /** The compressor, for example `lz4()`; it is used if both ends have it. @default none */
  readonly compression?: CompressorFactory | undefined;
  /** Bounds for memory, waiting times and accepted sizes. @default see Limits */
  readonly limits?: Partial<Limits> | undefined;
  /**
   * The points in which to behave as Seastar does, although another behaviour would be better.
   *
   * @default none
   */
  readonly compatibility?: Partial<Compatibility> | undefined;
  /**
   * Whether to speak our extension with a peer that speaks it; other peers ignore it. If both ends
   * are this library and one has turned it off, a finished stream keeps its connection for
   * `finishTimeoutMs`, because each side waits for the other to end it. The preset `seastar` ends
   * it at once.
   *
   * @default true
   */
  readonly extension?: boolean | undefined;
  /**
   * The name of this process. A cancel that it makes or passes on carries this name to the peers,
   * behind the names of the processes that the cancel came from: see `CanceledError.path`. From 1
   * to 256 bytes.
   *
   * @default none
   */
  readonly name?: string | undefined;
  /**
   * Whether the bytes of a borrowed message are overwritten, with 0xDB, as soon as the message is given
   * back, and those of taken memory when it is free again. A program that uses them too late then sees it.
   * It costs a pass over each of them.
   *
   * @default false
   */
  readonly poisonBorrowed?: boolean | undefined;
  /** The logger; it can be exchanged later. @default none */
  readonly logger?: Logger | undefined;
  /** The registry that sums up counts by domain. @default a registry of its own */
  readonly metrics?: MetricsRegistry | undefined;
  /**
   * The metrics domain. A client counts in this domain and its streams in the domain with `_stream`
   * appended; a server counts in the domain with `_server` appended.
   *
   * @default 'default'
   */
  readonly metricsDomain?: string | undefined;
  /** The source of sockets. @default the machine's network */
  readonly network?: Transport | undefined;
  /** The source of time. @default the machine's */
  readonly clock?: Clock | undefined;
  /** The source of randomness. @default the machine's */
  readonly random?: Random | undefined;
  /** Notices streams that were dropped without an end. @default the machine's garbage collector */
  readonly collector?: MakeCollector | undefined;
}

/** The kinds of {@link CommonOptions}. */
export const COMMON_OPTIONS: OptionTable<CommonOptions> = Object.freeze({
  ...CONNECTION_OPTIONS,
  serializer: SERIALIZER,
  compression: COMPRESSION,
  limits: OBJECT,
  compatibility: OBJECT,
  extension: FLAG,
  name: TEXT,
  poisonBorrowed: FLAG,
  logger: LOGGER,
  metrics: having('a MetricsRegistry', ['add', 'remove']),
  metricsDomain: TEXT,
  network: having('a Transport', ['dial', 'listen']),
  clock: CLOCK,
  random: having('a Random', ['bytes']),
  collector: FUNCTION,
});

const COMPATIBILITY: OptionTable<Compatibility> = Object.freeze({
  isSilentOnBadRequest: FLAG,
  isAnyMessageIdAllowed: FLAG,
  isDataAfterEosIgnored: FLAG,
  isFinSentAtOnce: FLAG,
  isHugeTimeoutExpired: FLAG,
});

const CLOSE_OPTIONS: OptionTable<CloseOptions> = Object.freeze({
  graceMs: numberWithin(ANY_AMOUNT),
});

/** {@link CommonOptions}, complete. */
export interface Common {
  readonly environment: Environment;
  readonly hasExtension: boolean;
  readonly metrics: MetricsRegistry;
  readonly metricsDomain: string;
  readonly network: Transport;
}

/** Fills in the defaults. @throws OptionError that names the option out of bounds. */
export function resolveCommon(options: CommonOptions): Common {
  const limits = resolveLimits(options.limits);
  const clock = options.clock ?? systemClock;
  return {
    environment: {
      clock,
      random: options.random ?? systemRandom(),
      collector: options.collector ?? systemCollector,
      slabs: new SlabPool(),
      serializer: resolveSerializer(options.serializer),
      compression: options.compression,
      log: new LoggerSlot(options.logger ?? silentLogger, clock),
      limits,
      compatibility: resolveCompatibility(options.compatibility),
      extensionVersion: EXTENSION_VERSION,
      processName: resolveName(options.name),
      poisonsBorrowed: options.poisonBorrowed ?? false,
    },
    hasExtension: options.extension ?? true,
    metrics: options.metrics ?? new MetricsRegistry(),
    metricsDomain: options.metricsDomain ?? 'default',
    network: options.network ?? networkTransport,
  };
}

function resolveCompatibility(given: Partial<Compatibility> = {}): Compatibility {
  const read = readOptions(given, COMPATIBILITY, 'compatibility');
  return Object.freeze({ ...DEFAULT_COMPATIBILITY, ...read });
}

function resolveName(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const bytes = Buffer.byteLength(name);
  if (bytes >= 1 && bytes <= MAX_HOP_BYTES) return name;
  throw new OptionError('name', `must have from 1 to ${MAX_HOP_BYTES} bytes, not ${bytes}`);
}

function resolveSerializer(serializer: Serializer = bson): Serializer {
  if (serializer.arity !== undefined && serializer.name !== 'raw') {
    throw new OptionError(
      'serializer',
      `${serializer.name} fits one signature only; give it where the verb or stream is declared`,
    );
  }
  return serializer;
}

/** The options of `close`. */
export interface CloseOptions {
  /**
   * Milliseconds to wait for calls and streams under way; 0 waits for nothing, Infinity for all of
   * them.
   *
   * @default 30_000
   */
  readonly graceMs?: number | undefined;
}

const DEFAULT_GRACE_MS = 30_000;

/** Fills in the default. @throws OptionError unless `graceMs` is a number from 0 on. */
export function resolveGraceMs(options: CloseOptions, caller: string = 'close'): number {
  return optionsOf(caller, options, CLOSE_OPTIONS).graceMs ?? DEFAULT_GRACE_MS;
}
