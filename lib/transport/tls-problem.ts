/**
 * The failures of TLS, in plain words. Node gives OpenSSL's texts for most of them. Only failures
 * that another try would meet again are told here: for a damaged record or a lost socket there are
 * no words.
 */

import { messageOf, readField, textOf } from '../errors/foreign.ts';

const UNTRUSTED =
  'no authority that this side trusts vouches for the certificate of the peer (tls.ca)';
const NO_TLS = 'the peer does not speak TLS';
const NO_VERSION = 'the two sides have no version of TLS in common';
const NO_PROTOCOL = 'the two sides have no protocol over TLS in common (tls.ALPNProtocols)';
const NO_CIPHER = 'the two sides have no cipher in common (tls.ciphers)';
const MISSING = 'the peer wants a certificate of this side (tls.cert and tls.key)';
const REFUSED = 'the peer refuses the certificate of this side';

/** By the code of Node's error. */
const PROBLEMS: ReadonlyMap<unknown, string> = new Map([
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', UNTRUSTED],
  ['UNABLE_TO_GET_ISSUER_CERT', UNTRUSTED],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', UNTRUSTED],
  ['SELF_SIGNED_CERT_IN_CHAIN', UNTRUSTED],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', UNTRUSTED],
  ['CERT_UNTRUSTED', UNTRUSTED],
  ['CERT_SIGNATURE_FAILURE', UNTRUSTED],
  ['INVALID_CA', UNTRUSTED],
  ['CERT_HAS_EXPIRED', 'the certificate of the peer has expired'],
  ['CERT_NOT_YET_VALID', 'the certificate of the peer is not valid yet'],
  ['CERT_REVOKED', 'the certificate of the peer is revoked'],
  ['CERT_REJECTED', 'the certificate of the peer is marked as refused'],
  ['CERT_CHAIN_TOO_LONG', 'the certificate of the peer has too many authorities above it'],
  ['INVALID_PURPOSE', 'the certificate of the peer is not meant for this side of a connection'],
  ['HOSTNAME_MISMATCH', 'the certificate of the peer is for another name'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'the certificate of the peer is for another name'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', NO_TLS],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', NO_TLS],
  ['ERR_SSL_HTTP_REQUEST', NO_TLS],
  ['ERR_SSL_HTTPS_PROXY_REQUEST', NO_TLS],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL', NO_VERSION],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', NO_VERSION],
  ['ERR_SSL_NO_APPLICATION_PROTOCOL', NO_PROTOCOL],
  ['ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL', NO_PROTOCOL],
  ['ERR_SSL_NO_SHARED_CIPHER', NO_CIPHER],
  ['ERR_SSL_TLSV1_ALERT_INSUFFICIENT_SECURITY', NO_CIPHER],
  ['ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE', 'the peer has shown no certificate'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', MISSING],
  [
    'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
    'the peer refuses the handshake: it wants a certificate of this side, or knows no common cipher',
  ],
  ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', REFUSED],
  ['ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE', REFUSED],
  ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN', REFUSED],
  ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', `${REFUSED}: it has expired`],
  ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED', `${REFUSED}: it is revoked`],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', `${REFUSED}: it does not know its authority`],
  ['ERR_SSL_TLSV1_ALERT_ACCESS_DENIED', REFUSED],
]);

/** By a part of the code or the text of Node's error, in the order in which they are tried. */
const OPTION_PROBLEMS: readonly (readonly [sign: RegExp, problem: string])[] = [
  [/mac verify/i, 'the passphrase of pfx is wrong or missing'],
  [/not enough data|wrong tag/i, 'pfx is no file of the kind PKCS #12'],
  [/BAD_DECRYPT|INTERRUPTED|PASSWORD/i, 'the passphrase of key is wrong or missing'],
  [/KEY_VALUES_MISMATCH|KEY_TYPE_MISMATCH/, 'key does not belong to cert'],
  [/NO_START_LINE|BAD_BASE64|UNSUPPORTED/, 'cert or key is no PEM'],
  [/NO_CIPHER_MATCH/, 'ciphers names none that this process has'],
];

/** Another try may succeed after these: bytes were damaged, or the peer had a fault of its own. */
const PASSING =
  /BAD_RECORD_MAC|DECRYPT|DECODE|INTERNAL_ERROR|UNEXPECTED_EOF|CANCELL?ED|CLOSE_NOTIFY/;
/** Alerts that may come after the handshake: with TLS 1.3 a server judges its client only then. */
const ABOUT_CERTIFICATES = /_ALERT_.*(CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/;

/** The reason why a handshake can't succeed; undefined for a failure that may pass. */
export function tlsProblem(error: unknown): string | undefined {
  const code = codeOf(error);
  const known = PROBLEMS.get(code);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return withReason(known, error);
  if (known !== undefined) return known;
  if (typeof code !== 'string' || !code.startsWith('ERR_SSL_') || PASSING.test(code)) {
    return undefined;
  }
  return withReason('the TLS handshake failed', error);
}

/** As {@link tlsProblem}, for a connection after its handshake. */
export function tlsProblemAfterwards(error: unknown): string | undefined {
  const code = codeOf(error);
  return typeof code === 'string' && ABOUT_CERTIFICATES.test(code) ? tlsProblem(error) : undefined;
}

/** The reason why Node can't use the options `cert`, `key`, `pfx` and so on. */
export function tlsOptionsProblem(error: unknown): string {
  const text = `${textOf(readField(error, 'code'))} ${messageOf(error)}`;
  const known = OPTION_PROBLEMS.find(([sign]) => sign.test(text))?.[1];
  if (known !== undefined) return `option tls: ${known}`;
  return withReason('option tls: Node can not use it', error);
}

/** The code of Node's error. From OpenSSL 3.2 on some alerts have another name. */
function codeOf(error: unknown): unknown {
  const code = readField(error, 'code');
  return typeof code === 'string' ? code.replace('_SSL/TLS_ALERT_', '_SSLV3_ALERT_') : code;
}

function withReason(problem: string | undefined, error: unknown): string {
  const reason = readField(error, 'reason') ?? readField(error, 'message');
  return typeof reason === 'string' ? `${problem}: ${reason}` : `${problem}`;
}
