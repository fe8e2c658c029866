import type { KubernetesObject, Resource } from '../../model/inventory.ts';
import type { JsonObject } from '../../model/json.ts';

import { knownText } from '../connections/text.ts';
import type { ContainerSubject } from '../containers.ts';
import type { ImageReference } from '../image-reference.ts';
import type { ContainerRole } from '../pods.ts';
import { field, intAt, isObject, listAt, objectAt, stringAt } from '../read.ts';
import { nameOf, type UnitIndex } from '../unit-index.ts';
import { ownerOf } from '../workloads.ts';
import { keptFolders, mountedFiles, type PodVolumes, podVolumes } from './kubernetes-mounts.ts';
import { kubernetesTexts, wordsOf } from './kubernetes-texts.ts';
import type { KeptFolder, MountedFiles, Program, Texts, Word } from './program.ts';
import { isSilent } from './silence.ts';

const NOTHING_MOUNTED: MountedFiles = { files: [], unseenPaths: [], wholeFolders: [] };

/** A container of a pod. */
export class KubernetesProgram implements Program {
  readonly container: ContainerSubject;
  readonly #index: UnitIndex;
  #isSilent: boolean | undefined;
  #texts: Texts | undefined;
  #mounted: MountedFiles | undefined;
  #volumes: PodVolumes | undefined;

  constructor(container: ContainerSubject, index: UnitIndex) {
    this.container = container;
    this.#index = index;
  }

  get isSilent(): boolean {
    const { container, workload, resource } = this.container;
    this.#isSilent ??= isSilent(container, workload.pod.spec, workload.namespaceName, this.#index, resource);
    return this.#isSilent;
  }

  get image(): ImageReference {
    return this.container.image.reference;
  }

  get role(): ContainerRole {
    return this.container.role;
  }

  /** What a person wrote that makes it: of a Pod that runs otherwise than its owner says, the owner. */
  get #owner(): Resource {
    return ownerOf(this.container.resource);
  }

  get ownerKind(): string {
    return stringAt(this.#owner.value, 'kind');
  }

  /** One for all containers of a pod. */
  get host(): object {
    return this.container.workload.pod;
  }

  get texts(): Texts {
    const { container, path, workload, resource } = this.container;
    this.#texts ??= kubernetesTexts(container, path, workload.pod.spec, workload.namespaceName, this.#index, resource);
    return this.#texts;
  }

  get mounted(): MountedFiles {
    const { container } = this.container;
    this.#mounted ??= listAt(container, 'volumeMounts').length === 0 ? NOTHING_MOUNTED : mountedFiles(container, this.#pod);
    return this.#mounted;
  }

  get kept(): readonly KeptFolder[] {
    return keptFolders(this.container.container, this.#pod);
  }

  get ports(): readonly number[] {
    return listAt(this.container.container, 'ports').flatMap((port) => (isObject(port) && stringAt(port, 'protocol') !== 'UDP' ? Number(stringAt(port, 'containerPort')) : []));
  }

  get hook(): readonly Word[] {
    const { container, path, resource } = this.container;
    const at = ['lifecycle', 'postStart', 'exec'];
    const exec = at.reduce<JsonObject>((value, key) => objectAt(value, key), container);
    return wordsOf(field(exec, 'command')).map((word, index) => ({
      text: knownText(word),
      place: { resource, path: [...resource.at, ...path, ...at, 'command', index] },
      isSecret: false,
    }));
  }

  get #pod(): PodVolumes {
    const { workload, resource } = this.container;
    this.#volumes ??= podVolumes(workload.pod.spec, workload.pod.specPath, workload.namespaceName, this.#index, resource);
    return this.#volumes;
  }

  get application(): string {
    const labels = objectAt(this.container.workload.pod.metadata, 'labels');
    const named = stringAt(labels, 'app.kubernetes.io/name') || stringAt(labels, 'app') || stringAt(labels, 'k8s-app');
    return named === '' ? withoutErrand(nameOf(this.#owner)) : `${stringAt(labels, 'app.kubernetes.io/instance')} ${named}`.trim();
  }

  get copies(): number | undefined {
    const owner = this.#owner;
    const scaler = scalersOf(this.#index).get(`${this.container.workload.namespaceName}/${this.ownerKind}/${nameOf(owner)}`);
    const most = scaler === undefined ? undefined : intAt(objectAt(scaler.value, 'spec'), 'maxReplicas');
    if (most !== undefined && most !== null) return Number(most);
    const kind = this.ownerKind;
    if (kind === 'DaemonSet' || mayScaleUnseen(this, this.#index)) return undefined;
    const spec = objectAt(owner.value, 'spec');
    const wanted = kind === 'Job' || kind === 'CronJob' ? intAt(kind === 'Job' ? spec : objectAt(objectAt(spec, 'jobTemplate'), 'spec'), 'parallelism') : intAt(spec, 'replicas');
    return wanted === undefined ? undefined : Number(wanted ?? 1n);
  }
}

/** Whether an autoscaler that could not be read may make more copies than the workload itself asks for. */
export function mayScaleUnseen({ ownerKind, container }: Program, index: UnitIndex): boolean {
  return !NEVER_SCALED.has(ownerKind) && index.isWithheld('autoscaling/horizontalpodautoscalers', container.identity().namespace);
}

const NEVER_SCALED: ReadonlySet<string> = new Set(['Pod', 'Job', 'CronJob', 'DaemonSet']);

const scalers = new WeakMap<UnitIndex, ReadonlyMap<string, KubernetesObject>>();

function scalersOf(index: UnitIndex): ReadonlyMap<string, KubernetesObject> {
  let found = scalers.get(index);
  if (found === undefined) {
    found = new Map(
      index.all('HorizontalPodAutoscaler').map((scaler) => {
        const target = objectAt(objectAt(scaler.value, 'spec'), 'scaleTargetRef');
        return [`${index.namespaceOf(scaler)}/${stringAt(target, 'kind')}/${stringAt(target, 'name')}`, scaler];
      }),
    );
    scalers.set(index, found);
  }
  return found;
}

/** `api-migrate` runs an errand of `api`. */
export function withoutErrand(name: string): string {
  return name.replace(/[-_](?:db[-_])?(?:migrate|migration|migrations|migrator|seed|setup|init|bootstrap|backup|cron|cronjob|job)(?:[-_]?\d{1,9})?$/, '');
}
