import { compareTexts } from '../model/finding-order.ts';
import type { KubernetesObject } from '../model/inventory.ts';
import type { JsonObject, Path } from '../model/json.ts';
import type { PodTemplate } from './pods.ts';
import { isObject, listAt, objectAt, stringAt, stringsAt } from './read.ts';
import { nameOf, type UnitIndex } from './unit-index.ts';

/** A Secret that something takes its certificate from, and where it says so. */
export interface CertificateInUse {
  readonly namespace: string;
  readonly secret: string;
  readonly user: KubernetesObject;
  readonly path: Path;
  /** Whether cert-manager is told to keep a certificate in it, for the names that are written here. */
  readonly isRenewed: boolean;
}

/** What serves with a certificate, or calls with one, by the Secret that it names. Of several that name one, the first by name. */
export function certificatesInUse(index: UnitIndex): CertificateInUse[] {
  const found = [...ofIngresses(index), ...ofGateways(index), ...ofPods(index)];
  const bySecret = new Map<string, CertificateInUse>();
  for (const use of found) {
    const key = `${use.namespace}/${use.secret}`;
    const known = bySecret.get(key);
    // Who has it renewed does so for all that use it.
    if (known === undefined || (use.isRenewed && !known.isRenewed)) bySecret.set(key, use);
  }
  return [...bySecret.values()];
}

function* ofIngresses(index: UnitIndex): Generator<CertificateInUse> {
  for (const ingress of byName(index.all('Ingress'))) {
    for (const [at, entry] of listAt(objectAt(ingress.value, 'spec'), 'tls').entries()) {
      const secret = isObject(entry) ? stringAt(entry, 'secretName') : '';
      // Without names of hosts cert-manager asks for nothing.
      if (isObject(entry) && secret !== '') {
        const isRenewed = asksCertManager(ingress) && stringsAt(entry, 'hosts').length > 0;
        yield { namespace: index.namespaceOf(ingress), secret, user: ingress, path: ['spec', 'tls', at, 'secretName'], isRenewed };
      }
    }
  }
}

function* ofGateways(index: UnitIndex): Generator<CertificateInUse> {
  for (const gateway of byName(index.all('Gateway'))) {
    for (const [at, listener] of listAt(objectAt(gateway.value, 'spec'), 'listeners').entries()) {
      if (!isObject(listener)) continue;
      for (const [of, reference] of listAt(objectAt(listener, 'tls'), 'certificateRefs').entries()) {
        if (!isObject(reference) || !/^(?:Secret)?$/.test(stringAt(reference, 'kind'))) continue;
        const namespace = stringAt(reference, 'namespace') || index.namespaceOf(gateway);
        const isRenewed = asksCertManager(gateway) && stringAt(listener, 'hostname') !== '';
        yield { namespace, secret: stringAt(reference, 'name'), user: gateway, path: ['spec', 'listeners', at, 'tls', 'certificateRefs', of, 'name'], isRenewed };
      }
    }
  }
}

/** What ingress-shim and gateway-shim of cert-manager look for. */
function asksCertManager({ value }: KubernetesObject): boolean {
  const annotations = objectAt(objectAt(value, 'metadata'), 'annotations');
  return (
    ['cert-manager.io/cluster-issuer', 'cert-manager.io/issuer'].some((name) => stringAt(annotations, name) !== '') || stringAt(annotations, 'kubernetes.io/tls-acme') === 'true'
  );
}

function* ofPods(index: UnitIndex): Generator<CertificateInUse> {
  for (const [resource, templates] of index.podTemplates) {
    for (const pod of templates) {
      for (const [at, volume] of listAt(pod.spec, 'volumes').entries()) {
        if (!isObject(volume)) continue;
        for (const { secret, items, path } of secretsIn(volume)) {
          if (!servesFrom(volume, items, pod, resource, index)) continue;
          yield { namespace: index.namespaceOf(resource), secret, user: resource, path: [...pod.specPath, 'volumes', at, ...path], isRenewed: false };
        }
      }
    }
  }
}

interface MountedSecret {
  readonly secret: string;
  readonly items: readonly JsonObject[];
  readonly path: Path;
}

/** A projected volume puts several of them into one folder. */
export function secretsIn(volume: JsonObject): MountedSecret[] {
  const mounted = (source: JsonObject, key: string, path: Path): MountedSecret => ({ secret: stringAt(source, key), items: listAt(source, 'items').filter(isObject), path });
  const projected = listAt(objectAt(volume, 'projected'), 'sources').map((source, at) =>
    mounted(isObject(source) ? objectAt(source, 'secret') : {}, 'name', ['projected', 'sources', at, 'secret', 'name']),
  );
  return [mounted(objectAt(volume, 'secret'), 'secretName', ['secret', 'secretName']), ...projected].filter(({ secret }) => secret !== '');
}

/** A certificate of one's own: that of an authority is for checking others. */
const FILE = /(?:^|\/)(?!ca[.-]|root|[\w-]{0,60}-ca\.)(?:[\w.-]{1,100}\.(?:crt|cer|cert)|[\w.-]{0,100}(?:cert|chain|server|tls|client)[\w.-]{0,100}\.pem)$/i;

/** Whether a key that is picked, or a path that some setting names, is that of a certificate. */
function servesFrom(volume: JsonObject, items: readonly JsonObject[], { spec }: PodTemplate, resource: KubernetesObject, index: UnitIndex): boolean {
  if (items.some((item) => FILE.test(stringAt(item, 'key')) || FILE.test(stringAt(item, 'path')))) return true;
  const name = stringAt(volume, 'name');
  let texts: readonly string[] | undefined;
  for (const list of ['containers', 'initContainers']) {
    for (const container of listAt(spec, list)) {
      for (const mount of isObject(container) ? listAt(container, 'volumeMounts') : []) {
        if (!isObject(mount) || stringAt(mount, 'name') !== name) continue;
        const path = stringAt(mount, 'mountPath').replace(/\/+$/, '');
        if (stringAt(mount, 'subPath') !== '') {
          if (FILE.test(stringAt(mount, 'subPath')) || FILE.test(path)) return true;
          continue;
        }
        texts ??= textsOf(spec, resource, index);
        if (path !== '' && texts.some((text) => namesFileBelow(path, text))) return true;
      }
    }
  }
  return false;
}

function namesFileBelow(path: string, text: string): boolean {
  const prefix = `${path}/`;
  for (let at = text.indexOf(prefix); at !== -1; at = text.indexOf(prefix, at + prefix.length)) {
    const file = /^[\w./-]{1,200}/.exec(text.slice(at + prefix.length, at + prefix.length + 200))?.[0].replace(/\.+$/, '') ?? '';
    if (FILE.test(file)) return true;
  }
  return false;
}

/** What a pod is started with: words, variables, and the ConfigMaps that it mounts. */
function textsOf(spec: JsonObject, resource: KubernetesObject, index: UnitIndex): string[] {
  const ofContainers = ['containers', 'initContainers'].flatMap((list) =>
    listAt(spec, list).flatMap((container) => {
      if (!isObject(container)) return [];
      const variables = listAt(container, 'env').flatMap((variable) => (isObject(variable) ? stringAt(variable, 'value') : []));
      return [...stringsAt(container, 'command'), ...stringsAt(container, 'args'), ...variables];
    }),
  );
  const ofConfigMaps = listAt(spec, 'volumes').flatMap((volume) => {
    const name = isObject(volume) ? stringAt(objectAt(volume, 'configMap'), 'name') : '';
    const found = name === '' ? undefined : index.find('ConfigMap', index.namespaceOf(resource), name, resource);
    return found === undefined ? [] : Object.values(objectAt(found.value, 'data')).filter((text) => typeof text === 'string');
  });
  return [...ofContainers, ...ofConfigMaps];
}

function byName(resources: readonly KubernetesObject[]): readonly KubernetesObject[] {
  return resources.length < 2 ? resources : [...resources].sort((a, b) => compareTexts(nameOf(a), nameOf(b)));
}

/** Secrets that cert-manager is asked to keep a certificate in. */
export function secretsOfCertificates(index: UnitIndex): ReadonlySet<string> {
  return new Set(index.all('Certificate').map((resource) => `${index.namespaceOf(resource)}/${stringAt(objectAt(resource.value, 'spec'), 'secretName')}`));
}

/** Whether a Secret says that it is for a certificate, whatever it holds. */
export function isForCertificate({ value }: KubernetesObject): boolean {
  return stringAt(value, 'type') === 'kubernetes.io/tls';
}
