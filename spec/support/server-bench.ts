import { defaultsOf } from '../../lib/base/bounds.ts';
import { UnderWay } from '../../lib/base/under-way.ts';
import {
  MemoryBudget,
  type ResourceLimits,
  resolveResources,
} from '../../lib/call/limits/admission.ts';
import { SESSION_RULES } from '../../lib/call/resume/session-rules.ts';
import type { AcceptedClient } from '../../lib/call/server/accepted-client.ts';
import { errorTextForPeer } from '../../lib/call/server/error-text.ts';
import type { ContextOwner } from '../../lib/call/server/handler-context.ts';
import { type AnyHandler, type HandleOptions, Handlers } from '../../lib/call/server/handlers.ts';
import type { ServerCore } from '../../lib/call/server/server-core.ts';
import type { AgreedWithId } from '../../lib/connection/handshake/agreed.ts';
import { zeroStats } from '../../lib/diagnostics/stats.ts';
import { raw } from '../../lib/serializer/raw.ts';
import type { Serializer } from '../../lib/serializer/serializer.ts';
import type { Limits } from '../../lib/settings/limits.ts';
import type { Peer } from '../../lib/transport/transport.ts';
import { verb, type VerbOptions } from '../../lib/verb/verb.ts';
import { testAgreed } from './agreed.ts';
import { linkInMemory, type MemoryPeer } from './memory-peer.ts';
import { type TestEnvironment, testEnvironment } from './test-environment.ts';

/** All that the connections of a test's server share, with a clock and a log in hand. */
export interface TestCore extends ServerCore {
  readonly environment: TestEnvironment;
}

/** How a test's server differs from one of defaults, which has raw for its serializer. */
export interface TestCoreOptions {
  readonly limits?: Partial<Limits>;
  readonly serializer?: Serializer;
  readonly resources?: Partial<ResourceLimits>;
  readonly core?: Partial<Omit<ServerCore, 'environment' | 'memory' | 'resources'>>;
}

/** All that the connections of a server share. */
export function testCore({
  limits,
  serializer = raw,
  resources,
  core,
}: TestCoreOptions = {}): TestCore {
  const environment = testEnvironment(limits, { serializer });
  const resolved = resolveResources(resources);
  return {
    environment,
    handlers: new Handlers(),
    memory: new MemoryBudget(environment.clock, resolved),
    resources: resolved,
    stats: zeroStats(),
    governor: undefined,
    connectionCalls: undefined,
    sessionRules: defaultsOf(SESSION_RULES),
    authorize: undefined,
    brokenStreamsPerSecond: 100,
    errorText: errorTextForPeer,
    errorFilter: undefined,
    background: new UnderWay(),
    ...core,
  };
}

/** Serves a verb of untyped arguments. */
export function serve(
  core: ServerCore,
  number: number,
  handler: AnyHandler,
  options: HandleOptions & { readonly verb?: VerbOptions } = {},
): void {
  const { verb: verbOptions, ...rest } = options;
  core.handlers.add(verb(number, verbOptions), handler, rest);
}

/** A client of that server in memory, with no features agreed unless the test says so. */
export async function acceptedClient(
  core: TestCore,
  agreed: Partial<AgreedWithId> = {},
): Promise<{ readonly client: AcceptedClient; readonly peer: MemoryPeer }> {
  const { link, peer } = await linkInMemory(core.environment);
  const client: AcceptedClient = {
    link,
    agreed: testAgreed({
      isAccepted: true,
      serializer: core.environment.serializer,
      ...agreed,
    }),
    isolation: undefined,
    principal: undefined,
    group: undefined,
  };
  return { client, peer };
}

/** The connection of a call, as its handler sees it; writes down why it was aborted. */
export class TestOwner implements ContextOwner {
  readonly peer: Peer = { address: '192.0.2.1', port: 4711, family: 'IPv4' };
  readonly connectionId = 5n;
  readonly principal = 'somebody';
  readonly isolation = 'tenant';
  readonly auxiliary: Map<string, unknown> = new Map<string, unknown>();
  readonly causes: unknown[] = [];

  abort(cause: unknown): void {
    this.causes.push(cause);
  }
}
