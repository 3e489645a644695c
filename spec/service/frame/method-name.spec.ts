import { expect } from 'chai';
import { createHash } from 'node:crypto';

import { MAIN_MESSAGE_VERB } from '../../../lib/call/common/main-messages.ts';
import { MisuseError } from '../../../lib/errors/errors.ts';
import {
  checkPathSegment,
  checkServiceName,
  MAX_NAME_LENGTH,
  methodName,
  methodVerb,
} from '../../../lib/service/frame/method-name.ts';

const TOP_BIT = 1n << 63n;

const CHECKS = { 'a service': checkServiceName, 'a method': checkPathSegment } as const;

describe('service/method-name', () => {
  it("puts a method's path behind its service", () => {
    expect(methodName('store', 'admin.compact')).to.equal('store/admin.compact');
  });

  it('makes a verb of the first eight bytes of the hash, little endian, with the top bit set', () => {
    for (const name of ['store/get', 'store/admin.compact', 'läden/größe', '']) {
      const digest = createHash('sha256').update(name).digest();
      const verb = methodVerb(name);
      expect(verb | TOP_BIT).to.equal(verb);
      expect(verb & ~TOP_BIT).to.equal(digest.readBigUInt64LE(0) & ~TOP_BIT);
    }
  });

  it('never changes the verb of a name', () => {
    expect(methodVerb('store/get').toString(16)).to.equal('ded07800b3a9407d');
    expect(methodVerb('sluice/describe').toString(16)).to.equal('c88e28ac0cf1b9ce');
  });

  it('keeps clear of the control verb', () => {
    expect(MAIN_MESSAGE_VERB & TOP_BIT).to.equal(0n);
  });

  for (const [what, check] of Object.entries(CHECKS)) {
    it(`E1 takes ${what}'s name of ${MAX_NAME_LENGTH} characters and no longer one`, () => {
      check('a'.repeat(MAX_NAME_LENGTH));
      expect(() => check('a'.repeat(MAX_NAME_LENGTH + 1))).to.throw(MisuseError, /at most 255/);
    });

    for (const [problem, name, message] of [
      ['is empty', '', /not empty/],
      ['has a slash', 'a/b', /contains "\/"/],
      ['has a line break', 'a\nb', /control character/],
      ['has U+0000', '\0', /control character/],
      ['has a DEL', 'a\u007f', /control character/],
      ['has a C1 control', 'a\u0085', /control character/],
      ['has a lone surrogate', 'a\ud800', /lone surrogate/],
      ['is no string', 5 as unknown as string, /is a string/],
    ] as const) {
      it(`E1 refuses ${what}'s name that ${problem}`, () => {
        expect(() => check(name)).to.throw(MisuseError, message);
      });
    }
  }

  it('takes dots in the name of a service, where they part nothing', () => {
    checkServiceName('acme.v1.Store');
    expect(() => checkPathSegment('a.b')).to.throw(MisuseError, /contains "\."/);
  });

  it('takes names in any language', () => {
    checkServiceName('läden');
    checkPathSegment('größe');
    checkPathSegment('名前');
    checkPathSegment('😀');
  });
});
