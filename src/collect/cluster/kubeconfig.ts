import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { loadAll, type YAMLException } from 'js-yaml';
import { InputError } from '../../errors.ts';

/** One cluster to be read: where it is, and who asks. */
export interface ClusterTarget {
  /** Name of the context; what findings call the cluster. */
  readonly name: string;
  readonly server: string;
  /** Namespace of the context, as kubectl takes it. */
  readonly namespace: string;
  readonly cluster: Entry;
  readonly user: Entry;
  /** Sent along as the `Impersonate-…` headers. */
  readonly impersonation: Impersonation;
  readonly environment: Environment;
}

/** A cluster or user of a kubeconfig, with the paths in it made absolute. */
export type Entry = Readonly<Record<string, unknown>>;
export type Environment = Readonly<Record<string, string | undefined>>;

export interface Impersonation {
  readonly user?: string;
  readonly groups: readonly string[];
  readonly uid?: string;
}

export interface TargetRequest {
  /** Names of contexts; none for the current one. */
  readonly contexts: readonly string[];
  /** File that is read instead of those that the environment names. */
  readonly kubeconfig?: string;
  readonly impersonation: Impersonation;
  readonly environment: Environment;
}

/** Where a pod finds who it is. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Whether this runs in a pod that may talk to its cluster. */
export function isInsidePod(environment: Environment, folder = SERVICE_ACCOUNT): boolean {
  return (environment['KUBERNETES_SERVICE_HOST'] ?? '') !== '' && existsSync(join(folder, 'token'));
}

/** Finds the clusters that are meant, as kubectl does. What cannot be used is the user's to mend. */
export function findTargets(request: TargetRequest): ClusterTarget[] {
  const { environment } = request;
  const files = namedFiles(request);
  const merged = merge(files);
  const none = files.length > 0 ? `${files.join(', ')} names no context` : listedFiles(request).length > 0 ? 'KUBECONFIG names no file that is there' : 'there is no kubeconfig';
  if (files.length === 0 && request.contexts.length === 0 && isInsidePod(environment)) return [ownCluster(request)];
  const names = request.contexts.length > 0 ? request.contexts : [merged.current];
  return [...new Set(names)].map((name) => targetOf(name, merged, none, request));
}

function targetOf(name: string, merged: Merged, none: string, { contexts, impersonation, environment }: TargetRequest): ClusterTarget {
  const known = [...merged.contexts.keys()];
  if (name === '') throw new InputError(`no cluster is named: ${known.length === 0 ? `${none}; use --kubeconfig FILE` : `use --context with one of ${known.join(', ')}`}`);
  const context = merged.contexts.get(name);
  if (context === undefined) {
    const asked = contexts.length > 0 ? '--context' : 'current-context';
    throw new InputError(`${asked} ${name}: there is no such context; ${known.length === 0 ? none : `there are ${known.join(', ')}`}`);
  }
  const cluster = merged.clusters.get(textAt(context, 'cluster'));
  if (cluster === undefined) throw new InputError(`context ${name}: the kubeconfig has no cluster "${textAt(context, 'cluster')}"`);
  const user = textAt(context, 'user') === '' ? {} : merged.users.get(textAt(context, 'user'));
  if (user === undefined) throw new InputError(`context ${name}: the kubeconfig has no user "${textAt(context, 'user')}"`);
  const server = textAt(cluster, 'server').replace(/\/+$/, '');
  if (!/^https?:\/\/[^/\s]/.test(server)) throw new InputError(`context ${name}: the address of its cluster is no http or https address`);
  return { name, server, namespace: textAt(context, 'namespace') || 'default', cluster, user, impersonation: asWhom(user, impersonation), environment };
}

/** What the flags say wins over what the kubeconfig says, as a whole. */
function asWhom(user: Entry, named: Impersonation): Impersonation {
  if (named.user !== undefined || named.groups.length > 0 || named.uid !== undefined) return named;
  const as = textAt(user, 'as');
  const uid = textAt(user, 'as-uid');
  const groups = Array.isArray(user['as-groups']) ? user['as-groups'].filter((group) => typeof group === 'string') : [];
  return { ...(as === '' ? {} : { user: as }), groups, ...(uid === '' ? {} : { uid }) };
}

/** The cluster that this pod runs in. Its token is read again while it is used: kubelets renew it. */
function ownCluster({ impersonation, environment }: TargetRequest): ClusterTarget {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '443' } = environment;
  const namespaceFile = join(SERVICE_ACCOUNT, 'namespace');
  return {
    name: 'in-cluster',
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    namespace: existsSync(namespaceFile) ? readFileSync(namespaceFile, 'utf8').trim() : 'default',
    cluster: { 'certificate-authority': join(SERVICE_ACCOUNT, 'ca.crt') },
    user: { tokenFile: join(SERVICE_ACCOUNT, 'token') },
    impersonation,
    environment,
  };
}

interface Merged {
  readonly contexts: Map<string, Entry>;
  readonly clusters: Map<string, Entry>;
  readonly users: Map<string, Entry>;
  current: string;
}

/** `--kubeconfig`, else the list in KUBECONFIG, else the file in the home folder. Only a named file has to be there. */
function namedFiles({ kubeconfig, environment }: TargetRequest): string[] {
  if (kubeconfig !== undefined) {
    if (!existsSync(kubeconfig)) throw new InputError(`--kubeconfig ${kubeconfig}: no such file`);
    return [kubeconfig];
  }
  const listed = listedFiles({ environment });
  const files = listed.length > 0 ? listed : [join(environment['HOME'] ?? homedir(), '.kube', 'config')];
  return files.filter((file) => existsSync(file));
}

function listedFiles({ environment }: Pick<TargetRequest, 'environment'>): string[] {
  return (environment['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
}

/** As kubectl merges them: of two entries of one name, and of two current contexts, the first counts. */
function merge(files: readonly string[]): Merged {
  const merged: Merged = { contexts: new Map(), clusters: new Map(), users: new Map(), current: '' };
  for (const file of files) {
    const config = readConfig(file);
    merged.current ||= textAt(config, 'current-context');
    for (const [list, key, entries] of [
      ['contexts', 'context', merged.contexts],
      ['clusters', 'cluster', merged.clusters],
      ['users', 'user', merged.users],
    ] as const) {
      const items: unknown = config[list];
      for (const item of Array.isArray(items) ? items : []) {
        const name = isEntry(item) ? textAt(item, 'name') : '';
        const entry: unknown = isEntry(item) ? (item[key] ?? {}) : undefined;
        if (name !== '' && isEntry(entry) && !entries.has(name)) entries.set(name, withAbsolutePaths(entry, dirname(file)));
      }
    }
  }
  return merged;
}

/** Never quotes what it cannot parse: a kubeconfig holds tokens. */
function readConfig(file: string): Entry {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new InputError(`${file}: the kubeconfig cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`);
  }
  let value: unknown;
  try {
    value = loadAll(text)[0] ?? {};
  } catch (error) {
    const { mark } = error as YAMLException;
    throw new InputError(`${file}${mark === undefined ? '' : `:${mark.line + 1}:${mark.column + 1}`}: this is no YAML, so no kubeconfig`);
  }
  if (!isEntry(value)) throw new InputError(`${file}: this is no kubeconfig`);
  return value;
}

const PATHS = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile'];

/** Paths are relative to the file that they stand in, and so is the command of a plugin if it has a slash. */
function withAbsolutePaths(entry: Entry, folder: string): Entry {
  const absolute: Record<string, unknown> = { ...entry };
  const fromHere = (path: string): string => (isAbsolute(path) ? path : join(folder, path));
  for (const key of PATHS) if (textAt(entry, key) !== '') absolute[key] = fromHere(textAt(entry, key));
  const { exec } = entry;
  if (isEntry(exec) && textAt(exec, 'command').includes('/')) absolute['exec'] = { ...exec, command: fromHere(textAt(exec, 'command')) };
  return absolute;
}

export function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textAt(entry: Entry, key: string): string {
  const value = entry[key];
  return typeof value === 'string' ? value : '';
}
