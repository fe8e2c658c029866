import type { JsonObject, Path } from './json.ts';

/** A position that a person can open: in a file, in a live object, or in an image. */
export type Location = FileLocation | LiveLocation | ImageLocation;

export interface FileLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly pointer: string;
  /** True when nothing stands at the pointer; line and column are then those of its nearest existing parent. */
  readonly missing: boolean;
  /** The Helm template that rendered this document, from its `# Source:` comment. */
  readonly template?: string;
}

export interface LiveLocation {
  readonly cluster: string;
  readonly ref: string;
  readonly pointer: string;
  readonly missing: boolean;
}

export interface ImageLocation {
  readonly image: string;
  readonly layer?: string;
  readonly path: string;
}

/** One line of a scanned file as it may be shown: cut, and with every secret masked. */
export interface ExcerptLine {
  readonly line: number;
  readonly text: string;
}

/** Where a resource was found, and how to find the place of any path inside it. Both are worked out only when asked for. */
export interface Origin {
  /** `git` for anything read from files, `live:<cluster>` for what a cluster runs. */
  readonly view: string;
  /** The file that it stands in, if it stands in one. */
  readonly file?: string;
  /** Of a live object: how far its cluster was read. */
  readonly reading?: Reading;
  locate(path: Path): Location;
  /** The lines around a location of this origin, secrets masked; none where there is no text to show. */
  excerpt(location: Location): readonly ExcerptLine[];
}

/** A key that a mapping holds twice. The last one counts, as it does for kubectl. */
export interface DuplicateKey {
  readonly path: Path;
  readonly key: string;
}

/** One thing as it was found: never changed after collection. */
export type Resource = KubernetesObject | ComposeProject | DockerfileImage | EnvFile | ConfigFile;

interface Found {
  readonly value: JsonObject;
  readonly origin: Origin;
  /** Where in its document the value stands; empty except for an item of a List. */
  readonly at: Path;
  readonly duplicateKeys: readonly DuplicateKey[];
}

/** An object as an API server would get it, known kind or not. */
export interface KubernetesObject extends Found {
  readonly type: 'kubernetes';
  /** Of a Pod that runs otherwise than its owner's template says: the owner, in whose name it is judged. */
  readonly owner?: KubernetesObject;
  /** Of such a Pod: what made it, where that has another template than the owner of today: the ReplicaSet of an earlier revision, for example. */
  readonly maker?: KubernetesObject;
  /** Of an owner: Pods of it run, and none as its template says, so that they say what is the case. */
  readonly isOverridden?: boolean;
  /** Of an owner in a live cluster: Pods of it run. */
  readonly hasPods?: boolean;
}

/** A compose file, interpolated and with `extends` and anchors resolved; the value has `services`, `volumes` and so on. */
export interface ComposeProject extends Found {
  readonly type: 'compose';
  readonly project: string;
  /** Path of the compose file, as the report shows it. */
  readonly file: string;
  /** Whether there was a `.env` file or an environment to take variables from; without one, an unset variable proves nothing. */
  readonly hasEnvironment: boolean;
  /** Every `${…}` of the file, so that a check can say which one came out empty. */
  readonly interpolations: readonly Interpolation[];
  /** The files of each service's `env_file`, in their order; later ones win. */
  readonly envFiles: Readonly<Record<string, readonly EnvFile[]>>;
  /** The Dockerfile of each service that is built. */
  readonly dockerfiles: Readonly<Record<string, DockerfileImage>>;
  /** Configuration files beside the project that it mounts, by the path that the project gives; those in a folder that it mounts with their name behind it. */
  readonly mountedFiles: Readonly<Record<string, ConfigFile>>;
  /** Of each service that is built from a folder of the project: the settings that its framework finds among what is built. */
  readonly settingsFiles: Readonly<Record<string, readonly ConfigFile[]>>;
}

export interface Interpolation {
  readonly path: Path;
  readonly variable: string;
  /** `set`: from the environment or `.env`. `default`: a non-empty default was used. `empty`: set to, or defaulted to, nothing. `unset`: compose warns and uses nothing. `required`: `${X:?}` and unset, so compose refuses to start. */
  readonly outcome: 'set' | 'default' | 'empty' | 'unset' | 'required';
  /** The whole value as the file has it, with `${NAME}` for what came from outside: a password beside a filled-in host is still written there. */
  readonly written: string;
}

/** What a Dockerfile declares about the image that its last stage builds. */
export interface DockerfileImage extends Found {
  readonly type: 'dockerfile';
  /** Path of the Dockerfile, as the report shows it. */
  readonly file: string;
  readonly declares: DeclaredImage;
}

export interface DeclaredImage {
  readonly stages: readonly DockerfileStage[];
  /** `USER` of the last stage, or of the stages that it builds on; undefined where only the base image can tell. */
  readonly user: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly exposedPorts: readonly { readonly port: number; readonly path: Path }[];
  /** Undefined where only the base image can tell. */
  readonly healthcheck: 'defined' | 'none' | undefined;
}

export interface DockerfileStage {
  readonly name: string;
  /** The image after `FROM`, build arguments filled in with their defaults; undefined for an earlier stage or `scratch`. */
  readonly base: string | undefined;
  /** A build argument without a default stands in the reference. */
  readonly unresolved: boolean;
  readonly path: Path;
}

/** An env file; the value maps names to their last value. */
export interface EnvFile extends Found {
  readonly type: 'env-file';
  readonly file: string;
}

/** A configuration file of a server or program, whose lines mean something only to that program. Its value is empty. */
export interface ConfigFile extends Found {
  readonly type: 'config-file';
  readonly file: string;
  /** May hold secrets: for derivations, and never shown. */
  readonly text: string;
}

/** What belongs together: names are looked up inside a unit and never across. */
export interface Unit {
  readonly kind: 'files' | 'folder' | 'stdin' | 'chart' | 'kustomization' | 'compose' | 'cluster';
  readonly name: string;
  readonly resources: readonly Resource[];
  /** Of a live cluster: how far it was read. Files prove nothing about what they do not hold. */
  readonly reading?: Reading;
}

/** How far a live cluster was read. What a complete list does not hold is not there. */
export interface Reading {
  /** Name of the cluster's context. */
  readonly cluster: string;
  /** RFC 3339, UTC: when reading it began. What is old or recent in it is so then. */
  readonly startedAt: string;
  /** Version of the API server (`v1.36.3`); empty if it did not tell. */
  readonly version: string;
  /** Namespaces that findings are asked for; undefined for the whole cluster. The others are read for what they are joined with. */
  readonly namespaces: ReadonlySet<string> | undefined;
  /**
   * Why not all objects of a resource (`apps/deployments`) were read, in one namespace or in all of them (empty); undefined where
   * all were.
   */
  missing(resource: string, namespace: string): { readonly because: string; readonly hint: string } | undefined;
}

/** Something that was asked for and could not be read. */
export interface Gap {
  readonly about: string;
  readonly because: string;
  readonly hint: string;
  readonly location?: Location;
}

/** One place that was read, and how much came of it. */
export interface Source {
  readonly kind: 'manifests' | 'cluster' | 'docker' | 'image' | 'compose' | 'env' | 'config' | 'repository' | 'probe';
  readonly target: string;
  readonly resources: number;
  readonly files: number;
  /** Files below the target that hold nothing which any collector knows. */
  readonly ignored: number;
  /** Of a cluster: how many requests its reading took, and when each resource was read. */
  readonly requests?: number;
  readonly lists?: readonly ReadList[];
  /** Of a cluster: the namespaces that findings were asked for, where that is not all of them. */
  readonly namespaces?: readonly string[];
}

/** One resource of a cluster as it was read: the answers of a cluster are never all of one moment. */
export interface ReadList {
  /** `group/resource`; the core group is left out. */
  readonly resource: string;
  readonly objects: number;
  /** RFC 3339, UTC: when the list began. */
  readonly readAt: string;
}

/** Everything that a run has read. */
export interface Inventory {
  readonly units: readonly Unit[];
  readonly sources: readonly Source[];
  readonly gaps: readonly Gap[];
}
