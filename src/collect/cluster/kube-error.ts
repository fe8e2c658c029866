/** What went wrong with a request, as far as the reader has to tell the cases apart. */
export type KubeFault =
  | 'unauthorized'
  | 'forbidden'
  | 'missing'
  | 'expired'
  | 'refused'
  | 'overloaded'
  | 'broken'
  | 'malformed'
  | 'too-large'
  | 'unreachable'
  | 'untrusted'
  | 'credentials'
  | 'out-of-time'
  | 'interrupted';

/** A request that brought no answer. `because` and `hint` are our own words: those of a server may hold anything. */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  readonly fault: KubeFault;
  readonly hint: string;
  readonly status: number | undefined;
  /** What the server asks to wait before it is asked again. */
  readonly retryAfterMs: number | undefined;

  constructor(fault: KubeFault, because: string, hint: string, more: { status?: number; retryAfterMs?: number } = {}) {
    super(because);
    this.fault = fault;
    this.hint = hint;
    this.status = more.status;
    this.retryAfterMs = more.retryAfterMs;
  }
}

/** What an HTTP status means for whoever asked. */
export function statusError(status: number, retryAfter: string | undefined): KubeError {
  const retryAfterMs = /^\d{1,6}$/.test(retryAfter ?? '') ? Number(retryAfter) * 1000 : undefined;
  const more = { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  if (status === 401) return new KubeError('unauthorized', 'the API server does not accept these credentials (401)', 'sign in again, or use another --context', more);
  if (status === 403) return new KubeError('forbidden', 'it is forbidden (403)', 'seaworthy rbac prints the rights that a scan needs', more);
  if (status === 404) return new KubeError('missing', 'the API server does not know it (404)', 'check the version of the cluster', more);
  if (status === 410) return new KubeError('expired', 'the list went out of date while it was read (410)', 'scan again', more);
  if (status === 429) return new KubeError('overloaded', 'the API server is overloaded (429)', 'scan again later, or slower with --qps', more);
  if (status >= 500) return new KubeError('broken', `the API server failed (${status})`, 'scan again later; the log of the API server knows more', more);
  return new KubeError('refused', `the API server answered with status ${status}`, 'check that the address in the kubeconfig is that of an API server', more);
}

const UNTRUSTED = /^(?:CERT_|ERR_TLS_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_SSL_|EPROTO)/;

/** What a failed connection means. The text of the error may quote an address with a password: only its code is told. */
export function connectionError(error: unknown, server: string): KubeError {
  const { code = '', message = '' } = error as NodeJS.ErrnoException;
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    const because = `the certificate of the API server ${code === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not valid yet'}`;
    return new KubeError('untrusted', because, 'check the clock of this machine, then renew the certificate');
  }
  if (UNTRUSTED.test(code)) {
    const because =
      code === 'ERR_TLS_CERT_ALTNAME_INVALID' ? 'the certificate of the API server is for another name' : `the certificate of the API server is not trusted (${code})`;
    const hint =
      code === 'ERR_TLS_CERT_ALTNAME_INVALID'
        ? 'set tls-server-name in the kubeconfig to a name of the certificate'
        : 'check certificate-authority in the kubeconfig; NODE_EXTRA_CA_CERTS adds one';
    return new KubeError('untrusted', because, hint);
  }
  // OpenSSL says it of what it was given, before anything is sent.
  if (code.startsWith('ERR_OSSL_')) {
    return new KubeError(
      'credentials',
      `the client certificate and key of the kubeconfig cannot be used (${code})`,
      'check client-certificate and client-key in the kubeconfig: both are PEM, and one is made for the other',
    );
  }
  const proxy = /^Bad response: (\d{3})$/.exec(message)?.[1];
  if (proxy !== undefined) return new KubeError('unreachable', `the proxy does not let us through (${proxy})`, 'check proxy-url in the kubeconfig, HTTPS_PROXY and NO_PROXY');
  return new KubeError(
    'unreachable',
    `${hostOf(server)} cannot be reached${code === '' ? '' : ` (${code})`}`,
    'check the address in the kubeconfig, the network, HTTPS_PROXY and NO_PROXY',
  );
}

function hostOf(server: string): string {
  return new URL(server).host;
}
