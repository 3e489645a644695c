import type { StandardSchemaV1 } from '@standard-schema/spec';
import { expect } from 'chai';
import { z } from 'zod';

import { MisuseError, OptionError } from '../../../lib/errors/errors.ts';
import { ValidationError } from '../../../lib/errors/validation-error.ts';
import {
  MAX_ISSUES,
  type MethodSchemas,
  MethodValidation,
  type ValidatingSide,
  validationsOf,
} from '../../../lib/service/middleware/validation.ts';
import { rejectionOf } from '../../support/rejection.ts';

const entry = z.object({ id: z.number(), tags: z.array(z.string()) });

function judging(validate: StandardSchemaV1.Props['validate']): StandardSchemaV1 {
  return { '~standard': { version: 1, vendor: 'spec', validate } };
}

/** Written by hand, and async: takes even numbers and halves them. */
const half = judging(async (value) => {
  if (typeof value === 'number' && value % 2 === 0) return { value: value / 2 };
  return { issues: [{ message: 'not even', path: ['digits', { key: 0 }] }] };
});

function validation(schemas: MethodSchemas, side: ValidatingSide = 'service'): MethodValidation {
  return new MethodValidation('store/scan', schemas, side);
}

/** What a check throws, which must be a ValidationError. */
function refusal(check: () => unknown): ValidationError {
  try {
    check();
  } catch (error) {
    if (error instanceof ValidationError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('MethodValidation', () => {
  describe('of arguments', () => {
    it('passes on what has no schema', () => {
      const args = [1, 'two'];
      expect(validation({ result: z.string() }).validateArguments(args)).to.equal(args);
    });

    it('gives what the schemas make of them, without a promise', () => {
      const { args } = { args: [z.string().trim(), z.coerce.bigint()] };
      expect(validation({ args }).validateArguments([' a ', '7'])).to.deep.equal(['a', 7n]);
    });

    it('names the argument, and the place in it', () => {
      const checks = validation({ args: [z.string(), entry] });
      const error = refusal(() => checks.validateArguments(['a', { id: 1, tags: ['x', 2] }]));
      expect(error.message).to.match(/^store\/scan: args\[1\]\.tags\[1\]: Invalid input/);
      expect(error.code).to.equal('ERR_VALIDATION');
      expect(error.scope).to.equal('call');
      expect(error.issues.map(({ path }) => path)).to.deep.equal([['args', 1, 'tags', 1]]);
    });

    it('tells the issues of all arguments', () => {
      const error = refusal(() =>
        validation({ args: [z.string(), z.number()] }).validateArguments([1, 'a']),
      );
      expect(error.issues.map(({ path }) => path)).to.deep.equal([
        ['args', 0],
        ['args', 1],
      ]);
      expect(error.message).to.match(/^store\/scan: args\[0\]: .* \(and 1 more\)$/);
    });

    it('shows a missing argument to its schema as undefined', () => {
      const checks = validation({ args: [z.string(), z.number().default(5)] });
      expect(checks.validateArguments(['a'])).to.deep.equal(['a', 5]);
      expect(refusal(() => checks.validateArguments([])).message).to.contain('args[0]');
    });

    it('adds no argument that stays undefined', () => {
      const checks = validation({ args: [z.string(), z.number().optional()] });
      expect(checks.validateArguments(['a'])).to.deep.equal(['a']);
      expect(checks.validateArguments(['a', undefined])).to.deep.equal(['a', undefined]);
    });

    it('refuses arguments beyond the last schema', () => {
      const error = refusal(() =>
        validation({ args: [z.string()] }).validateArguments(['a', 'b', 'c']),
      );
      expect(error.message).to.equal(
        'store/scan: args[1]: 3 arguments were given, at most 1 are taken',
      );
    });

    it('takes one schema for the whole list', () => {
      const checks = validation({ args: z.tuple([z.string()]).rest(z.coerce.number()) });
      expect(checks.validateArguments(['a', '1', '2'])).to.deep.equal(['a', 1, 2]);
      const error = refusal(() => checks.validateArguments([1]));
      expect(error.issues.map(({ path }) => path)).to.deep.equal([['args', 0]]);
    });

    it('refuses a schema of the whole list that makes something else of it', () => {
      const checks = validation({ args: z.array(z.string()).transform((list) => list.length) });
      expect(() => checks.validateArguments(['a'])).to.throw(MisuseError, 'a list of arguments');
    });

    it('waits for async schemas among others', async () => {
      const checks = validation({ args: [z.string(), half] });
      expect(await checks.validateArguments(['a', 4])).to.deep.equal(['a', 2]);
      const error = await rejectionOf(Promise.resolve(checks.validateArguments([1, 3])));
      expect(error).to.be.instanceOf(ValidationError);
      expect((error as ValidationError).issues.map(({ path }) => path)).to.deep.equal([
        ['args', 0],
        ['args', 1, 'digits', 0],
      ]);
    });

    it('waits for an async schema of the whole list', async () => {
      const list = z.array(z.string()).transform(async ([first]) => [first?.length]);
      expect(await validation({ args: list }).validateArguments(['abc'])).to.deep.equal([3]);
    });

    it('rejects with what a schema throws, whatever the others do', async () => {
      const rejecting = judging(() => Promise.reject(new TypeError('a bug')));
      const throwing = judging(() => {
        throw new TypeError('another bug');
      });
      const validated = validation({ args: [rejecting, throwing] }).validateArguments(['a', 'b']);
      expect(await rejectionOf(Promise.resolve(validated), TypeError)).to.have.property(
        'message',
        'a bug',
      );
    });
  });

  describe('of results', () => {
    it('gives what the schema makes of it, without a promise', () => {
      const checks = validation({ result: z.object({ id: z.number() }) });
      expect(checks.validateResult({ id: 1, secret: 'x' })).to.deep.equal({ id: 1 });
    });

    it('passes on what has no schema', () => {
      const result = { id: 1 };
      expect(validation({}).validateResult(result)).to.equal(result);
    });

    it('names the place in it', () => {
      const error = refusal(() => validation({ result: entry }).validateResult({ id: 1 }));
      expect(error.message).to.match(/^store\/scan: result\.tags: /);
      expect(error.scope).to.equal('call');
    });

    it('refuses what is no stream, where items are declared alone', () => {
      const error = refusal(() => validation({ items: entry }).validateResult([]));
      expect(error.message).to.equal('store/scan: result: the result is no stream');
      const either = validation({ items: entry, result: z.undefined() });
      expect(either.validateResult(undefined)).to.equal(undefined);
    });

    it('waits for an async schema', async () => {
      const checks = validation({ result: half });
      expect(await checks.validateResult(8)).to.equal(4);
      const error = await rejectionOf(Promise.resolve(checks.validateResult(9)), ValidationError);
      expect(error.message).to.equal('store/scan: result.digits[0]: not even');
    });
  });

  describe('of items', () => {
    it('is there for declared items only', () => {
      expect(validation({ args: [], result: entry }).validateItem).to.equal(undefined);
    });

    it('K6 names the place in the item, and blames the stream', () => {
      const { validateItem } = validation({ items: entry });
      expect(validateItem?.({ id: 1, tags: [], more: 1 })).to.deep.equal({ id: 1, tags: [] });
      const error = refusal(() => validateItem?.({ id: '1', tags: [] }));
      expect(error.message).to.match(/^store\/scan: item\.id: /);
      expect(error.scope).to.equal('stream');
    });

    it('waits for an async schema', async () => {
      const { validateItem } = validation({ items: half });
      expect(await validateItem?.(2)).to.equal(1);
      await rejectionOf(Promise.resolve(validateItem?.(1)), ValidationError);
    });
  });

  describe('blames', () => {
    const schemas = { args: [z.string()], result: z.string(), items: z.string() };
    const blamed = (side: ValidatingSide): string[] => {
      const checks = validation(schemas, side);
      return [
        refusal(() => checks.validateArguments([1])).initiator,
        refusal(() => checks.validateResult(1)).initiator,
        refusal(() => checks.validateItem?.(1)).initiator,
      ];
    };

    it('the caller for arguments and itself for the rest, at the service', () => {
      expect(blamed('service')).to.deep.equal(['remote', 'local', 'local']);
    });

    it('itself for arguments and the service for the rest, at the caller', () => {
      expect(blamed('caller')).to.deep.equal(['local', 'remote', 'remote']);
    });
  });

  it('tells no more issues than it may', () => {
    const list = z.array(z.string());
    const error = refusal(() =>
      validation({ result: list }).validateResult(Array.from({ length: MAX_ISSUES + 1 }, () => 1)),
    );
    expect(error.issues).to.have.length(MAX_ISSUES);
    expect(error.message).to.contain(`(and ${MAX_ISSUES} more)`);
  });

  it('tells symbols in paths by their names', () => {
    const result = judging(() => ({ issues: [{ message: 'no', path: [Symbol('s')] }] }));
    const error = refusal(() => validation({ result }).validateResult(1));
    expect(error.issues).to.deep.equal([{ message: 'no', path: ['result', 'Symbol(s)'] }]);
  });

  it('refuses what a schema refuses without saying why', () => {
    const result = judging(() => ({ issues: [] }));
    const error = refusal(() => validation({ result }).validateResult(1));
    expect(error.message).to.equal('store/scan: result: the value does not fit its schema');
    expect(() => validation({ args: [result] }).validateArguments([1])).to.throw(ValidationError);
  });

  for (const [label, schemas] of Object.entries({
    'a type': { result: String as unknown as StandardSchemaV1 },
    'an argument': { args: [z.string(), { parse: () => 1 } as unknown as StandardSchemaV1] },
    nothing: { items: null as unknown as StandardSchemaV1 },
  })) {
    it(`refuses ${label} for a schema`, () => {
      expect(() => validation(schemas)).to.throw(OptionError, 'store/scan');
    });
  }
});

describe('validationsOf', () => {
  it("makes a caller's checks of each method, by path", () => {
    const checks = validationsOf('store', {
      get: { args: [z.string()] },
      'admin.compact': {},
      scan: undefined,
    });
    expect([...checks.keys()]).to.deep.equal(['get', 'admin.compact']);
    const error = refusal(() => checks.get('get')?.validateArguments([1]));
    expect(error.message).to.match(/^store\/get: args\[0\]: /);
    expect(error.initiator).to.equal('local');
  });
});
