import { type HaproxyLine, type HaproxySection, readHaproxyCfg, UNSEEN_WORD } from '../../../server-config/haproxy-cfg.ts';
import type { Verification } from '../../connections/address.ts';
import { isSeen } from '../../connections/text.ts';
import type { MountedFile, Program } from '../program.ts';
import { askOf, type Entrance, type HopReading, lineAt, type Onward, unreadHop } from './hop.ts';

/** Where the images look for it when nothing else is said. */
const USUAL = /(?:^|\/)haproxy[\w.-]{0,40}\.cfg$/;

/** Ports of a HAProxy in `mode tcp`, and the servers behind them. */
export function readHaproxy(program: Program): HopReading {
  const files = filesOf(program);
  if (files === undefined) return unreadHop('haproxy stands between, and its haproxy.cfg is not part of this scan', 'scan the ConfigMap or file that holds it');
  const lookup = (name: string): string | undefined => {
    const variable = program.texts.variables.get(name);
    // What a Secret holds must not end up in a name that is told.
    return variable === undefined || variable.isSecret || !isSeen(variable.text.marked) ? undefined : variable.text.marked;
  };
  const sections: Located[] = [];
  for (const file of files) {
    const cfg = readHaproxyCfg(file.text ?? '', lookup);
    if (cfg.isConditional) return unreadHop('haproxy stands between, and parts of its haproxy.cfg count only if a condition holds', 'write the configuration without .if');
    sections.push(...cfg.sections.map((section) => ({ ...section, file })));
  }
  return { entrances: entrancesOf(sections) };
}

type Located = HaproxySection & { readonly file: MountedFile };

function filesOf({ texts, mounted }: Program): readonly MountedFile[] | undefined {
  const words = [...(texts.command ?? []), ...(texts.arguments ?? [])].map(({ text }) => text.marked);
  const named = words.flatMap((word, index) => (words[index - 1] === '-f' ? [word.replace(/\/+$/, '')] : []));
  const found = mounted.files.filter(({ path }) =>
    named.length === 0 ? USUAL.test(path) : named.some((name) => path === name || (path.startsWith(`${name}/`) && path.endsWith('.cfg'))),
  );
  const isWhole = found.every(({ text }) => text !== undefined) && named.every((name) => found.some(({ path }) => path === name || path.startsWith(`${name}/`)));
  return found.length === 0 || !isWhole ? undefined : found;
}

function entrancesOf(sections: readonly Located[]): Entrance[] {
  const entrances: Entrance[] = [];
  for (const [index, section] of sections.entries()) {
    if (section.kind !== 'frontend' && section.kind !== 'listen') continue;
    const defaults = defaultsOf(sections, index);
    if (lastWord([...defaults, ...linesOf(section)], 'mode') === 'http') continue;
    const onward = serversBehind(sections, section, index);
    for (const { words, line } of section.lines) {
      if (words[0] !== 'bind') continue;
      const ports = (words[1] ?? '').split(',').flatMap(portsOf);
      const own = onward.map((server) => (server.port === undefined && ports.length === 1 ? { ...server, port: ports[0] } : server));
      entrances.push({ kind: 'relay', ports, endsTls: words.includes('ssl'), onward: own, family: undefined, places: [lineAt(section.file, line)] });
    }
  }
  return entrances;
}

type LocatedLine = HaproxyLine & { readonly file: MountedFile };

function linesOf({ lines, file }: Located): readonly LocatedLine[] {
  return lines.map((line) => ({ ...line, file }));
}

/** The `defaults` that a section names, or the last ones before it. */
function defaultsOf(sections: readonly Located[], index: number): readonly LocatedLine[] {
  const { from } = sections[index] as Located;
  const found = from === undefined ? sections.slice(0, index).findLast(({ kind }) => kind === 'defaults') : sections.find(({ kind, name }) => kind === 'defaults' && name === from);
  if (found === undefined) return [];
  // Defaults may take over those of another.
  const above = found.from === undefined || found.from === found.name ? undefined : sections.find(({ kind, name }) => kind === 'defaults' && name === found.from);
  return [...(above === undefined ? [] : linesOf(above)), ...linesOf(found)];
}

function lastWord(lines: readonly HaproxyLine[], name: string): string | undefined {
  return lines.findLast(({ words }) => words[0] === name)?.words[1];
}

/** Those of its own, and those of every backend that it may choose. */
function serversBehind(sections: readonly Located[], section: Located, index: number): Onward[] {
  const lines = [...defaultsOf(sections, index), ...section.lines];
  const chosen = new Set([lastWord(lines, 'default_backend'), ...section.lines.filter(({ words }) => words[0] === 'use_backend').map(({ words }) => words[1])]);
  const backends = sections.flatMap((other, at) => (other.kind === 'backend' && chosen.has(other.name) ? [[other, at] as const] : []));
  const isByName = [...chosen].some((name) => name !== undefined && (name.includes('%') || name.includes(UNSEEN_WORD)));
  const found = [[section, index] as const, ...backends].flatMap(([place, at]) => serversOf(place, defaultsOf(sections, at), global(sections)));
  return isByName && found.length === 0 ? [] : found;
}

function global(sections: readonly Located[]): readonly HaproxyLine[] {
  return sections.filter(({ kind }) => kind === 'global').flatMap(({ lines }) => lines);
}

function serversOf(section: Located, defaults: readonly LocatedLine[], ofAll: readonly HaproxyLine[]): Onward[] {
  const onward: Onward[] = [];
  let shared: LocatedLine[] = defaults.filter(({ words }) => words[0] === 'default-server');
  for (const line of linesOf(section)) {
    const [name = ''] = line.words;
    if (name === 'default-server') shared = [...shared, line];
    if (name !== 'server' && name !== 'server-template') continue;
    const isTemplate = name === 'server-template';
    const address = line.words[isTemplate ? 3 : 2] ?? '';
    const options = line.words.slice(isTemplate ? 4 : 3);
    if (options.includes('disabled')) continue;
    const { host, port, isSocket } = addressOf(address);
    const label = `${section.name}/${isSeen(line.words[1] ?? '') ? line.words[1] : ''}`;
    onward.push({
      host,
      port,
      isSocket,
      ...tlsOf({ ...line, words: options }, shared, lastWord(ofAll, 'ssl-server-verify')),
      source: `${section.file.path} ${label}`,
      place: lineAt(section.file, line.line),
      isSecret: section.file.isSecret,
    });
  }
  return onward;
}

/** A server's own words win over those of `default-server`; of one word the last counts (configuration.txt, 5.2). */
function tlsOf(own: LocatedLine, shared: readonly LocatedLine[], ofAll: string | undefined): Pick<Onward, 'tls' | 'places'> {
  const all = [...shared, own];
  const word = (pattern: RegExp): { found: string; next: string; line: LocatedLine } | undefined => {
    for (const line of all.toReversed()) {
      const at = line.words.findLastIndex((text) => pattern.test(text));
      if (at !== -1) return { found: line.words[at] ?? '', next: line.words[at + 1] ?? '', line };
    }
    return undefined;
  };
  const ssl = word(/^(?:no-)?ssl$/);
  if (ssl?.found !== 'ssl') return { tls: undefined, places: new Map() };
  const verify = word(/^verify$/);
  const named = word(/^(?:verifyhost|sni)$/);
  const isChecked = (verify?.next ?? ofAll ?? 'required') !== 'none';
  const verification: Verification = !isChecked ? 'none' : named === undefined ? 'authority' : 'name';
  const how = { none: 'and does not check the certificate', authority: 'and checks who issued the certificate', name: 'and checks the certificate' }[verification];
  const places = new Map([['ssl', lineAt(ssl.line.file, ssl.line.line)], ...(verify === undefined ? [] : [['verify', lineAt(verify.line.file, verify.line.line)] as const])]);
  return { tls: askOf('always', verification, `the server line of haproxy says ssl ${how}`, [...(verify === undefined ? [] : ['verify']), 'ssl']), places };
}

function addressOf(text: string): Pick<Onward, 'host' | 'port' | 'isSocket'> {
  if (text.includes(UNSEEN_WORD)) return { host: undefined, port: undefined, isSocket: false };
  const plain = text.replace(/^(?:ipv4|ipv6|tcp|tcp4|tcp6)@/, '');
  if (/^(?:unix@|abns@|\/)/.test(plain)) return { host: undefined, port: undefined, isSocket: true };
  const colon = plain.lastIndexOf(':');
  const port = /^\d{1,5}$/.exec(plain.slice(colon + 1))?.[0];
  const host = (colon === -1 ? plain : plain.slice(0, colon)).replace(/^\[(.*)\]$/, '$1');
  return { host: host === '' || host === '*' ? undefined : host, port: colon === -1 || port === undefined ? undefined : Number(port), isSocket: false };
}

/** `:6379`, `*:6379`, `10.0.0.1:7000-7002`; none of a unix socket. */
function portsOf(address: string): number[] {
  const [, first, last = first] = /:(\d{1,5})(?:-(\d{1,5}))?$/.exec(address) ?? [];
  if (first === undefined || /^(?:unix@|abns@|\/)/.test(address)) return [];
  return Array.from({ length: Math.min(Math.max(Number(last) - Number(first) + 1, 1), 100) }, (_, index) => Number(first) + index);
}
