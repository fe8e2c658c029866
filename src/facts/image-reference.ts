/** What an image reference says by itself. */
export interface ImageReference {
  readonly reference: string;
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
  /** False where a template or a variable stands in it, or it is empty: nothing can be said then. */
  readonly isResolved: boolean;
}

/**
 * Parses as the container runtimes do (distribution/reference): the first component is a registry only if it has a dot, a
 * colon or is `localhost`; a colon after the last slash begins a tag, so `registry.local:5000/app` has none.
 */
export function parseImageReference(text: string): ImageReference {
  const reference = text.trim();
  const at = reference.indexOf('@');
  const digest = at === -1 ? '' : reference.slice(at + 1);
  const named = at === -1 ? reference : reference.slice(0, at);
  const lastSlash = named.lastIndexOf('/');
  const colon = named.indexOf(':', lastSlash + 1);
  const path = colon === -1 ? named : named.slice(0, colon);
  const firstSlash = path.indexOf('/');
  const first = firstSlash === -1 ? '' : path.slice(0, firstSlash);
  const hasRegistry = first === 'localhost' || /[.:]/.test(first) || /[A-Z]/.test(first);
  const repository = hasRegistry ? path.slice(firstSlash + 1) : path;
  return {
    reference,
    registry: hasRegistry ? first : 'docker.io',
    repository: hasRegistry || repository.includes('/') ? repository : `library/${repository}`,
    tag: colon === -1 ? '' : named.slice(colon + 1),
    digest,
    isResolved: reference !== '' && !/[{}$<>\s]/.test(reference),
  };
}

/** Tags that are made to be moved: what runs tomorrow is not what was tested today. */
const MOVING_TAGS = new Set([
  'latest',
  'stable',
  'main',
  'master',
  'trunk',
  'edge',
  'dev',
  'devel',
  'develop',
  'development',
  'nightly',
  'rolling',
  'current',
  'canary',
  'unstable',
  'testing',
  'staging',
  'prod',
  'production',
  'release',
  'lts',
  'mainline',
  'head',
  'snapshot',
  'next',
  'beta',
  'alpha',
  'preview',
  'test',
  'default',
]);

export function isTagMoving(image: ImageReference): boolean {
  if (image.digest !== '') return false;
  const tag = image.tag.toLowerCase();
  return tag === '' || MOVING_TAGS.has(tag) || tag.startsWith('latest-') || tag.endsWith('-latest');
}
