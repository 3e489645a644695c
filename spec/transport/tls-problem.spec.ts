import { expect } from 'chai';

import {
  tlsOptionsProblem,
  tlsProblem,
  tlsProblemAfterwards,
} from '../../lib/transport/tls-problem.ts';

/** An error as Node makes them of OpenSSL's. */
function failure(code: string, reason?: string): Error {
  return Object.assign(new Error(`80:error:0A:SSL routines:${reason}:file.c:1:`), { code, reason });
}

describe('tlsProblem', () => {
  it('F32 says in words that the certificate, the version or TLS itself is the problem', () => {
    const known: [code: string, words: RegExp][] = [
      ['DEPTH_ZERO_SELF_SIGNED_CERT', /^no authority that this side trusts/],
      ['CERT_NOT_YET_VALID', /not valid yet/],
      ['ERR_SSL_WRONG_VERSION_NUMBER', /^the peer does not speak TLS$/],
      ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', /no version of TLS in common/],
      ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', /^the peer refuses .*: it has expired$/],
      ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', /^the peer refuses .*: it does not know its authority$/],
    ];
    for (const [code, words] of known) expect(tlsProblem(failure(code))).to.match(words);
  });

  it('F32 knows alerts by both of the names that versions of OpenSSL give them', () => {
    for (const name of ['HANDSHAKE_FAILURE', 'BAD_CERTIFICATE', 'CERTIFICATE_REVOKED']) {
      const older = tlsProblem(failure(`ERR_SSL_SSLV3_ALERT_${name}`));
      expect(older, name).to.match(/^the peer refuses/);
      const newer = failure(`ERR_SSL_SSL/TLS_ALERT_${name}`);
      expect(tlsProblem(newer), name).to.equal(older);
      const afterwards = name.includes('CERTIFICATE') ? older : undefined;
      expect(tlsProblemAfterwards(newer), name).to.equal(afterwards);
    }
  });

  it('F32 gives OpenSSL’s reason where there are no words for it', () => {
    expect(tlsProblem(failure('ERR_SSL_NO_SUITABLE_KEY_SHARE', 'no suitable key share'))).to.equal(
      'the TLS handshake failed: no suitable key share',
    );
  });

  it('F32 says nothing of failures that may pass, and of what is none of TLS', () => {
    const passing = [
      'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC',
      'ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC',
      'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR',
      'ECONNRESET',
    ];
    for (const code of passing) expect(tlsProblem(failure(code)), code).to.equal(undefined);
    expect(tlsProblem(undefined)).to.equal(undefined);
  });

  it('F32 takes only alerts about certificates for lasting, once a connection is open', () => {
    const required = failure('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED');
    expect(tlsProblemAfterwards(required)).to.match(/wants a certificate of this side/);
    for (const code of ['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION']) {
      expect(tlsProblemAfterwards(failure(code)), code).to.equal(undefined);
    }
  });

  it('F32 says which of the options Node can’t use', () => {
    const known: [error: Error, words: string][] = [
      [failure('ERR_OSSL_X509_KEY_VALUES_MISMATCH'), 'key does not belong to cert'],
      [failure('ERR_OSSL_BAD_DECRYPT'), 'the passphrase of key is wrong or missing'],
      [new Error('mac verify failure'), 'the passphrase of pfx is wrong or missing'],
      [new Error('not enough data'), 'pfx is no file of the kind PKCS #12'],
      [new Error('something new'), 'Node can not use it: something new'],
    ];
    for (const [error, words] of known) {
      expect(tlsOptionsProblem(error)).to.equal(`option tls: ${words}`);
    }
  });
});
