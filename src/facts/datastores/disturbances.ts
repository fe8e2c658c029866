import { baseName } from '../file-names.ts';
import { unseen } from '../servers/known.ts';
import type { Server } from './datastore.ts';
import { isDataFolder } from './kubernetes-mounts.ts';
import type { Program, Word } from './program.ts';
import type { Engine } from './recognise.ts';

/** Something that changes a server beside its own configuration, so that what the configuration says need not hold. */
interface Disturbance {
  readonly because: string;
  /** Facts that it may change; undefined where it may be any. */
  readonly facts: readonly string[] | undefined;
}

/**
 * Looks at what else runs with a server: its hook after the start, the rest of its own start script, and what its pod runs before and
 * beside it. What these write is not followed; the facts that it may change are then not known.
 */
export function undisturbed(server: Server, program: Program, peers: readonly Program[]): Server {
  const found = [...disturbancesOf(program, peers, server.engine)];
  if (found.length === 0) return server;
  const changed: Record<string, unknown> = { ...server.server };
  for (const fact of Object.keys(changed)) {
    const own = found.find(({ facts }) => facts === undefined || facts.includes(fact));
    // A version does not change by being configured.
    if (own !== undefined && !/^(?:version|isVersionSupported|isSentinel)$/.test(fact))
      changed[fact] = unseen(own.because, 'set it in the configuration that the server starts with');
  }
  return { engine: server.engine, server: changed } as unknown as Server;
}

function* disturbancesOf(program: Program, peers: readonly Program[], engine: Engine): Generator<Disturbance> {
  const { hook } = program;
  if (hook.length > 0) {
    const { text, isWhole } = scriptOf(hook, program);
    yield* changesIn(text, engine, 'a postStart hook of the container', FILES[engine]);
    if (!isWhole) yield { because: 'a postStart hook of the container runs a script that is not part of this scan', facts: undefined };
  }
  const own = scriptOf([...(program.texts.command ?? []), ...(program.texts.arguments ?? [])], program);
  yield* changesIn(own.text, engine, 'the start script of the container', IN_DATA[engine]);
  for (const peer of peers) {
    if (peer === program) continue;
    const { text } = scriptOf([...(peer.texts.command ?? []), ...(peer.texts.arguments ?? []), ...peer.hook], peer);
    if (!MAY_CHANGE.test(text)) continue;
    const sharesData = peer.kept.some(({ name, kind }) => program.kept.some((kept) => kept.name === name && kept.kind === kind && isDataFolder(kept.path)));
    // What runs before the server can change its files alone, and what runs beside it the server as well.
    if (peer.role === 'init' && !sharesData) continue;
    yield* changesIn(text, engine, `container ${nameOf(peer)} of the same pod`, sharesData ? FILES[engine] : undefined);
  }
}

function nameOf({ container }: Program): string {
  return (container.facts as { name?: string }).name ?? '';
}

/** What a command line says, with the scripts that it runs, as far as they are part of the scan. */
function scriptOf(words: readonly Word[], { mounted }: Program): { text: string; isWhole: boolean } {
  let isWhole = true;
  const parts = words.flatMap(({ text }, index) => {
    const { marked } = text;
    const before = words[index - 1]?.text.marked ?? '';
    return [marked, ...scriptsIn(`${before}\n${marked}`, before.length + 1)].map((part, at) => {
      if (at > 0 || !/^\/[\w./-]{1,200}$/.test(part)) return at > 0 ? fileAt(part) : part;
      return mounted.files.find(({ path }) => path === part)?.text ?? part;
    });
  });
  function fileAt(path: string): string {
    const file = mounted.files.find((each) => each.path === path);
    if (file?.text === undefined) isWhole = false;
    return file?.text ?? '';
  }
  return { text: parts.join(' ').slice(0, LONGEST), isWhole };
}

/** Paths by their ending, what a shell or an interpreter is given, and what a client reads its commands from. A program of the image is called by its path, too. */
const SCRIPT =
  /(?<![\w./$}-])\/[\w./-]{1,200}\.(?:sh|bash|py|pl|sql)(?![\w.-])|(?<=(?:^|[\s;&|(])(?:(?:ba|da|z|k|a)?sh|source|\.|python3?|perl|psql[^\n;&|<]{0,200}[ \t]-f|(?:redis|valkey|keydb)-cli[^\n;&|<]{0,200}<|psql[^\n;&|<]{0,200}<)\s{1,5})\/[\w./-]{1,200}/g;

function scriptsIn(text: string, from: number): string[] {
  return [...text.slice(0, LONGEST).matchAll(SCRIPT)].filter((match) => match.index >= from).map(([path]) => path);
}

const LONGEST = 100_000;

/** Files that a server finds in its data folder without being told of them. Redis is told of each, and one that was not seen is not known. */
const FILES: Readonly<Record<Engine, RegExp | undefined>> = { postgres: /(?:pg_hba|pg_ident|postgresql(?:\.auto)?|\*)\.conf/, redis: undefined };
/** A start script may make files elsewhere, and hand them over: that is followed. */
const IN_DATA: Readonly<Record<Engine, RegExp | undefined>> = {
  postgres: /(?:\$\{?PGDATA\}?|\/var\/lib\/postgresql\/[\w./-]{1,100}?)["']?\/(?:pg_hba|pg_ident|postgresql(?:\.auto)?|\*)\.conf/,
  redis: undefined,
};
/** Something that all of these have: most of what runs beside a server does nothing of the kind. */
const MAY_CHANGE = /alter|config|acl|conf\b/i;
/** What changes a server while it runs. */
const CHANGES: Readonly<Record<Engine, RegExp>> = {
  postgres: /\balter\s{1,100}system\b(?:\s{1,100}(?:re)?set\s{1,100}"?([\w.]{1,63}))?/gi,
  redis: /(?:\bconfig|\$\{?\w{1,40}\}?)\s{1,100}set\s{1,100}([\w.-]{1,60})([^\n;|&]{0,2000})|\bconfig\s{1,100}rewrite|\bacl\s{1,100}(?:setuser|deluser|load)\b/gi,
};
/** Of these, one may follow others in the same command. */
const DECIDING = /\s(?:requirepass|protected-mode|bind|port|masterauth|masteruser|aclfile|maxmemory|timeout|save|appendonly|maxclients|(?:tls|acl|enable)-[\w-]{1,40})(?=\s|$)/i;

function* changesIn(text: string, engine: Engine, who: string, files: RegExp | undefined): Generator<Disturbance> {
  if (!MAY_CHANGE.test(text)) return;
  const said = engine === 'redis' ? text.replaceAll(/["']/g, '') : text;
  for (const [whole, name, rest = ''] of said.matchAll(CHANGES[engine])) {
    if (/rewrite$/i.test(whole)) continue;
    const facts = name === undefined || DECIDING.test(rest) ? undefined : factsOf(name.toLowerCase(), engine);
    if (facts === undefined || facts.length > 0) {
      // What is no name of a setting may be anything.
      const what = name === undefined ? whole.toUpperCase().replaceAll(/\s+/g, ' ') : /^[a-z][a-z_.-]{1,59}$/i.test(name) ? name.toLowerCase() : 'a setting';
      yield { because: `${who} changes the server while it runs (${what})`, facts };
    }
  }
  // To read a file, or to hand it to the server, is not to write it.
  const written = files === undefined ? undefined : writesTo(text, files);
  if (written !== undefined) yield { because: `${who} writes into the server's configuration (${written})`, facts: undefined };
}

const WRITES = /\b(?:perl|awk|cp|mv|ln|install|tee|envsubst|python\d?|ruby|node|curl|wget|dd|ed|ex|vim?|patch|truncate|rsync|yq|rm)\b|>/;
const EDITS = /\s(?:-[a-zA-Z]{0,10}i|--in-place)/;
/** What goes nowhere, or only tells. */
const ASIDE = /\d?>{1,2}\s?(?:\/dev\/(?:null|stderr|stdout)|&\d)|[|]\s?tee\s?\/dev\/(?:null|stderr|stdout)/g;
const HELD = /(?:\b\w{1,40}=|\bfor\s{1,5}\w{1,40}\s{1,5}in\s)[^\n;&|]{0,300}$/;

function writes(command: string): boolean {
  return WRITES.test(command) || (/\bsed\b/.test(command) && EDITS.test(command));
}

function writesTo(text: string, files: RegExp): string | undefined {
  const plain = text.replaceAll(/\\\r?\n/g, ' ').replaceAll(ASIDE, ' ');
  const commands = plain.split(/[\n;]|&&|\|\|/);
  for (const command of commands) {
    const match = files.exec(command);
    if (match === null) continue;
    const name = baseName(match[0]);
    // Under the name of a variable, it is written further on.
    if (writes(command) || (HELD.test(command.slice(Math.max(0, match.index - 400), match.index)) && commands.some(writes))) return name;
  }
  return undefined;
}

/** What settings that are often changed so come to; those of a name that is not here may decide anything. */
const SETTINGS: Readonly<Record<Engine, readonly (readonly [RegExp, readonly string[]])[]>> = {
  redis: [
    [/^maxmemory$/, ['maxMemory']],
    [/^maxmemory-policy$/, ['maxMemoryPolicy']],
    [/^timeout$/, ['idleTimeoutSeconds']],
    [/^save$/, ['savesSnapshots']],
    [/^appendonly$/, ['appendsToFile']],
    [/^maxclients$/, ['maxClients']],
    [
      /^(?:notify-keyspace-events|slowlog-|latency-|hash-|list-|set-|zset-|stream-|lfu-|active|lazyfree-|hz$|loglevel$|repl-|client-|stop-writes|min-replicas|maxmemory-|appendfsync|auto-aof|cluster-|lua-)/,
      [],
    ],
  ],
  postgres: [
    [/^log_statement$/, ['logStatement']],
    [/^log_(?:dis)?connections$/, ['logConnections', 'logDisconnections']],
    [/^(?:statement|lock|idle_in_transaction_session)_timeout$/, ['statementTimeoutMs', 'lockTimeoutMs', 'idleInTransactionTimeoutMs']],
    [/^max_connections$/, ['maxConnections']],
    [
      /^(?:log_|shared_buffers|work_mem|maintenance_|effective_|max_|min_|wal_|checkpoint_|random_|autovacuum|default_|archive_|jit|track_|cron\.|pg_stat|hot_standby|synchronous_)/,
      [],
    ],
  ],
};

function factsOf(name: string, engine: Engine): readonly string[] | undefined {
  return SETTINGS[engine].find(([pattern]) => pattern.test(name))?.[1];
}
