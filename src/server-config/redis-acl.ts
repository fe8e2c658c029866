/** A user of a Redis server, as its rules leave it. */
export interface AclUser {
  readonly name: string;
  readonly isEnabled: boolean;
  /** Any password will do, and no AUTH at all is needed for the user `default`. */
  readonly hasNoPass: boolean;
  /** How many passwords it has, plain and hashed. */
  readonly passwordCount: number;
  readonly hasAllKeys: boolean;
  readonly hasAllChannels: boolean;
  readonly hasAllCommands: boolean;
  /** Whether a command may be run, by the root permissions or a selector. */
  mayRun(command: string): boolean;
  /** False where all that it may do is to ask whether the server is there. */
  readonly mayDoMoreThanPing: boolean;
  /** Plain passwords, for their features. They stay inside the derivations. */
  readonly passwords: readonly string[];
}

export interface AclLine {
  readonly name: string;
  readonly rules: readonly string[];
  readonly line: number;
}

export interface AclFile {
  readonly lines: readonly AclLine[];
  readonly faults: readonly { readonly line: number; readonly because: string }[];
}

/** Reads a file of `user` lines (acl.c, ACLLoadFromFile): blanks separate, there are no quotes and no comments. */
export function readAclFile(text: string): AclFile {
  const lines: AclLine[] = [];
  const faults: { line: number; because: string }[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const words = raw
      .trim()
      .split(' ')
      .filter((word) => word !== '');
    if (words.length === 0) continue;
    const [keyword, name, ...rules] = words;
    if (keyword !== 'user' || name === undefined) faults.push({ line: index + 1, because: 'it does not begin with "user" and a name' });
    else lines.push({ name, rules, line: index + 1 });
  }
  return { lines, faults };
}

class Permissions {
  hasAllKeys = false;
  hasAllChannels = false;
  hasAllCommands = false;
  /** In their order: the last that concerns a command decides. */
  readonly rules: string[] = [];

  apply(rule: string): void {
    const lower = rule.toLowerCase();
    if (lower === 'allkeys' || rule === '~*' || lower === '%rw~*') this.hasAllKeys = true;
    else if (lower === 'resetkeys') this.hasAllKeys = false;
    else if (lower === 'allchannels' || rule === '&*') this.hasAllChannels = true;
    else if (lower === 'resetchannels') this.hasAllChannels = false;
    else if (lower === 'allcommands' || lower === '+@all') this.#everyCommand(true);
    else if (lower === 'nocommands' || lower === '-@all') this.#everyCommand(false);
    else if (lower.startsWith('+') || lower.startsWith('-')) {
      this.rules.push(lower);
      if (lower.startsWith('-')) this.hasAllCommands = false;
    }
  }

  #everyCommand(isAllowed: boolean): void {
    this.hasAllCommands = isAllowed;
    this.rules.length = 0;
    this.rules.push(isAllowed ? '+@all' : '-@all');
  }

  get goesBeyondPing(): boolean {
    return this.rules.some((rule) => rule.startsWith('+') && !HARMLESS.has(rule));
  }

  mayRun(command: string): boolean {
    for (const rule of this.rules.toReversed()) {
      const subject = rule.slice(1);
      if (subject === '@all' || subject === command || (subject.startsWith('@') && isInCategory(command, subject.slice(1)))) return rule.startsWith('+');
      // A subcommand that is allowed leaves a way to the command; one that is refused leaves the others.
      if (rule.startsWith('+') && subject.startsWith(`${command}|`)) return true;
    }
    return false;
  }
}

/** What a user comes to by rules that are applied from left to right (acl.c, ACLSetUser). */
export function applyAclRules(name: string, rules: readonly string[], start?: { readonly isOpen: boolean }): AclUser {
  let isEnabled = start !== undefined;
  let hasNoPass = start?.isOpen ?? false;
  let root = new Permissions();
  let selectors: Permissions[] = [];
  if (start !== undefined) for (const rule of ['allkeys', 'allchannels', 'allcommands']) root.apply(rule);
  const passwords = new Set<string>();
  const hashes = new Set<string>();
  for (const rule of joinSelectors(rules)) {
    const lower = rule.toLowerCase();
    const rest = rule.slice(1);
    if (lower === 'on') isEnabled = true;
    else if (lower === 'off') isEnabled = false;
    else if (lower === 'nopass' || lower === 'resetpass') {
      hasNoPass = lower === 'nopass';
      passwords.clear();
      hashes.clear();
    } else if (rule.startsWith('>') || rule.startsWith('#')) {
      (rule.startsWith('>') ? passwords : hashes).add(rest);
      hasNoPass = false;
    } else if (rule.startsWith('<')) passwords.delete(rest);
    else if (rule.startsWith('!')) hashes.delete(rest);
    else if (lower === 'reset') {
      isEnabled = false;
      hasNoPass = false;
      root = new Permissions();
      selectors = [];
      passwords.clear();
      hashes.clear();
    } else if (lower === 'clearselectors') selectors = [];
    else if (rule.startsWith('(')) {
      const selector = new Permissions();
      for (const inner of rule.slice(1, -1).split(/\s+/)) selector.apply(inner);
      selectors.push(selector);
    } else root.apply(rule);
  }
  const all = [root, ...selectors];
  return {
    name,
    isEnabled,
    hasNoPass,
    passwordCount: passwords.size + hashes.size,
    hasAllKeys: all.some((permissions) => permissions.hasAllKeys),
    hasAllChannels: all.some((permissions) => permissions.hasAllChannels),
    hasAllCommands: all.some((permissions) => permissions.hasAllCommands),
    mayDoMoreThanPing: all.some((permissions) => permissions.goesBeyondPing),
    mayRun: (command) => all.some((permissions) => permissions.mayRun(command)),
    passwords: [...passwords],
  };
}

/** A selector may hold blanks: `(+get ~a*)` arrives as two words. */
function joinSelectors(rules: readonly string[]): string[] {
  const joined: string[] = [];
  let open: string[] | undefined;
  for (const rule of rules) {
    if (open !== undefined) open.push(rule);
    else if (rule.startsWith('(')) open = [rule];
    else joined.push(rule);
    if (open !== undefined && rule.endsWith(')')) {
      joined.push(open.join(' '));
      open = undefined;
    }
  }
  return joined;
}

/** Commands that reach beyond the data of an application, with their categories (`ACL CAT` of 7.0, older names included). */
const CATEGORIES: Readonly<Record<string, readonly string[]>> = {
  acl: ['admin', 'slow', 'dangerous'],
  bgrewriteaof: ['admin', 'slow', 'dangerous'],
  bgsave: ['admin', 'slow', 'dangerous'],
  client: ['admin', 'slow', 'dangerous', 'connection'],
  cluster: ['admin', 'slow', 'dangerous'],
  config: ['admin', 'slow', 'dangerous'],
  debug: ['admin', 'slow', 'dangerous'],
  eval: ['slow', 'scripting'],
  evalsha: ['slow', 'scripting'],
  failover: ['admin', 'slow', 'dangerous'],
  flushall: ['keyspace', 'write', 'slow', 'dangerous'],
  flushdb: ['keyspace', 'write', 'slow', 'dangerous'],
  function: ['write', 'slow', 'scripting'],
  get: ['read', 'string', 'fast'],
  keys: ['keyspace', 'read', 'slow', 'dangerous'],
  migrate: ['keyspace', 'write', 'slow', 'dangerous'],
  module: ['admin', 'slow', 'dangerous'],
  monitor: ['admin', 'slow', 'dangerous'],
  ping: ['fast', 'connection'],
  psync: ['admin', 'slow', 'dangerous'],
  replicaof: ['admin', 'slow', 'dangerous'],
  restore: ['keyspace', 'write', 'slow', 'dangerous'],
  save: ['admin', 'slow', 'dangerous'],
  script: ['slow', 'scripting'],
  set: ['write', 'string', 'slow'],
  shutdown: ['admin', 'slow', 'dangerous'],
  slaveof: ['admin', 'slow', 'dangerous'],
  sync: ['admin', 'slow', 'dangerous'],
};

function isInCategory(command: string, category: string): boolean {
  return Object.hasOwn(CATEGORIES, command) && (CATEGORIES[command]?.includes(category) ?? false);
}

/** Rules that let a client do no more than ask whether the server is there. */
const HARMLESS = new Set(['+ping', '+echo', '+auth', '+hello', '+quit', '+reset', '+select', '+command']);
