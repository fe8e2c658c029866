/** The types that a fact can have in a policy's sentence. */
export type FactType = 'bool' | 'int' | 'string' | 'list<string>' | 'list<int>' | 'optional<int>' | 'optional<bool>';

/** What TypeScript sees of a fact of that type. Ints are bigints, as CEL has them. */
export interface FactValues {
  bool: boolean;
  int: bigint;
  string: string;
  'list<string>': readonly string[];
  'list<int>': readonly bigint[];
  'optional<int>': OptionalValue<bigint>;
  'optional<bool>': OptionalValue<boolean>;
}

/** A value that is known to be set or known not to be; the rule language's own `optional`. Not learned at all is `undefined`. */
export interface OptionalValue<T> {
  hasValue(): boolean;
  /** Throws where there is none. */
  value(): T;
}

/** One word that policies can use: the type, one sentence for the docs, and what has to be read to know it. */
export interface FactEntry<T extends FactType = FactType> {
  readonly type: T;
  readonly says: string;
  /** What has to be read beyond the subject's own kinds: a `KubernetesResource`, or another source such as `image config`. */
  readonly reads?: readonly string[];
}

/**
 * A resource of an API server as `group/resource`; the core group is left out. Rights and lists are made of these words, so that
 * what a scan asks for is what its policies read.
 */
export type KubernetesResource = string;

/** A resource that policies cannot be decided without. */
export interface NeededResource {
  /** Empty for the core group. */
  readonly group: string;
  readonly resource: string;
  readonly isNamespaced: boolean;
}

export interface SubjectEntry {
  readonly says: string;
  /** The resources of an API server that such subjects are made of; none for what only files hold. */
  readonly from: readonly KubernetesResource[];
  /** Subject types whose facts are in scope of this one's sentences. */
  readonly parents: readonly string[];
  readonly facts: Readonly<Record<string, FactEntry>>;
}
