import type { Json } from '../../src/model/json.ts';
import { dumped, type Files, isList, isMapping, type Mapping, memberOf, reversed } from './mappings.ts';

/** Gets a project and all its files; undefined where there is nothing to rewrite. */
type Rewrite = (project: Mapping, files: Files) => Files | undefined;

export const MAIN = 'compose.yaml';

/** Ways to write the same compose project down again. What it means to `docker compose` is what it was. */
export const WAYS_FOR_PROJECTS: Readonly<Record<string, Rewrite>> = {
  'JSON, keys the other way round': (project, files) => ({ ...files, [MAIN]: JSON.stringify(reversed(project)) }),
  'long forms, and lists in place of maps': (project, files) => ({
    ...files,
    [MAIN]: dumped({ ...project, services: changeServices(project, otherForms) }).replaceAll('\n', '\r\n'),
  }),
  'services that extend those of another file': (project, files) => {
    // What names another service has to stand in the same file.
    if (/"(?:service|container):|volumes_from|extends|depends_on/.test(JSON.stringify(project))) return undefined;
    const services = changeServices(project, (_, service) => ({ extends: { file: 'base.yaml', service } }));
    return { ...files, [MAIN]: dumped({ ...project, services }), 'base.yaml': dumped(project) };
  },
  'services of fragments': (project, files) => {
    const { services, ...rest } = project;
    const all = Object.entries(isMapping(services) ? services : {});
    const fragments = all.map(([, service], index) => `x-${index}: &x${index} ${JSON.stringify(service ?? {})}\n`);
    const merges = all.map(([name], index) => `  ${JSON.stringify(name)}: {<<: *x${index}}\n`);
    return { ...files, [MAIN]: `${fragments.join('')}${Object.keys(rest).length === 0 ? '' : dumped(rest)}services:\n${merges.join('')}` };
  },
  'an included file': (project, files) => ({ ...files, [MAIN]: 'include: [included.yaml]\n', 'included.yaml': dumped(project) }),
};

function changeServices(project: Mapping, change: (service: Mapping, name: string) => Json): Mapping {
  const services = memberOf(project, 'services');
  return Object.fromEntries(Object.entries(isMapping(services) ? services : {}).map(([name, service]) => [name, isMapping(service) ? change(service, name) : service]));
}

function otherForms(service: Mapping): Mapping {
  const { environment, ports, volumes } = service;
  return {
    ...service,
    ...(isMapping(environment) ? { environment: Object.entries(environment).map(([name, value]) => (value === null ? name : `${name}=${value}`)) } : {}),
    ...(isList(ports) ? { ports: ports.map(longPort) } : {}),
    ...(isList(volumes) ? { volumes: volumes.map(longVolume) } : {}),
  };
}

function longPort(port: Json): Json {
  const [, published = '', target] = /^(\d+):(\d+)$/.exec(String(port)) ?? [];
  return target === undefined ? port : { target: Number(target), published, protocol: 'tcp' };
}

function longVolume(volume: Json): Json {
  const [, source = '', target, mode] = /^([\w./-]+):(\/[\w./-]+?)(:ro)?$/.exec(String(volume)) ?? [];
  return target === undefined ? volume : { type: /^[./]/.test(source) ? 'bind' : 'volume', source, target, read_only: mode !== undefined };
}
