import type { KubernetesObject, Resource } from '../model/inventory.ts';
import type { Path } from '../model/json.ts';
import type { Identity, Place } from '../model/subject.ts';
import { detectSecret, isReference, isSecretUnder, isSecretValue, isStandIn, namesSecret } from '../sensitive.ts';
import { Derived } from './derived.ts';
import { secretKindOf } from './environment.ts';
import type { NamespaceSubject } from './namespaces.ts';
import { Part } from './part.ts';
import { EMPTY, field, isObject, objectAt, optionalInt, stringAt, toInt } from './read.ts';
import { secretAge } from './secret-age.ts';

const NOTHING: readonly never[] = [];

/** Any resource as such, for what can be said without knowing its kind. */
export class ObjectSubject extends Derived<'object'> {
  constructor(resource: Resource) {
    const { value } = resource;
    const kind = resource.type === 'kubernetes' ? stringAt(value, 'kind') : KIND_OF_FILE[resource.type];
    const apiVersion = resource.type === 'kubernetes' ? stringAt(value, 'apiVersion') : '';
    const metadata = resource.type === 'kubernetes' ? objectAt(value, 'metadata') : EMPTY;
    super(
      'object',
      {
        apiVersion,
        kind,
        name: resource.type === 'compose' ? resource.project : resource.type === 'kubernetes' ? stringAt(metadata, 'name') || stringAt(metadata, 'generateName') : resource.file,
        namespaceName: stringAt(metadata, 'namespace'),
        duplicateKeys: resource.duplicateKeys.length === 0 ? NOTHING : resource.duplicateKeys.map(({ key }) => key),
        secretAge: optionalInt(kind === 'Secret' ? secretAge(resource) : null),
        removedIn: toInt(removedIn(apiVersion, kind)),
      },
      resource,
      NOTHING,
    );
  }

  override get labels(): Readonly<Record<string, string>> {
    return objectAt(objectAt(this.resource.value, 'metadata'), 'labels') as Record<string, string>;
  }

  identity(): Identity {
    const { apiVersion = '', kind = '', name = '', namespaceName = '' } = this.facts;
    return { apiVersion, kind, namespace: namespaceName, name, container: '', part: '' };
  }

  protected ownPlaces(fact: string): readonly (Path | Place)[] {
    // Duplicate keys carry the path in their document, which for an item of a List is longer than the item's own.
    if (fact === 'duplicateKeys' && this.resource.duplicateKeys.length > 0) return this.resource.duplicateKeys.map(({ path }) => ({ resource: this.resource, path }));
    return [{ apiVersion: ['apiVersion'], removedIn: ['apiVersion'], kind: ['kind'], secretAge: ['metadata', 'creationTimestamp'] }[fact] ?? ['metadata', 'name']];
  }
}

const KIND_OF_FILE = { compose: 'Compose', dockerfile: 'Dockerfile', 'env-file': 'EnvFile', 'config-file': 'ConfigFile' } as const;

/** The minor version of Kubernetes that stopped serving an API (the deprecation guide of kubernetes.io); 0 while it is served. */
function removedIn(apiVersion: string, kind: string): number {
  const kinds = Object.hasOwn(REMOVED, apiVersion) ? REMOVED[apiVersion] : undefined;
  if (kinds === undefined) return 0;
  return (Object.hasOwn(kinds, kind) ? kinds[kind] : undefined) ?? kinds['*'] ?? 0;
}

const REMOVED: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'extensions/v1beta1': { Ingress: 22, PodSecurityPolicy: 16, Deployment: 16, DaemonSet: 16, ReplicaSet: 16, NetworkPolicy: 16 },
  'apps/v1beta1': { '*': 16 },
  'apps/v1beta2': { '*': 16 },
  'policy/v1beta1': { PodSecurityPolicy: 25, PodDisruptionBudget: 25 },
  'batch/v1beta1': { CronJob: 25 },
  'batch/v2alpha1': { CronJob: 21 },
  'networking.k8s.io/v1beta1': { Ingress: 22, IngressClass: 22 },
  'rbac.authorization.k8s.io/v1alpha1': { '*': 20 },
  'rbac.authorization.k8s.io/v1beta1': { '*': 22 },
  'apiextensions.k8s.io/v1beta1': { CustomResourceDefinition: 22 },
  'admissionregistration.k8s.io/v1beta1': { MutatingWebhookConfiguration: 22, ValidatingWebhookConfiguration: 22 },
  'apiregistration.k8s.io/v1beta1': { APIService: 22 },
  'authentication.k8s.io/v1beta1': { TokenReview: 22 },
  'authorization.k8s.io/v1beta1': { '*': 22 },
  'certificates.k8s.io/v1beta1': { CertificateSigningRequest: 22 },
  'coordination.k8s.io/v1beta1': { Lease: 22 },
  'scheduling.k8s.io/v1alpha1': { PriorityClass: 17 },
  'scheduling.k8s.io/v1beta1': { PriorityClass: 22 },
  'storage.k8s.io/v1beta1': { CSIDriver: 22, CSINode: 22, StorageClass: 22, VolumeAttachment: 22, CSIStorageCapacity: 27 },
  'discovery.k8s.io/v1beta1': { EndpointSlice: 25 },
  'events.k8s.io/v1beta1': { Event: 25 },
  'node.k8s.io/v1beta1': { RuntimeClass: 25 },
  'autoscaling/v2beta1': { HorizontalPodAutoscaler: 25 },
  'autoscaling/v2beta2': { HorizontalPodAutoscaler: 26 },
  'flowcontrol.apiserver.k8s.io/v1beta1': { '*': 26 },
  'flowcontrol.apiserver.k8s.io/v1beta2': { '*': 29 },
  'flowcontrol.apiserver.k8s.io/v1beta3': { '*': 32 },
};

/** The keys of a ConfigMap or Secret manifest. Values stay here: what leaves is what was recognised. */
export function entriesOf(object: ObjectSubject, namespace: NamespaceSubject): Part<'entry'>[] {
  const { resource } = object;
  const owner = object.facts.kind === 'Secret' ? 'Secret' : 'ConfigMap';
  const parts: Part<'entry'>[] = [];
  for (const list of ['data', 'stringData', 'binaryData']) {
    const entries = objectAt(resource.value, list);
    for (const key of Object.keys(entries)) {
      const value = field(entries, key);
      const written = typeof value === 'string' ? value : value === undefined || value === null || isObject(value) || Array.isArray(value) ? '' : String(value);
      const text = list === 'binaryData' ? textOfBinary(written) : written;
      const secretKind = owner === 'Secret' ? secretDataKind(resource as KubernetesObject, list, key, text) : configKind(key, text);
      parts.push(
        new Part('entry', { key, owner, namesSecret: namesSecret(key), holdsLiteralSecret: secretKind !== '', secretKind }, object, {
          part: `${list} ${key}`,
          path: [list, key],
          parents: [namespace],
        }),
      );
    }
  }
  return parts;
}

/** `kubectl create configmap --from-file` puts a file there of which one letter is not UTF-8, and base64 hides nothing. What has a zero byte is no text at all. */
function textOfBinary(encoded: string): string {
  const bytes = Buffer.from(encoded, 'base64');
  return bytes.includes(0) ? '' : bytes.toString('utf8');
}

/** A manifest that carries a Secret's data carries the secret, base64 or not; unless it is encrypted, empty or a placeholder. */
function secretDataKind(resource: KubernetesObject, list: string, key: string, text: string): string {
  if (isObject(field(resource.value, 'sops')) || stringAt(resource.value, 'type') === 'helm.sh/release.v1') return '';
  const plain = list === 'data' ? Buffer.from(text, 'base64').toString('utf8') : text;
  if (plain.trim() === '' || isReference(plain) || isReference(text) || isStandIn(plain)) return '';
  // A key may stand behind its certificate, and under any name.
  const detected = detectSecret(plain);
  if (detected !== undefined) return detected;
  return /^-----BEGIN CERTIFICATE-----/.test(plain) || /^(?:ca\.crt|tls\.crt|ca-bundle\.crt|.*\.pub|namespace)$/.test(key) ? '' : 'data of a Secret';
}

/** A whole file may stand in one key: then its lines are looked at one by one. */
function configKind(key: string, text: string): string {
  if (!text.includes('\n')) return secretKindOf(key, text);
  const detected = detectSecret(text);
  if (detected !== undefined) return detected;
  for (const line of text.split('\n')) {
    if (line.length > 2000) continue;
    const pair = /^\s*(?:-\s+|export\s+)?["']?([A-Za-z_][\w.-]{1,80})["']?\s*(?:[:=]|=>|:=)\s*["']?([^"'\s#][^"'#]*?)["']?,?\s*(?:#.*)?$/.exec(line);
    const directive = /^\s*(requirepass|masterauth)\s+(\S+)\s*$/.exec(line);
    const [, name = '', value = ''] = directive ?? pair ?? [];
    if (directive === null ? isSecretUnder(name, value) : isSecretValue(value)) return `value of ${name}`;
  }
  return '';
}
