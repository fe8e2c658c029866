import type { Random } from './random.ts';
import { nouns, organisation, roles, sentences } from './words.ts';
import type { Node, NodeMap } from './yaml.ts';
import { Shared } from './yaml.ts';

/** How much its owners care; from it come the odds of every security setting. */
export type Posture = 'hardened' | 'careful' | 'usual' | 'careless' | 'node';

/** What the program is written in: decides image, port, paths and the variables that it reads. */
export interface Stack {
  readonly language: 'go' | 'node' | 'python' | 'java' | 'rust' | 'dotnet' | 'php' | 'nginx';
  readonly port: number;
  readonly health: string;
  readonly user: number;
  readonly home: string;
  readonly command: readonly string[];
}

const stacks: readonly (readonly [number, Stack])[] = [
  [24, { language: 'go', port: 8080, health: '/healthz', user: 65532, home: '/app', command: ['/app/server'] }],
  [20, { language: 'node', port: 3000, health: '/health', user: 1000, home: '/usr/src/app', command: ['node', 'dist/main.js'] }],
  [
    16,
    {
      language: 'python',
      port: 8000,
      health: '/api/health',
      user: 10001,
      home: '/srv',
      command: ['gunicorn', '--bind=0.0.0.0:8000', 'app.wsgi'],
    },
  ],
  [
    18,
    {
      language: 'java',
      port: 8080,
      health: '/actuator/health',
      user: 1001,
      home: '/opt/app',
      command: ['java', '-jar', '/opt/app/app.jar'],
    },
  ],
  [6, { language: 'rust', port: 9000, health: '/livez', user: 65534, home: '/app', command: ['/usr/local/bin/service'] }],
  [6, { language: 'dotnet', port: 8080, health: '/healthz/live', user: 1654, home: '/app', command: ['dotnet', 'Service.dll'] }],
  [4, { language: 'php', port: 9000, health: '/ping', user: 33, home: '/var/www/html', command: ['php-fpm', '--nodaemonize'] }],
  [6, { language: 'nginx', port: 8080, health: '/status', user: 101, home: '/usr/share/nginx/html', command: [] }],
];

/** A namespace as the applications in it know it. */
export interface Place {
  readonly namespace: string;
  readonly team: string;
  /** Pod Security level that is enforced. Objects that only describe pods are accepted all the same. */
  readonly level: 'restricted' | 'baseline' | 'privileged' | undefined;
}

/** One application of one team: everything that its objects have in common. */
export interface App extends Place {
  readonly random: Random;
  /** Counts from 0 over the whole corpus. */
  readonly index: number;
  readonly name: string;
  readonly posture: Posture;
  readonly stack: Stack;
  readonly version: string;
  /** Some teams write no namespace and leave it to `kubectl -n`. */
  readonly writesNamespace: boolean;
  /** Output of `helm template`, with its labels and its `# Source:` lines. */
  readonly isRendered: boolean;
  readonly usesModernLabels: boolean;
}

export function createApp(index: number, place: Place, taken: Set<string>, random: Random): App {
  let name = `${random.pick(nouns)}-${random.pick(roles)}`;
  if (random.chance(0.35)) name = `${random.pick(nouns)}-${name}`;
  while (taken.has(name)) name = `${random.pick(nouns)}-${name}`;
  taken.add(name);
  const isRendered = random.chance(0.2);
  return {
    ...place,
    random,
    index,
    name,
    posture: random.weighted([
      [11, 'hardened'],
      [22, 'careful'],
      [36, 'usual'],
      [28, 'careless'],
      [3, 'node'],
    ]),
    stack: random.weighted(stacks),
    version: `${random.int(0, 6)}.${random.int(0, 31)}.${random.int(0, 12)}`,
    writesNamespace: isRendered || random.chance(0.85),
    isRendered,
    usesModernLabels: isRendered || random.chance(0.55),
  };
}

/** What selects the pods of one component; equal wherever it stands. */
export function selectorOf(app: App, component: string): NodeMap {
  if (!app.usesModernLabels) return component === app.name ? { app: app.name } : { app: app.name, component };
  return { 'app.kubernetes.io/name': app.name, 'app.kubernetes.io/component': component === app.name ? 'server' : component };
}

export function labelsOf(app: App, component: string): NodeMap {
  const labels = selectorOf(app, component);
  if (app.isRendered) {
    labels['helm.sh/chart'] = `${app.name}-${app.version}`;
    labels['app.kubernetes.io/managed-by'] = 'Helm';
  }
  if (app.usesModernLabels) labels['app.kubernetes.io/version'] = app.version;
  labels[app.usesModernLabels ? `${organisation}.io/team` : 'team'] = app.team;
  if (app.random.chance(0.3)) labels['tier'] = app.random.pick(['edge', 'domain', 'batch', 'data']);
  return labels;
}

export function metadataOf(app: App, name: string, component: string, annotations?: NodeMap, labels: Node = labelsOf(app, component)): NodeMap {
  return {
    name,
    namespace: app.writesNamespace ? app.namespace : undefined,
    labels,
    annotations: app.random.chance(0.06) ? { ...annotations, [`${organisation}.io/description`]: app.random.pick(sentences) } : annotations,
  };
}

/** Labels of a workload and of its pods: the same value in two places, which some teams write as an anchor. */
export function sharedLabels(app: App, component: string): Shared {
  return new Shared('labels', labelsOf(app, component));
}
