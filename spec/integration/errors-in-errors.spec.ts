import { expect } from 'chai';
import dns, { type LookupAddress } from 'node:dns';

import { callContext, ClosedError, connect, RemoteError, verb } from '../../lib/index.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { ownFields } from '../support/own-fields.ts';
import { rejectionOf } from '../support/rejection.ts';
import { suppressedError } from '../support/suppressed-error.ts';
import { until } from '../support/turns.ts';
import { withServer } from '../support/with-server.ts';

const fail = verb<() => void>(1);

/** As `await using` throws it if the work has failed, and then the end of what was used. */
function bothFailed(): SuppressedError {
  const close = Object.assign(new RangeError('not closed'), { code: 'E_CLOSE' });
  return suppressedError(close, new TypeError('not used'));
}

function expectBoth(arrived: Error): void {
  const { name, message, error, suppressed } = arrived as SuppressedError;
  expect({ name, message }).to.deep.equal({
    name: 'SuppressedError',
    message: 'An error was suppressed during disposal',
  });
  expect(error).to.be.instanceOf(RangeError).and.include({ message: 'not closed' });
  expect(ownFields(error as Error)).to.deep.equal({ code: 'E_CLOSE' });
  expect(suppressed).to.be.instanceOf(TypeError).and.include({ message: 'not used' });
}

const TEXT = 'An error was suppressed during disposal: not closed; not used';

class Disposing {
  call(): void {
    throw bothFailed();
  }

  async *items(): AsyncGenerator<number, void, undefined> {
    yield await Promise.resolve(1);
    throw bothFailed();
  }

  work(): void {
    callContext().background(() => Promise.reject(bothFailed()));
  }
}

/** Runs a test in which each name stands for `::1` and 127.0.0.1, as localhost does on most machines. */
async function withTwoAddresses(run: () => Promise<void>): Promise<void> {
  const real = dns.lookup;
  const both = [
    { address: '::1', family: 6 },
    { address: '127.0.0.1', family: 4 },
  ];
  const lookup = (
    _host: string,
    { all }: { all?: boolean },
    callback: (error: null, found: string | LookupAddress[], family?: number) => void,
  ): void => {
    if (all === true) callback(null, both);
    else callback(null, '::1', 6);
  };
  Object.assign(dns, { lookup });
  try {
    await run();
  } finally {
    Object.assign(dns, { lookup: real });
  }
}

describe('an error that holds others', () => {
  it('K4 arrives with both errors where what was used has failed, and its end too', async () => {
    await withServer(async ({ server, client }) => {
      server.expose('disposing', new Disposing());
      const api = client.api<Disposing>('disposing');
      expectBoth(await rejectionOf(api.call(), Error));
      const items: number[] = [];
      const reading = (async () => {
        for await (const item of api.items()) items.push(item);
      })();
      expectBoth(await rejectionOf(reading, Error));
      expect(items).to.deep.equal([1]);
    });
  });

  it('K4 is the whole reason of a cancel', async () => {
    await withServer(async ({ server, client }) => {
      let reason: unknown;
      const wait = () =>
        new Promise<void>((resolve) => {
          const { signal } = callContext();
          signal.addEventListener('abort', () => {
            reason = signal.reason;
            resolve();
          });
        });
      let isRunning = false;
      server.expose('waiting', {
        wait: () => {
          isRunning = true;
          return wait();
        },
      });
      const controller = new AbortController();
      const api = client.api<{ wait(): Promise<void> }>('waiting', { signal: controller.signal });
      const call = rejectionOf(api.wait());
      await until(() => isRunning);
      controller.abort(bothFailed());
      await call;
      await until(() => reason !== undefined);
      expect(reason).to.have.property('name', 'CanceledError');
      expectBoth((reason as Error).cause as Error);
    });
  });

  it('F25 is the texts of all of them for a plain verb', async () => {
    await withServer(async ({ server, client }) => {
      server.handle(fail, () => {
        throw bothFailed();
      });
      expect((await rejectionOf(client.call(fail), RemoteError)).message).to.equal(TEXT);
      const each = [new Error('one'), new Error('two')];
      const other = verb<() => void>(2);
      server.handle(other, () => Promise.reject(new AggregateError(each)));
      expect((await rejectionOf(client.call(other), RemoteError)).message).to.equal('one; two');
    });
  });

  it('F25 is the texts of all of them in the log', async () => {
    const log = new CollectedLog();
    await withServer({ server: { logger: log } }, async ({ server, client }) => {
      server.expose('disposing', new Disposing());
      await client.api<Disposing>('disposing').work();
      expect(await log.line(/background/)).to.contain(`background work failed: ${TEXT}`);
    });
  });

  it('F25 says why no address of a server could be reached', async () => {
    await withTwoAddresses(async () => {
      const log = new CollectedLog();
      const options = { host: 'both.test', port: 1, insecure: true, logger: log };
      const error = await rejectionOf(connect(options), ClosedError);
      // A machine without IPv6 has another answer for the first address.
      expect(error.message).to.match(
        /^could not connect: connect E\w+ ::1.*; connect ECONNREFUSED 127/,
      );
      expect(error.cause).to.be.instanceOf(AggregateError);
      expect(log.lines.join('\n')).to.contain(error.message);
    });
  });
});
