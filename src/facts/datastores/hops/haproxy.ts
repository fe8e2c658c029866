import { fillHaproxyAddress, type HaproxyLine, type HaproxySection, readHaproxyCfg, UNSEEN_WORD } from '../../../server-config/haproxy-cfg.ts';
import type { Verification } from '../../connections/address.ts';
import { isSeen } from '../../connections/text.ts';
import { linesOf, type MountedFile, type Program } from '../program.ts';
import { askOf, type Entrance, type HopReading, isHostName, lineAt, type Onward, unreadHop } from './hop.ts';

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
  const entrances = entrancesOf(sections, lookup);
  return entrances === undefined ? unreadHop('haproxy stands between, and its haproxy.cfg names more servers than are followed', 'look at its servers') : { entrances };
}

type Located = HaproxySection & { readonly file: MountedFile };

function filesOf({ texts, mounted }: Program): readonly MountedFile[] | undefined {
  const words = [...(texts.command ?? []), ...(texts.arguments ?? [])].map(({ text }) => text.marked);
  const named = words.flatMap((word, index) => (words[index - 1] === '-f' ? [word.replace(/\/+$/, '')] : []));
  const found = mounted.files.filter(({ path }) =>
    named.length === 0 ? USUAL.test(path) : named.some((name) => path === name || (path.startsWith(`${name}/`) && path.endsWith('.cfg'))),
  );
  const isWhole = found.every((file) => linesOf(file) !== undefined) && named.every((name) => found.some(({ path }) => path === name || path.startsWith(`${name}/`)));
  return found.length === 0 || !isWhole ? undefined : found;
}

type Lookup = (name: string) => string | undefined;

/** A hundred times as many as any that was seen. */
const MOST_SERVERS = 50_000;

/** Undefined where there are too many servers to follow. */
function entrancesOf(sections: readonly Located[], lookup: Lookup): Entrance[] | undefined {
  const settled = settledOf(sections);
  const behind = new ServersBehind(settled, lookup);
  const entrances: Entrance[] = [];
  let followed = 0;
  for (const place of settled) {
    const { section } = place;
    if ((section.kind !== 'frontend' && section.kind !== 'listen') || place.mode === 'http') continue;
    const onward = behind.all(place);
    followed += onward.length;
    for (const { words, line } of section.lines) {
      if (followed > MOST_SERVERS) return undefined;
      if (words[0] !== 'bind') continue;
      followed += onward.length;
      const addresses = fillHaproxyAddress(words[1] ?? '', lookup)
        .split(',')
        .filter((address) => !SOCKET.test(address));
      // Nobody calls a socket over the network.
      if (addresses.length === 0) continue;
      const ports = addresses.flatMap(portsOf);
      const own = onward.map((server) => (server.port === undefined && ports.length === 1 ? { ...server, port: ports[0] } : server));
      entrances.push({ kind: 'relay', ports, endsTls: words.includes('ssl'), onward: own, family: undefined, places: [lineAt(section.file, line)] });
    }
  }
  return entrances;
}

type LocatedLine = HaproxyLine & { readonly file: MountedFile };

/** What the lines of a section come to together with those of the defaults that count for it. */
interface Settled {
  readonly section: Located;
  readonly mode: string | undefined;
  readonly backend: string | undefined;
  /** What `default-server` lines say of TLS, before the section's own. */
  readonly servers: TlsWords;
}

/** The words about TLS that count so far; of one word the last counts (configuration.txt, 5.2). */
interface TlsWords {
  readonly ssl?: TlsWord;
  readonly verify?: TlsWord;
  readonly named?: TlsWord;
}

interface TlsWord {
  readonly found: string;
  readonly next: string;
  readonly line: LocatedLine;
}

/** Each section takes over from the `defaults` that it names, or from the last ones before it. */
function settledOf(sections: readonly Located[]): Settled[] {
  const named = new Map<string, Settled>();
  let last: Settled | undefined;
  return sections.map((section) => {
    const isDefaults = section.kind === 'defaults';
    const above = section.from === undefined ? (isDefaults ? undefined : last) : named.get(section.from);
    let servers = above?.servers ?? {};
    if (isDefaults) for (const line of section.lines) if (line.words[0] === 'default-server') servers = withTlsWords(servers, { ...line, file: section.file });
    const settled = { section, mode: lastWord(section.lines, 'mode') ?? above?.mode, backend: lastWord(section.lines, 'default_backend') ?? above?.backend, servers };
    if (isDefaults) {
      last = settled;
      named.set(section.name, settled);
    }
    return settled;
  });
}

function withTlsWords(before: TlsWords, line: LocatedLine): TlsWords {
  const said: { -readonly [Name in keyof TlsWords]: TlsWords[Name] } = { ...before };
  for (const [at, found] of line.words.entries()) {
    const word = { found, next: line.words[at + 1] ?? '', line };
    if (found === 'ssl' || found === 'no-ssl') said.ssl = word;
    else if (found === 'verify') said.verify = word;
    else if (found === 'verifyhost' || found === 'sni') said.named = word;
  }
  return said;
}

function lastWord(lines: readonly HaproxyLine[], name: string): string | undefined {
  return lines.findLast(({ words }) => words[0] === name)?.words[1];
}

class ServersBehind {
  readonly #backends: ReadonlyMap<string, readonly Settled[]>;
  readonly #verify: string | undefined;
  readonly #lookup: Lookup;
  readonly #known = new Map<Settled, readonly Onward[]>();

  constructor(settled: readonly Settled[], lookup: Lookup) {
    this.#backends = Map.groupBy(
      settled.filter(({ section }) => section.kind === 'backend'),
      ({ section }) => section.name,
    );
    this.#verify = lastWord(
      settled.flatMap(({ section }) => (section.kind === 'global' ? section.lines : [])),
      'ssl-server-verify',
    );
    this.#lookup = lookup;
  }

  /** Those of its own, and those of every backend that it may choose. */
  all(place: Settled): readonly Onward[] {
    const chosen = new Set([place.backend ?? '', ...place.section.lines.flatMap(({ words }) => (words[0] === 'use_backend' ? [words[1] ?? ''] : []))]);
    const backends = new Set([...chosen].flatMap((name) => this.#named(name)));
    return [place, ...backends].flatMap((each) => this.#of(each));
  }

  /** A name that is made of each request may be that of any backend that begins as it does. */
  #named(name: string): readonly Settled[] {
    const [, beginning] = new RegExp(`^([^%${UNSEEN_WORD}]*)[%${UNSEEN_WORD}]`).exec(name) ?? [];
    if (beginning === undefined) return this.#backends.get(name) ?? [];
    return [...this.#backends].flatMap(([each, places]) => (each.startsWith(beginning) ? places : []));
  }

  #of(place: Settled): readonly Onward[] {
    const known = this.#known.get(place);
    if (known !== undefined) return known;
    const { section } = place;
    const onward: Onward[] = [];
    let { servers } = place;
    for (const each of section.lines) {
      const line = { ...each, file: section.file };
      const [name = ''] = line.words;
      if (name === 'default-server') servers = withTlsWords(servers, line);
      if (name !== 'server' && name !== 'server-template') continue;
      const isTemplate = name === 'server-template';
      const options = line.words.slice(isTemplate ? 4 : 3);
      if (options.includes('disabled')) continue;
      const label = `${section.name}/${isSeen(line.words[1] ?? '') ? line.words[1] : ''}`;
      onward.push({
        ...addressOf(fillHaproxyAddress(line.words[isTemplate ? 3 : 2] ?? '', this.#lookup)),
        ...tlsOf(withTlsWords(servers, { ...line, words: options }), this.#verify),
        source: `${section.file.path} ${label}`,
        place: lineAt(section.file, line.line),
        isSecret: section.file.isSecret,
      });
    }
    this.#known.set(place, onward);
    return onward;
  }
}

function tlsOf({ ssl, verify, named }: TlsWords, ofAll: string | undefined): Pick<Onward, 'tls' | 'places'> {
  if (ssl?.found !== 'ssl') return { tls: undefined, places: new Map() };
  const isChecked = (verify?.next ?? ofAll ?? 'required') !== 'none';
  const verification: Verification = !isChecked ? 'none' : named === undefined ? 'authority' : 'name';
  const how = { none: 'and does not check the certificate', authority: 'and checks who issued the certificate', name: 'and checks the certificate' }[verification];
  const places = new Map([['ssl', lineAt(ssl.line.file, ssl.line.line)], ...(verify === undefined ? [] : [['verify', lineAt(verify.line.file, verify.line.line)] as const])]);
  return { tls: askOf('always', verification, `the server line of haproxy says ssl ${how}`, [...(verify === undefined ? [] : ['verify']), 'ssl']), places };
}

const SOCKET = /^(?:unix@|abns@|abnsz@|fd@|sockpair@|\/)/;

function addressOf(text: string): Pick<Onward, 'host' | 'port' | 'isSocket'> {
  if (text.includes(UNSEEN_WORD)) return { host: undefined, port: undefined, isSocket: false };
  const plain = text.replace(/^(?:ipv4|ipv6|tcp|tcp4|tcp6)@/, '');
  if (SOCKET.test(plain)) return { host: undefined, port: undefined, isSocket: true };
  const colon = plain.lastIndexOf(':');
  const port = /^\d{1,5}$/.exec(plain.slice(colon + 1))?.[0];
  const host = (colon === -1 ? plain : plain.slice(0, colon)).replace(/^\[(.*)\]$/, '$1');
  return { host: isHostName(host) ? host : undefined, port: colon === -1 || port === undefined ? undefined : Number(port), isSocket: false };
}

/** `:6379`, `*:6379`, `10.0.0.1:7000-7002`; none of a unix socket. */
function portsOf(address: string): number[] {
  const [, first, last = first] = /:(\d{1,5})(?:-(\d{1,5}))?$/.exec(address) ?? [];
  if (first === undefined) return [];
  return Array.from({ length: Math.min(Math.max(Number(last) - Number(first) + 1, 1), 100) }, (_, index) => Number(first) + index);
}
