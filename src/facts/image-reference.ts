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
  const registry = !hasRegistry || first === 'index.docker.io' ? 'docker.io' : first;
  return {
    reference,
    registry,
    repository: registry !== 'docker.io' || repository.includes('/') ? repository : `library/${repository}`,
    tag: colon === -1 ? '' : named.slice(colon + 1),
    digest,
    isResolved: reference !== '' && !/[{}$<>\s]/.test(reference),
  };
}

/** Hexadecimal digits of the hash algorithms that the OCI image specification registers (descriptor.md, Digests). */
const HASH_DIGITS: Readonly<Record<string, number>> = { sha256: 64, sha512: 128, blake3: 64 };

/** Whether a digest has the form that a runtime takes. One that is cut short or in upper case names no image: nothing can be pulled by it. */
export function isDigest(digest: string): boolean {
  if (digest === '') return false;
  const [, algorithm = '', hash = ''] = /^([a-z0-9]+(?:[+._-][a-z0-9]+)*):([A-Za-z0-9=_-]{32,})$/.exec(digest) ?? [];
  const digits = Object.hasOwn(HASH_DIGITS, algorithm) ? HASH_DIGITS[algorithm] : undefined;
  return algorithm !== '' && (digits === undefined || (hash.length === digits && /^[0-9a-f]+$/.test(hash)));
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
  if (isDigest(image.digest)) return false;
  const tag = image.tag.toLowerCase();
  return tag === '' || MOVING_TAGS.has(tag) || tag.startsWith('latest-') || tag.endsWith('-latest');
}
