import type { App } from './app.ts';
import type { Random } from './random.ts';
import { organisation, people } from './words.ts';
import type { NodeMap, Style } from './yaml.ts';
import { writeYaml } from './yaml.ts';

/** One file of the corpus. */
export interface CorpusFile {
  /** Relative to the root of the corpus, with forward slashes. */
  readonly file: string;
  readonly text: string;
}

export function styleOf(random: Random): Style {
  return {
    indent: random.chance(0.08) ? 4 : 2,
    indentsLists: random.chance(0.55),
    quote: random.chance(0.6) ? '"' : "'",
    quotesStrings: random.pick([0, 0, 0.05, 0.5, 0.95]),
    flowLists: random.pick([0, 0.1, 0.5, 0.9]),
    flowMaps: random.pick([0, 0, 0.05, 0.5]),
    usesAnchors: random.chance(0.1),
  };
}

/** The files that hold the objects of one application, cut as teams cut them. */
export function filesOf(app: App, objects: readonly NodeMap[], style: Style): CorpusFile[] {
  const { random } = app;
  const folder = `teams/${app.team}/${app.namespace}`;
  const extension = style.indent === 4 ? 'yml' : 'yaml';
  if (app.isRendered) {
    return [
      {
        file: `${folder}/${app.name}.rendered.${extension}`,
        text: objects.map((object) => `---\n# Source: ${app.name}/templates/${fileName(object)}.yaml\n${writeYaml(object, style, random)}`).join(''),
      },
    ];
  }
  const write = (name: string, parts: readonly NodeMap[]): CorpusFile => ({
    file: `${folder}/${name}.${extension}`,
    text: header(app) + parts.map((part) => writeYaml(part, style, random)).join('---\n'),
  });
  const layout = random.weighted<'together' | 'apart' | 'settings apart'>([
    [60, 'together'],
    [22, 'apart'],
    [18, 'settings apart'],
  ]);
  if (layout === 'apart') {
    const names = new Map<string, NodeMap>();
    for (const object of objects) {
      const name = fileName(object);
      names.set(names.has(name) ? `${name}-${names.size}` : name, object);
    }
    return [...names].map(([name, object]) => write(`${app.name}/${name}`, [object]));
  }
  if (layout === 'settings apart') {
    const settings = objects.filter(({ kind }) => settingKinds.has(String(kind)));
    const rest = objects.filter(({ kind }) => !settingKinds.has(String(kind)));
    return [...(settings.length > 0 ? [write(`${app.name}-settings`, settings)] : []), ...(rest.length > 0 ? [write(app.name, rest)] : [])];
  }
  return [write(app.name, objects)];
}

const settingKinds = new Set(['ConfigMap', 'Secret', 'ExternalSecret', 'ServiceAccount', 'PersistentVolumeClaim']);

function fileName(object: NodeMap): string {
  return String(object['kind']).toLowerCase();
}

function header(app: App): string {
  const { random } = app;
  return random.weighted([
    [50, ''],
    [25, '---\n'],
    [15, `# Owner: ${random.pick(people)} (${app.team})\n# Runbook: https://wiki.${organisation}.example/runbooks/${app.name}\n`],
    [10, `# Changes go through the pipeline of ${app.name}; manual edits are reverted within an hour.\n---\n`],
  ]);
}
