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
  yield* changesIn(own.text, engine, 'the start script of the container', undefined);
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
  const parts = words.map(({ text }) => {
    const { marked } = text;
    if (!/^\/[\w./-]{1,200}$/.test(marked)) return marked;
    const file = mounted.files.find(({ path }) => path === marked);
    // A shell or a program of the image is called by its path, too.
    if (file?.text === undefined && /\.(?:sh|bash|py|pl)$/.test(marked)) isWhole = false;
    return file?.text ?? marked;
  });
  return { text: parts.join(' ').slice(0, LONGEST), isWhole };
}

const LONGEST = 100_000;

/** Files that a server finds in its data folder without being told of them. Redis is told of each, and one that was not seen is not known. */
const FILES: Readonly<Record<Engine, RegExp | undefined>> = { postgres: /(?:pg_hba|pg_ident|postgresql(?:\.auto)?)\.conf/, redis: undefined };
/** Something that all of these have: most of what runs beside a server does nothing of the kind. */
const MAY_CHANGE = /alter|config|acl|conf\b/i;
/** What changes a server while it runs. */
const CHANGES: Readonly<Record<Engine, RegExp>> = {
  postgres: /\balter[ \t]+system\b(?:[ \t]+(?:re)?set[ \t]+"?([\w.]{1,63}))?/gi,
  redis: /\b(?:config[ \t]+set[ \t]+["']?([\w.-]{1,60})|config[ \t]+rewrite|acl[ \t]+(?:setuser|deluser|load)\b)/gi,
};

function* changesIn(text: string, engine: Engine, who: string, files: RegExp | undefined): Generator<Disturbance> {
  if (!MAY_CHANGE.test(text)) return;
  for (const [whole, name] of text.matchAll(CHANGES[engine])) {
    if (/rewrite$/i.test(whole)) continue;
    const facts = name === undefined ? undefined : factsOf(name.toLowerCase(), engine);
    if (facts === undefined || facts.length > 0) yield { because: `${who} changes the server while it runs (${name === undefined ? whole.toUpperCase() : name})`, facts };
  }
  // To read a file, or to hand it to the server, is not to write it.
  const written = files === undefined ? undefined : writesTo(text, files);
  if (written !== undefined) yield { because: `${who} writes into the server's configuration (${written})`, facts: undefined };
}

const WRITES = /\b(?:sed[ \t]+-[a-zA-Z]*i|perl|awk|cp|mv|ln|install|tee|envsubst|python\d?|curl|wget)\b|>/;

function writesTo(text: string, files: RegExp): string | undefined {
  for (const command of text.split(/[\n;]|&&|\|\|/)) {
    const name = files.exec(command)?.[0];
    if (name !== undefined && WRITES.test(command)) return name;
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
