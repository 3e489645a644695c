import { zeroStats } from '../diagnostics/stats.ts';
import { readOptions } from '../base/read-options.ts';
import { UnderWay } from '../base/under-way.ts';
import { Acceptor } from '../call/door/acceptor.ts';
import { MemoryBudget, resolveResources } from '../call/limits/admission.ts';
import { CALL_LIMITS, GOVERNANCE, type Governance } from '../call/limits/call-limits.ts';
import { governorOf } from '../call/limits/governor.ts';
import { errorTextForPeer } from '../call/server/error-text.ts';
import { Handlers } from '../call/server/handlers.ts';
import type { ServerCore } from '../call/server/server-core.ts';
import type { Common } from './options.ts';
import { resolveServerOptions, type ServerOptions } from './server-options.ts';

/** The acceptor of a server with these options. @throws OptionError for options that can't work. */
export function makeAcceptor(options: ServerOptions, common: Common): Acceptor {
  const own = resolveServerOptions(options);
  const governance = readGovernance(options.governance);
  const { environment } = common;
  const resources = resolveResources(options.resources);
  const stats = zeroStats();
  const core: ServerCore = {
    environment,
    handlers: new Handlers(),
    memory: new MemoryBudget(environment.clock, resources),
    resources,
    stats,
    governor: governorOf('governance', governance),
    connectionCalls: governance.perConnection,
    sessionRules: own,
    authorize: options.authorize,
    brokenStreamsPerSecond: own.brokenStreamsPerSecond,
    errorText:
      options.errorText ??
      ((error) => errorTextForPeer(error, environment.limits.maxErrorTextBytes)),
    errorFilter: options.errorFilter,
    background: new UnderWay(),
  };
  return new Acceptor(core, {
    hasExtension: common.hasExtension,
    filterConnection: options.filterConnection,
    authenticate: options.authenticate,
    isolate: options.isolate,
    ...own,
  });
}

/** Each connection gets a governor of its own; a wrong option is told before there is any. */
function readGovernance(given: Governance = {}): Governance {
  const governance = readOptions(given, GOVERNANCE, 'governance');
  const group = 'governance.perConnection';
  if (governance.perConnection === undefined) return governance;
  const perConnection = readOptions(governance.perConnection, CALL_LIMITS, group);
  governorOf(group, perConnection);
  return { ...governance, perConnection };
}
