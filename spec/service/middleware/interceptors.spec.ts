import { expect } from 'chai';

import {
  type Interceptor,
  intercept,
  type ServiceCall,
} from '../../../lib/service/middleware/interceptors.ts';
import { rejectionOf } from '../../support/rejection.ts';

function call(...args: unknown[]): ServiceCall {
  return { service: 's', method: 'm', args, metadata: {}, shared: new Map<unknown, unknown>() };
}

describe('service/interceptors', () => {
  it('K6 runs them in order, the first outermost', async () => {
    const events: string[] = [];
    const around =
      (name: string): Interceptor =>
      async (_call, next) => {
        events.push(`> ${name}`);
        const result = await next();
        events.push(`< ${name}`);
        return `${name}(${String(result)})`;
      };
    const result = await intercept([around('a'), around('b')], call(), () => {
      events.push('call');
      return 'result';
    });
    expect(result).to.equal('a(b(result))');
    expect(events).to.deep.equal(['> a', '> b', 'call', '< b', '< a']);
  });

  it('makes the call as it is without any', async () => {
    expect(await intercept([], call(), () => 5)).to.equal(5);
  });

  it('K6 lets them replace the arguments', async () => {
    const double: Interceptor = (one, next) => {
      one.args = one.args.map((arg) => Number(arg) * 2);
      return next();
    };
    const one = call(1, 2);
    expect(await intercept([double, double], one, () => one.args)).to.deep.equal([4, 8]);
  });

  it('lets one answer in place of the call', async () => {
    let wasCalled = false;
    const result = await intercept([() => 'cached'], call(), () => (wasCalled = true));
    expect(result).to.equal('cached');
    expect(wasCalled).to.equal(false);
  });

  it('lets one repeat the call', async () => {
    let attempts = 0;
    const retry: Interceptor = async (_call, next) => {
      try {
        return await next();
      } catch {
        return next();
      }
    };
    const result = await intercept([retry], call(), () => {
      if (++attempts === 1) throw new Error('the first time');
      return attempts;
    });
    expect(result).to.equal(2);
  });

  it('turns a throw into a rejection, wherever it comes from', async () => {
    const thrower = (): never => {
      throw new RangeError('no');
    };
    await rejectionOf(
      intercept([thrower], call(), () => 1),
      RangeError,
    );
    await rejectionOf(intercept([(_call, next) => next()], call(), thrower), RangeError);
    await rejectionOf(intercept([], call(), thrower), RangeError);
  });
});
