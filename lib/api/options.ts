import { MAX_HOP_BYTES } from '../base/cancel-path.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { type Random, systemRandom } from '../base/random.ts';
import { SlabPool } from '../base/slab-pool.ts';
import { MetricsRegistry } from '../diagnostics/stats.ts';
import type { CompressorFactory } from '../compression/compressor.ts';
import { type Compatibility, DEFAULT_COMPATIBILITY } from '../settings/compatibility.ts';
import type { Environment } from '../settings/environment.ts';
import { type Limits, resolveLimits } from '../settings/limits.ts';
import { type Logger, LoggerSlot, silentLogger } from '../diagnostics/logger.ts';
import { OptionError } from '../errors/errors.ts';
import { bson } from '../serializer/bson/bson.ts';
import type { Serializer } from '../serializer/serializer.ts';
import type { ConnectionOptions } from '../transport/endpoint.ts';
import { networkTransport } from '../transport/network/transport.ts';
import type { Transport } from '../transport/transport.ts';

/** What both ends can be told beside where to connect or to listen. */
export interface CommonOptions extends ConnectionOptions {
  /** How the arguments, results and messages become bytes that name no serializer. @default `bson` */
  readonly serializer?: Serializer | undefined;
  /** What to compress with, for example `lz4()`; used where both ends have it. @default none */
  readonly compression?: CompressorFactory | undefined;
  /** Bounds of what is held, waited for and accepted. @default see Limits */
  readonly limits?: Partial<Limits> | undefined;
  /** Where to do as Seastar does though we would do better. @default nowhere */
  readonly compatibility?: Partial<Compatibility> | undefined;
  /**
   * Whether to speak our extension with a peer that does; any other ignores it. Where both ends are
   * ours and one has turned it off, a finished stream keeps its connection for `finishTimeoutMs`, as
   * either waits for the other to end it; `seastar` ends it at once.
   *
   * @default true
   */
  readonly extension?: boolean | undefined;
  /**
   * What this process is called. A cancel that it makes or passes on tells its peers so, behind the
   * names of those that it came from: see `CanceledError.path`. From 1 to 256 bytes.
   *
   * @default none
   */
  readonly name?: string | undefined;
  /** Where log lines go; can be exchanged later. @default nowhere */
  readonly logger?: Logger | undefined;
  /** Where counts are summed up by domain. @default a registry of its own */
  readonly metrics?: MetricsRegistry | undefined;
  /** The domain that the counts belong to: a client's own, with `_stream` behind those of its streams, with `_server` behind a server's. @default 'default' */
  readonly metricsDomain?: string | undefined;
  /** The source of sockets. @default the machine's network */
  readonly network?: Transport | undefined;
  /** The source of time. @default the machine's */
  readonly clock?: Clock | undefined;
  /** The source of randomness. @default the machine's */
  readonly random?: Random | undefined;
}

/** {@link CommonOptions}, complete. */
export interface Common {
  readonly environment: Environment;
  readonly hasExtension: boolean;
  readonly metrics: MetricsRegistry;
  readonly metricsDomain: string;
  readonly network: Transport;
}

/** Fills in the defaults. @throws OptionError naming what is out of bounds. */
export function resolveCommon(options: CommonOptions): Common {
  const limits = resolveLimits(options.limits);
  return {
    environment: {
      clock: options.clock ?? systemClock,
      random: options.random ?? systemRandom(),
      slabs: new SlabPool(),
      serializer: resolveSerializer(options.serializer),
      compression: options.compression,
      log: new LoggerSlot(options.logger ?? silentLogger),
      limits,
      compatibility: Object.freeze({ ...DEFAULT_COMPATIBILITY, ...options.compatibility }),
      processName: resolveName(options.name),
    },
    hasExtension: options.extension ?? true,
    metrics: options.metrics ?? new MetricsRegistry(),
    metricsDomain: options.metricsDomain ?? 'default',
    network: options.network ?? networkTransport,
  };
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

/** What `close` takes. */
export interface CloseOptions {
  /** Milliseconds to wait for what is under way; 0 waits for nothing, Infinity for all of it. @default 30_000 */
  readonly graceMs?: number | undefined;
}

const DEFAULT_GRACE_MS = 30_000;

/** Fills in the default. @throws OptionError for what is no number from 0 on. */
export function resolveGraceMs(options: CloseOptions): number {
  const graceMs = options.graceMs ?? DEFAULT_GRACE_MS;
  if (typeof graceMs === 'number' && graceMs >= 0) return graceMs;
  throw new OptionError('graceMs', `must be a number from 0 on, not ${String(graceMs)}`);
}
