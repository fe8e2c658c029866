import type { ComposeProject } from '../../model/inventory.ts';
import type { JsonObject } from '../../model/json.ts';
import { plain } from '../compose-read.ts';
import type { ServiceContainer } from '../compose-services.ts';
import { knownText } from '../connections/text.ts';
import { baseName } from '../file-names.ts';
import { type ImageReference, parseImageReference } from '../image-reference.ts';
import { field, isObject, listAt, objectAt, stringAt } from '../read.ts';
import { composeFiles, composeKept } from './compose-mounts.ts';
import { composeTexts } from './compose-texts.ts';
import { withoutErrand } from './kubernetes-program.ts';
import { wordsOf } from './kubernetes-texts.ts';
import type { KeptFolder, MountedFile, MountedFiles, Program, Texts, Word } from './program.ts';

/** A service of a compose project. */
export class ComposeProgram implements Program {
  readonly container: ServiceContainer;
  readonly isSilent = false;
  readonly role = 'app';
  readonly ownerKind = 'Service';
  readonly image: ImageReference;
  readonly host: object;
  #texts: Texts | undefined;
  #mounted: MountedFiles | undefined;

  constructor(container: ServiceContainer) {
    this.container = container;
    const { reference, dockerfile } = container.image;
    // What is built here is a server if what it is built on is one.
    const base = dockerfile?.declares.stages.at(-1)?.base;
    this.image = reference.reference === '' && base !== undefined ? parseImageReference(base) : reference;
    this.host = sharedService(container.workload.project, container.workload.name, 0);
  }

  get #project(): ComposeProject {
    return this.container.workload.project;
  }

  get #isBuilt(): boolean {
    return this.container.image.dockerfile !== undefined;
  }

  get texts(): Texts {
    if (this.#texts === undefined) {
      const texts = composeTexts(this.#project, this.container.workload.name, this.container.workload.service);
      // A Dockerfile may say what is started; here nobody looked.
      this.#texts = this.#isBuilt && texts.arguments === null && texts.command === null ? { ...texts, arguments: undefined } : texts;
    }
    return this.#texts;
  }

  get mounted(): MountedFiles {
    if (this.#mounted === undefined) {
      const mounted = this.#withSettings(composeFiles(this.#project, this.container.workload.service));
      this.#mounted = this.#isBuilt ? { ...mounted, unseenPaths: [...mounted.unseenPaths, '/'] } : mounted;
    }
    return this.#mounted;
  }

  /** What its framework finds in the image, unless a file of the same name is put in its place. */
  #withSettings(mounted: MountedFiles): MountedFiles {
    const { name } = this.container.workload;
    const built = Object.hasOwn(this.#project.settingsFiles, name) ? (this.#project.settingsFiles[name] ?? []) : [];
    const settings = built.map((file): MountedFile => {
      // Where in the image it comes to lie is the build's own affair.
      const path = baseName(file.file);
      return { path, text: file.text, place: { resource: file, path: [] }, isSecret: false, isNamed: true };
    });
    const own = settings.filter(({ path }) => !mounted.files.some((file) => file.path.endsWith(`/${path}`)));
    return own.length === 0 ? mounted : { ...mounted, files: [...own, ...mounted.files] };
  }

  get kept(): readonly KeptFolder[] {
    return composeKept(this.#project, this.container.workload.name, this.container.workload.service);
  }

  get ports(): readonly number[] {
    const { service } = this.container.workload;
    const published = listAt(service, 'ports').map((item) => (isObject(item) ? stringAt(item, 'target') : plain(item)));
    return [...published, ...listAt(service, 'expose').map(plain)].flatMap((text) => /(?:^|:)(\d{1,5})(?:\/tcp)?$/.exec(text)?.[1] ?? []).map(Number);
  }

  get hook(): readonly Word[] {
    const { name, service } = this.container.workload;
    return listAt(service, 'post_start').flatMap((item, index) => {
      const command = isObject(item) ? field(item, 'command') : undefined;
      const words = typeof command === 'string' ? [command] : wordsOf(command);
      const path = ['services', name, 'post_start', index, 'command'];
      return words.map((word) => ({ text: knownText(word), place: { resource: this.#project, path }, isSecret: false }));
    });
  }

  get application(): string {
    return withoutErrand(this.container.workload.name);
  }

  get copies(): number | undefined {
    const { service } = this.container.workload;
    const wanted = field(objectAt(service, 'deploy'), 'replicas') ?? field(service, 'scale') ?? 1;
    return /^\d{1,6}$/.test(String(wanted)) ? Number(wanted) : undefined;
  }
}

/** The service whose network a service shares: itself, mostly. */
function sharedService(project: ComposeProject, name: string, depth: number): JsonObject {
  const services = objectAt(project.value, 'services');
  const service = objectAt(services, name);
  const mode = stringAt(service, 'network_mode');
  const other = mode.startsWith('service:') ? mode.slice('service:'.length) : '';
  return other !== '' && depth < 10 && isObject(field(services, other)) ? sharedService(project, other, depth + 1) : service;
}
