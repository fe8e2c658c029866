import { compareTexts } from '../../model/finding-order.ts';
import type { ComposeProject } from '../../model/inventory.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { keyValues, plain } from '../compose-read.ts';
import { field, isObject, listAt, objectAt, stringAt } from '../read.ts';
import { reachOf } from './addresses.ts';
import type { Network, Target } from './network.ts';
import type { Program } from './program.ts';

/** The names that services of one compose project have for each other (compose-spec, networks and links). */
export class ComposeNetwork implements Network {
  readonly #project: ComposeProject;
  readonly #programs: ReadonlyMap<string, Program>;
  readonly #services: JsonObject;
  readonly #nameOf = new Map<Program, string>();
  readonly #byName = new Map<string, string[]>();
  #byHost: ReadonlyMap<object, readonly Program[]> | undefined;

  constructor(project: ComposeProject, programs: ReadonlyMap<string, Program>) {
    this.#project = project;
    this.#programs = programs;
    this.#services = objectAt(project.value, 'services');
    for (const [name, program] of programs) {
      this.#nameOf.set(program, name);
      const service = objectAt(this.#services, name);
      for (const alias of new Set([name, stringAt(service, 'container_name'), stringAt(service, 'hostname'), ...aliasesOf(service)])) {
        if (alias === '') continue;
        const named = this.#byName.get(alias.toLowerCase()) ?? [];
        named.push(name);
        this.#byName.set(alias.toLowerCase(), named);
      }
    }
  }

  resolve(host: string, port: number | undefined, client: Program): readonly Target[] {
    const own = this.#nameOf.get(client) ?? '';
    const service = objectAt(this.#services, own);
    const mode = stringAt(service, 'network_mode');
    const reach = reachOf(host);
    if (reach === 'loopback' || reach === 'any') {
      if (mode === 'host') return this.#published(port, 'localhost of the host');
      const shared = [...this.#programs].filter(([name, program]) => name !== own && program.host === client.host).map(([, program]) => program);
      return [{ kind: 'programs', programs: shared, port, via: [], says: 'the same container', isLocal: true }];
    }
    const extra = this.#extraHost(service, host);
    if (/^(?:host\.docker\.internal|gateway\.docker\.internal|host\.containers\.internal)$/i.test(host) || extra === 'host-gateway')
      return this.#published(port, 'a port of the host');
    if (extra !== undefined) return [{ kind: 'outside', host: extra, via: [], says: `host ${host}` }];
    if (reach !== undefined) return [{ kind: 'outside', host, via: [], says: `address ${host}` }];
    const linked = this.#linked(service, host);
    const names = linked !== undefined ? [linked] : (this.#byName.get(host.toLowerCase()) ?? []).filter((name) => linked !== undefined || this.#meet(own, name));
    const met = new Set<object>();
    // Several services may have one alias, and any of them answers to it.
    const external = listAt(service, 'external_links').some((link) => /[^:]*$/.exec(plain(link))?.[0].toLowerCase() === host.toLowerCase());
    const because = `external_links calls a container ${host} that is not of this project`;
    if (external) return [{ kind: 'unseen', because, hint: 'scan the project that it belongs to together with this one', via: [] }];
    const found = names.toSorted(compareTexts).flatMap((name): Target[] => {
      const programs = this.#at(name);
      const [first] = programs;
      if (first === undefined || met.has(first.host)) return [];
      met.add(first.host);
      return [{ kind: 'programs', programs, port, via: [{ resource: this.#project, path: ['services', name] }], says: `service ${name}`, isLocal: false }];
    });
    if (found.length > 0) return found;
    if (mode === 'host' || host.includes('.')) return [{ kind: 'outside', host, via: [], says: `host ${host}` }];
    return [{ kind: 'unseen', because: `no service of this project answers to ${host}`, hint: 'scan the project that it belongs to together with this one', via: [] }];
  }

  /** Its own name does, for every service. */
  leadsTo(): boolean {
    return true;
  }

  /** A service, and those that use its network in place of one of their own: its name leads to their ports as well. */
  #at(name: string): readonly Program[] {
    const own = this.#programs.get(name);
    if (own === undefined) return [];
    this.#byHost ??= Map.groupBy(this.#programs.values(), ({ host }) => host);
    const beside = this.#byHost.get(own.host) ?? [];
    return beside.length < 2 ? [own] : [own, ...beside.filter((program) => program !== own)];
  }

  /** Services find each other on a network that both are on. */
  #meet(a: string, b: string): boolean {
    if (a === b) return true;
    const [ours, theirs] = [a, b].map((name) => this.#networksOf(name, 0));
    return [...(ours ?? [])].some((network) => theirs?.has(network) === true);
  }

  #networksOf(name: string, depth: number): ReadonlySet<string> {
    const service = objectAt(this.#services, name);
    const mode = stringAt(service, 'network_mode');
    if (mode.startsWith('service:') && depth < 10) return this.#networksOf(mode.slice('service:'.length), depth + 1);
    if (mode !== '' && mode !== 'bridge') return new Set();
    const networks = field(service, 'networks');
    const names = Array.isArray(networks) ? (networks as readonly Json[]).map(plain) : isObject(networks) ? Object.keys(networks) : [];
    return new Set(names.length === 0 ? ['default'] : names);
  }

  #linked(service: JsonObject, host: string): string | undefined {
    for (const link of listAt(service, 'links')) {
      const [name = '', alias = name] = plain(link).split(':');
      if (alias.toLowerCase() === host.toLowerCase() && this.#programs.has(name)) return name;
    }
    return undefined;
  }

  #extraHost(service: JsonObject, host: string): string | undefined {
    const extra = field(service, 'extra_hosts');
    const pairs = Array.isArray(extra)
      ? (extra as readonly Json[]).map((item) => /^([^:=]+)[:=](.*)$/.exec(plain(item)) ?? []).map(([, name, address]) => [name, address])
      : Object.entries(keyValues(extra));
    return pairs.find(([name]) => name?.toLowerCase() === host.toLowerCase())?.[1];
  }

  /** A port of the host may be one that a service publishes; services of several profiles may publish the same. */
  #published(port: number | undefined, says: string): readonly Target[] {
    const found: Target[] = [];
    for (const [name, program] of this.#programs) {
      for (const item of listAt(objectAt(this.#services, name), 'ports')) {
        const [host, target] = isObject(item) ? [stringAt(item, 'published'), stringAt(item, 'target')] : (/^(?:.*:)?(\d+):(\d+)(?:\/tcp)?$/.exec(plain(item))?.slice(1) ?? []);
        if (port !== undefined && Number(host) === port) {
          found.push({
            kind: 'programs',
            programs: [program],
            port: Number(target),
            via: [{ resource: this.#project, path: ['services', name] }],
            says: `${says}, published by service ${name}`,
            isLocal: false,
          });
          break;
        }
      }
    }
    if (found.length > 0) return found;
    return [{ kind: 'unseen', because: 'it is a program of the host, and the host is not part of this scan', hint: 'scan the host, too', via: [] }];
  }
}

function aliasesOf(service: JsonObject): string[] {
  const networks = objectAt(service, 'networks');
  return Object.keys(networks).flatMap((name) => listAt(objectAt(networks, name), 'aliases').map(plain));
}
