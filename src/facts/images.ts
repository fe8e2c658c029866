import type { DockerfileImage, Resource } from '../model/inventory.ts';
import type { Path } from '../model/json.ts';
import type { Absence, Identity, Place } from '../model/subject.ts';
import { Derived } from './derived.ts';
import { type ImageReference, isDigest, isTagMoving, parseImageReference } from './image-reference.ts';
import { isDebugPort, isRemoteShellPort } from './ports.ts';
import type { FactsOf } from './vocabulary.ts';

const NO_PARENTS: readonly never[] = [];

/** An image, by its reference, by the Dockerfile that builds it, or both. */
export class ImageSubject extends Derived<'image'> {
  readonly reference: ImageReference;
  /** Where the reference stands, or the Dockerfile. */
  readonly at: Path;
  readonly dockerfile: DockerfileImage | undefined;

  constructor(reference: ImageReference, resource: Resource, at: Path, dockerfile?: DockerfileImage) {
    super('image', deriveFacts(reference, dockerfile), resource, NO_PARENTS);
    this.reference = reference;
    this.at = at;
    this.dockerfile = dockerfile;
  }

  identity(): Identity {
    const name = this.reference.reference || (this.dockerfile?.file ?? '');
    return { apiVersion: '', kind: this.dockerfile === undefined ? 'Image' : 'Dockerfile', namespace: '', name, container: '', part: '' };
  }

  protected ownPlaces(fact: string): readonly (Path | Place)[] {
    const { dockerfile } = this;
    if (dockerfile !== undefined) {
      const inDockerfile = { runsAsRoot: ['user'], hasNumericUser: ['user'], hasHealthCheck: ['healthcheck'] }[fact];
      if (inDockerfile !== undefined) return [{ resource: dockerfile, path: inDockerfile }];
      if (fact === 'exposesRemoteShell') {
        const exposed = dockerfile.declares.exposedPorts.find(({ port }) => isRemoteShellPort(port) || isDebugPort(port));
        return [{ resource: dockerfile, path: exposed?.path ?? [] }];
      }
    }
    return [this.at];
  }

  protected override ownAbsence(fact: string): Absence {
    const name = this.reference.reference;
    if (name !== '' && !this.reference.isResolved) {
      return { because: 'the image reference holds a placeholder', hint: 'scan rendered manifests' };
    }
    if (this.dockerfile !== undefined) {
      const base = this.dockerfile.declares.stages.at(-1)?.base ?? 'its base image';
      return {
        because: `${fact === 'hasHealthCheck' ? 'the health check' : 'the user'} comes from a base image that is not part of this scan`,
        hint: `set it in the Dockerfile (FROM ${base})`,
      };
    }
    if (name === '') return { because: 'it is built from a Dockerfile that is not part of this scan', hint: 'scan where its Dockerfile is at hand' };
    return { because: 'the configuration of the image is not part of this scan', hint: 'set runAsNonRoot and runAsUser in the spec, so that the image does not decide' };
  }
}

export function isMovingReference(image: ImageSubject): boolean {
  return image.reference.tag === 'latest' || (image.reference.tag === '' && image.reference.digest === '');
}

function deriveFacts(image: ImageReference, dockerfile: DockerfileImage | undefined): FactsOf<'image'> {
  const known = <T>(value: T): T | undefined => (image.isResolved ? value : undefined);
  const user = dockerfile?.declares.user;
  const declared = dockerfile?.declares;
  const isBuiltFromScratch = declared !== undefined && declared.stages.length > 0 && declared.stages.every(({ base }) => base === undefined);
  // Without USER, an image FROM scratch runs as root; one FROM another image runs as that one says.
  const effectiveUser = user ?? (isBuiltFromScratch ? '' : undefined);
  return {
    reference: image.reference,
    registry: known(image.registry),
    repository: known(image.repository),
    tag: known(image.tag),
    digest: known(image.digest),
    isDigestPinned: dockerfile !== undefined && image.reference === '' ? undefined : known(isDigest(image.digest)),
    isTagMoving: dockerfile !== undefined && image.reference === '' ? undefined : known(isTagMoving(image)),
    isSeen: dockerfile !== undefined,
    isBuiltHere: dockerfile !== undefined,
    runsAsRoot: effectiveUser === undefined || /[${}]/.test(effectiveUser) ? undefined : isRootUser(effectiveUser),
    hasNumericUser: effectiveUser === undefined || /[${}]/.test(effectiveUser) ? undefined : /^\+?\d+(?::|$)/.test(effectiveUser),
    hasHealthCheck: declared === undefined ? undefined : declared.healthcheck === undefined ? (isBuiltFromScratch ? false : undefined) : declared.healthcheck === 'defined',
    exposesRemoteShell: declared === undefined ? undefined : declared.exposedPorts.some(({ port }) => isRemoteShellPort(port) || isDebugPort(port)),
  };
}

/** `USER` as Docker reads it: empty, `root`, and every spelling of the number 0 (`00`, `+0`, `0:1000`) are root. */
export function isRootUser(user: string): boolean {
  const name = user.split(':')[0]?.trim() ?? '';
  return name === '' || name === 'root' || /^[+-]?0+$/.test(name);
}

/** The reference of a Dockerfile that only builds: it has no name yet. */
export const UNNAMED = parseImageReference('');
