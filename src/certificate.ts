import type { X509Certificate } from 'node:crypto';

/** What a certificate says, as far as it can be judged by itself. */
export interface CertificateFeatures {
  /** Host names and addresses that it is for, in lower case. */
  readonly names: readonly string[];
  readonly notBefore: number;
  readonly notAfter: number;
  readonly isAuthority: boolean;
  readonly isSelfSigned: boolean;
  /** RSA below 2048 bits, or a curve below 256. */
  readonly hasWeakKey: boolean;
  /** Signed with SHA-1 or MD5. */
  readonly hasWeakSignature: boolean;
  /** One that a package or a controller brings along, with a key that everybody has or that nobody chose. */
  readonly isTest: boolean;
}

const BLOCK = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]{100,20000}-----END CERTIFICATE-----/;
const TEST_NAMES = /snakeoil|fake certificate|example ca|test ca|localhost test|internet widgits|testcert/i;
/** Object identifiers of sha1WithRSAEncryption, md5WithRSAEncryption and ecdsa-with-SHA1, as they stand in the encoding. */
const WEAK_SIGNATURES = ['2a864886f70d010105', '2a864886f70d010104', '2a8648ce3d0401'];

/** The first certificate in a text; undefined where there is none. Keys are not looked at. */
export function readCertificate(text: string): CertificateFeatures | undefined {
  const block = BLOCK.exec(text)?.[0];
  if (block === undefined) return undefined;
  try {
    // Loaded here, for it takes 10 ms, and few manifests hold a certificate.
    const certificate = new (process.getBuiltinModule('node:crypto').X509Certificate)(block);
    const encoded = certificate.raw.toString('hex');
    return {
      names: namesOf(certificate),
      notBefore: Date.parse(certificate.validFrom),
      notAfter: Date.parse(certificate.validTo),
      isAuthority: certificate.ca,
      isSelfSigned: certificate.subject === certificate.issuer,
      hasWeakKey: hasWeakKey(certificate),
      hasWeakSignature: WEAK_SIGNATURES.some((identifier) => encoded.includes(`06${(identifier.length / 2).toString(16).padStart(2, '0')}${identifier}`)),
      isTest: TEST_NAMES.test(`${certificate.subject}\n${certificate.issuer}`),
    };
  } catch {
    return undefined;
  }
}

function namesOf({ subjectAltName }: X509Certificate): string[] {
  return (subjectAltName ?? '').split(', ').flatMap((entry) => /^(?:DNS|IP Address):(.+)$/.exec(entry)?.[1]?.toLowerCase() ?? []);
}

function hasWeakKey({ publicKey }: X509Certificate): boolean {
  const { modulusLength, namedCurve } = publicKey.asymmetricKeyDetails ?? {};
  if (modulusLength !== undefined) return modulusLength < 2048;
  return namedCurve !== undefined && /(?:^|\D)(?:112|128|160|163|192|224|233)(?:\D|$)/.test(namedCurve);
}

/** Whether a certificate's name is for a host (RFC 6125: a star stands for one whole label). */
export function coversHost(name: string, host: string): boolean {
  if (name === host) return true;
  if (!name.startsWith('*.')) return false;
  const dot = host.indexOf('.');
  return dot > 0 && host.slice(dot) === name.slice(1);
}
