import { type CertificateFeatures, coversHost, readCertificate } from '../certificate.ts';
import type { KubernetesObject } from '../model/inventory.ts';
import type { JsonObject, Path } from '../model/json.ts';
import type { Subject } from '../model/subject.ts';
import type { Derived } from './derived.ts';
import { ObjectSubject } from './objects.ts';
import { Part } from './part.ts';
import { field, isObject, listAt, objectAt, optionalInt, stringAt, stringsAt } from './read.ts';
import { nameOf, type UnitIndex } from './unit-index.ts';

const DAY = 24 * 60 * 60 * 1000;

/** The certificates in Secrets and ConfigMaps of a unit, and those that cert-manager is asked for. */
export function* certificatesOf(index: UnitIndex, namespaceOf: (resource: KubernetesObject) => Derived): Generator<Subject> {
  const users = new SecretUsers(index);
  for (const resource of [...index.all('Secret'), ...index.all('ConfigMap')]) {
    for (const { path, text } of textsOf(resource)) {
      const features = readCertificate(text);
      if (features === undefined) continue;
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
}

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
        for (const secret of secretsMountedBy(pod.spec)) {
          const key = `${this.#index.namespaceOf(resource)}/${secret}`;
          found.set(key, [...(found.get(key) ?? []), objectAt(pod.metadata, 'labels')]);
        }
      }
    }
    return found;
  }
}

/** A projected volume puts several of them into one folder. */
function secretsMountedBy(spec: JsonObject): string[] {
  return listAt(spec, 'volumes').flatMap((volume) => {
    if (!isObject(volume)) return [];
    const projected = listAt(objectAt(volume, 'projected'), 'sources').map((source) => (isObject(source) ? stringAt(objectAt(source, 'secret'), 'name') : ''));
    return [stringAt(objectAt(volume, 'secret'), 'secretName'), ...projected].filter((name) => name !== '');
  });
}

function isNameOf(name: string, service: string, namespace: string): boolean {
  const spellings = [service, `${service}.${namespace}`, `${service}.${namespace}.svc`, `${service}.${namespace}.svc.cluster.local`];
  if (spellings.some((spelling) => coversHost(name, spelling))) return true;
  // Where the manifest leaves its namespace open, any will do; pods of a StatefulSet have names below the Service's.
  return name.startsWith(`${service}.`) || name.endsWith(`.${service}`) || name.includes(`.${service}.`);
}
