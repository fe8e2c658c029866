import type { DockerfileImage } from '../model/inventory.ts';
import type { Subject } from '../model/subject.ts';
import { isDigest, isTagMoving, parseImageReference } from './image-reference.ts';
import { ImageSubject, UNNAMED } from './images.ts';
import { ObjectSubject } from './objects.ts';
import { Part } from './part.ts';
import { isObject, listAt, stringAt } from './read.ts';

/** The image that a Dockerfile builds, and each image that it builds on. */
export function* dockerfileSubjects(resource: DockerfileImage): Generator<Subject> {
  yield new ObjectSubject(resource);
  const image = new ImageSubject(UNNAMED, resource, [], resource);
  yield image;
  yield* basesOf(resource, image);
}

export function basesOf(resource: DockerfileImage, image: ImageSubject): Part<'base'>[] {
  const { stages } = resource.declares;
  const shipped = shippedStage(resource);
  return stages.flatMap((stage, position) => {
    if (stage.base === undefined) return [];
    const reference = parseImageReference(stage.base);
    const isResolved = reference.isResolved && !stage.unresolved;
    const name = stage.name || String(position);
    const facts = {
      reference: stage.base,
      stage: name,
      isFinal: position === shipped,
      isDigestPinned: isResolved ? isDigest(reference.digest) : undefined,
      isTagMoving: isResolved ? isTagMoving(reference) : undefined,
    };
    const absence = { because: 'a build argument without a default stands in FROM', hint: 'give the argument a default' };
    return [new Part('base', facts, image, { part: `stage ${name}`, path: stage.path, resource, absences: { isDigestPinned: absence, isTagMoving: absence } })];
  });
}

/** The stage whose base is shipped: the last one, or the one that it builds on in the end. */
function shippedStage({ declares: { stages }, value }: DockerfileImage): number {
  const written = listAt(value, 'stages');
  let shipped = stages.length - 1;
  for (let position = shipped; position >= 0; position--) {
    const item = written[shipped];
    const from = isObject(item) ? stringAt(item, 'from').toLowerCase() : '';
    if (position < shipped && stages[shipped]?.base === undefined && stages[position]?.name.toLowerCase() === from) shipped = position;
  }
  return shipped;
}
