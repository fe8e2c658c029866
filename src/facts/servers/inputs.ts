import type { Text, Unknown } from '../connections/text.ts';

export type RedisFamily =
  | 'redis'
  | 'valkey'
  | 'keydb'
  | 'dragonfly'
  | 'redis-stack'
  | 'bitnami-redis'
  | 'bitnami-valkey'
  /** A build with the project's own defaults: a distribution's package on a host. */
  | 'packaged-redis'
  /** An image of which only the server is known. */
  | 'other-redis';
export type PostgresFamily =
  /** docker-library/postgres and all images that keep its entry point: PostGIS, pgvector, Timescale. */
  | 'postgres'
  | 'bitnami-postgres'
  | 'cloudnative-pg'
  | 'zalando'
  | 'crunchy'
  | 'supabase'
  /** A server on a host, by itself. */
  | 'packaged-postgres'
  | 'other-postgres';

/** A file as the server would find it. */
export interface ServerFile {
  /** Absolute, inside the container. */
  readonly path: string;
  /** Undefined where it is known to be there and its text is not. */
  readonly text: string | undefined;
  /** What the marks in its text stand for; without them it has none. */
  readonly unknowns?: readonly Unknown[];
}

/** Everything that decides how a server runs, as far as the scan saw it. */
export interface ServerInputs<Family extends string> {
  readonly family: Family;
  /** From the tag or an image's `…_VERSION`: `7.2`, `16.3`; undefined where nothing tells. */
  readonly version: string | undefined;
  /** The day of the scan (`2026-11-21`): versions go out of support. Without it, what is known of them is taken for true. */
  readonly today?: string;
  /** What replaces the image's entry point; null where the image's own runs, undefined where it could not be read. */
  readonly command: readonly Text[] | null | undefined;
  /** What follows the entry point; null where the image's own command runs. */
  readonly arguments: readonly Text[] | null | undefined;
  readonly environment: ReadonlyMap<string, Text>;
  /** False where further variables may be set that the scan did not see (an `envFrom` of an unseen Secret). */
  readonly isEnvironmentComplete: boolean;
  readonly files: readonly ServerFile[];
  /** Paths at or below which something is mounted that was not seen: Secrets, host folders, volumes other than the data folder. */
  readonly unseenPaths: readonly string[];
  /** Folders of which every file is among `files`, such as a whole ConfigMap's: what is not there does not exist. */
  readonly wholeFolders: readonly string[];
  /** PostgreSQL parameters of an operator's custom resource, in order. */
  readonly settings?: readonly { readonly name: string; readonly value: Text }[];
  /** The superuser's password, where an operator is known to make it. */
  readonly password?: Text;
  /** `pg_hba` records of an operator's custom resource, in order. */
  readonly records?: readonly Text[];
}
