import { type CertificateFeatures, coversHost, readCertificate } from '../certificate.ts';
import type { KubernetesObject } from '../model/inventory.ts';
import type { JsonObject, Path } from '../model/json.ts';
import type { Absence, Subject } from '../model/subject.ts';
import { certificatesInUse, isForCertificate, secretsIn, secretsOfCertificates } from './certificates-in-use.ts';
import type { Derived } from './derived.ts';
import { ObjectSubject } from './objects.ts';
import { Part } from './part.ts';
import { field, isObject, listAt, objectAt, optionalInt, stringAt, stringsAt } from './read.ts';
import { nameOf, type UnitIndex } from './unit-index.ts';
import { type FactsOf, vocabulary } from './vocabulary.ts';

const DAY = 24 * 60 * 60 * 1000;

/** The certificates in Secrets and ConfigMaps of a unit, and those that cert-manager is asked for. */
export function* certificatesOf(index: UnitIndex, namespaceOf: (resource: KubernetesObject) => Derived): Generator<Subject> {
  const users = new SecretUsers(index);
  const read = new Set<string>();
  for (const resource of [...index.all('Secret'), ...index.all('ConfigMap')]) {
    for (const { path, text } of textsOf(resource)) {
      const features = readCertificate(text);
      if (features === undefined) continue;
      // Beside the authority's, which is for checking others, there should be one of its own.
      if (resource.value['kind'] === 'Secret' && !/^ca(?:[.-]|bundle|$)/i.test(String(path.at(-1)))) read.add(`${index.namespaceOf(resource)}/${nameOf(resource)}`);
      const isServers = /(?:^|\/)tls\.crt$/.test(String(path.at(-1))) && !features.isAuthority;
      yield certificate(resource, path, features, isServers ? users.missing(resource, nameOf(resource), features.names) : [], namespaceOf);
    }
  }
  for (const resource of index.all('Certificate')) {
    if (!stringAt(resource.value, 'apiVersion').startsWith('cert-manager.io/')) continue;
    const spec = objectAt(resource.value, 'spec');
    if (field(spec, 'isCA') === true) continue;
    const names = [...stringsAt(spec, 'dnsNames'), ...stringsAt(spec, 'ipAddresses'), stringAt(spec, 'commonName')].filter((name) => name !== '').map((name) => name.toLowerCase());
    yield certificate(resource, ['spec', 'dnsNames'], undefined, users.missing(resource, stringAt(spec, 'secretName'), names), namespaceOf);
  }
  yield* unreadCertificates(index, read, namespaceOf);
}

/** What is in use, or says that it is a certificate, and was not seen as one. */
function* unreadCertificates(index: UnitIndex, read: ReadonlySet<string>, namespaceOf: (resource: KubernetesObject) => Derived): Generator<Subject> {
  const renewed = secretsOfCertificates(index);
  const told = new Set<string>();
  for (const secret of index.all('Secret')) {
    const key = `${index.namespaceOf(secret)}/${nameOf(secret)}`;
    if (!isForCertificate(secret) || read.has(key) || renewed.has(key)) continue;
    told.add(key);
    const because = `what tls.crt of Secret ${nameOf(secret)} holds could not be read as a certificate`;
    yield unreadCertificate(secret, ['type'], 'tls.crt', { because, hint: 'look at the certificate that is served' }, namespaceOf);
  }
  for (const { namespace, secret, user, path, isRenewed } of certificatesInUse(index)) {
    const key = `${namespace}/${secret}`;
    if (read.has(key) || renewed.has(key) || told.has(key)) continue;
    if (isRenewed) {
      yield certificate(user, path, undefined, [], namespaceOf);
      continue;
    }
    const isThere = index.find('Secret', namespace, secret, user) !== undefined;
    const because = isThere ? `Secret ${secret} holds no certificate that could be read` : `Secret ${secret} is not part of this scan`;
    yield unreadCertificate(user, path, secret, { because, hint: 'let cert-manager make it, or scan the Secret, too: of a cluster, with --read-secrets' }, namespaceOf);
  }
}

/** Nothing of it is known but who uses it. */
function unreadCertificate(resource: KubernetesObject, path: Path, of: string, absence: Absence, namespaceOf: (resource: KubernetesObject) => Derived): Subject {
  const facts = { ...NOTHING_KNOWN, name: `${nameOf(resource)} ${of}` };
  const absences = Object.fromEntries(Object.keys(NOTHING_KNOWN).map((fact) => [fact, absence]));
  return new Part('certificate', facts, new ObjectSubject(resource), { part: `certificate ${of}`, path, absences, parents: [namespaceOf(resource)] });
}

const NOTHING_KNOWN = Object.fromEntries(Object.keys(vocabulary.certificate.facts).map((fact) => [fact, undefined])) as FactsOf<'certificate'>;

function certificate(
  resource: KubernetesObject,
  path: Path,
  features: CertificateFeatures | undefined,
  missing: readonly string[] | undefined,
  namespaceOf: (resource: KubernetesObject) => Derived,
): Subject {
  const days = features === undefined ? null : BigInt(Math.floor((features.notAfter - Date.now()) / DAY));
  const facts = {
    name: `${nameOf(resource)}${features === undefined ? '' : ` ${path.at(-1)}`}`,
    isAuthority: features?.isAuthority ?? false,
    daysLeft: optionalInt(days),
    isYetValid: features === undefined || features.notBefore <= Date.now(),
    hasWeakKey: features?.hasWeakKey ?? false,
    hasWeakSignature: features === undefined || (features.isAuthority && features.isSelfSigned) ? false : features.hasWeakSignature,
    isTest: features?.isTest ?? false,
    servicesNotNamed: missing,
  };
  return new Part('certificate', facts, new ObjectSubject(resource), {
    // `stringData` is stored among `data`: in a cluster and in its manifest it is the same certificate.
    part: features === undefined ? 'certificate' : `certificate ${path.at(-1)}`,
    path,
    parents: [namespaceOf(resource)],
  });
}

/** Values that may hold a certificate. What is called a key is not looked at. */
function textsOf(resource: KubernetesObject): { path: Path; text: string }[] {
  const isSecret = stringAt(resource.value, 'kind') === 'Secret';
  const writtenOver = new Set(Object.keys(objectAt(resource.value, 'stringData')));
  return ['data', 'stringData', 'binaryData'].flatMap((list) => {
    const data = objectAt(resource.value, list);
    return Object.keys(data).flatMap((key) => {
      if (list === 'data' && writtenOver.has(key)) return [];
      if (!/\.(?:crt|pem|cer|cert)$|^ca(?:-bundle|bundle)?$/i.test(key)) return [];
      const value = stringAt(data, key);
      const isEncoded = list === 'binaryData' || (isSecret && list === 'data');
      const text = isEncoded ? Buffer.from(value, 'base64').toString('latin1') : value;
      return text.includes('-----BEGIN CERTIFICATE-----') ? [{ path: [list, key], text }] : [];
    });
  });
}

/** What leads from a certificate to the names that it should have. */
const READ = ['services', 'apps/deployments', 'apps/statefulsets', 'apps/daemonsets', 'apps/replicasets', 'pods'];

/** Which Services lead to what mounts a Secret. */
class SecretUsers {
  readonly #index: UnitIndex;
  #labels: ReadonlyMap<string, readonly JsonObject[]> | undefined;
  #services: ReadonlyMap<string, readonly KubernetesObject[]> | undefined;

  constructor(index: UnitIndex) {
    this.#index = index;
  }

  /** Services whose every name the certificate leaves out. */
  missing(resource: KubernetesObject, secretName: string, names: readonly string[]): string[] | undefined {
    const namespace = this.#index.namespaceOf(resource);
    if (READ.some((list) => this.#index.isWithheld(list, namespace))) return undefined;
    this.#labels ??= this.#readLabels();
    const pods = this.#labels.get(`${namespace}/${secretName}`) ?? [];
    if (pods.length === 0) return [];
    this.#services ??= Map.groupBy(this.#index.all('Service'), (service) => this.#index.namespaceOf(service));
    const services = (this.#services.get(namespace) ?? []).filter((service) => {
      const selector = objectAt(objectAt(service.value, 'spec'), 'selector');
      const keys = Object.keys(selector);
      return keys.length > 0 && pods.some((labels) => keys.every((key) => stringAt(labels, key) === stringAt(selector, key)));
    });
    const uncovered = services.map(nameOf).filter((service) => !names.some((name) => isNameOf(name, service, namespace)));
    // Of several Services one may be for metrics only: none may be named, and only then it is the wrong certificate.
    return uncovered.length === services.length ? uncovered.sort() : [];
  }

  #readLabels(): ReadonlyMap<string, readonly JsonObject[]> {
    const found = new Map<string, JsonObject[]>();
    for (const [resource, pods] of this.#index.podTemplates) {
      for (const pod of pods) {
        for (const { secret } of listAt(pod.spec, 'volumes').filter(isObject).flatMap(secretsIn)) {
          const key = `${this.#index.namespaceOf(resource)}/${secret}`;
          found.set(key, [...(found.get(key) ?? []), objectAt(pod.metadata, 'labels')]);
        }
      }
    }
    return found;
  }
}

function isNameOf(name: string, service: string, namespace: string): boolean {
  const spellings = [service, `${service}.${namespace}`, `${service}.${namespace}.svc`, `${service}.${namespace}.svc.cluster.local`];
  if (spellings.some((spelling) => coversHost(name, spelling))) return true;
  // Where the manifest leaves its namespace open, any will do; pods of a StatefulSet have names below the Service's.
  return name.startsWith(`${service}.`) || name.endsWith(`.${service}`) || name.includes(`.${service}.`);
}
