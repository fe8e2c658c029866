import { baseName } from '../file-names.ts';
import type { ContainerFiles } from './container-files.ts';
import type { Source } from './known.ts';
import type { Pool } from './pool.ts';
import { type Frame, ShellExpansion } from './shell-expansion.ts';
import { copyFile, loseFiles, redirectOutput } from './shell-files.ts';
import { copyState, joinStates, type Word } from './shell-state.ts';
import { parseShell, type Redirect, type ShellNode } from './shell-syntax.ts';
import { decideTest } from './shell-tests.ts';
import type { ShellWord } from './shell-words.ts';

/** A server's command line as a container, or a script in it, would start it. */
export interface Launch {
  readonly program: string;
  /** Without the program itself. */
  readonly words: readonly Word[];
  readonly environment: ReadonlyMap<string, string>;
  readonly files: ContainerFiles;
}

export interface ShellWorld {
  readonly pool: Pool;
  readonly isEnvironmentComplete: boolean;
  /** Whether a program is the server, or the image's own entry point, which starts it. */
  isServer(program: string): boolean;
}

const WRAPPERS = new Set([
  'exec',
  'command',
  'nohup',
  'time',
  'gosu',
  'su-exec',
  'setpriv',
  'sudo',
  'runuser',
  'tini',
  'dumb-init',
  'catatonit',
  'chpst',
  'stdbuf',
  'nice',
  'ionice',
  'numactl',
  'timeout',
  'env',
  's6-setuidgid',
  'chroot',
  'docker-init',
  'eval',
  'su',
]);
/** Programs that may write into the files that they are given. */
const EDITORS = /^(?:perl|[gm]?awk|ed|ex|vim?|python[\d.]{0,5}|ruby|node|crudini|augtool|yq|patch|truncate|dd|sponge|rm|unlink|shred)$/;
const SHELLS = new Set(['sh', 'bash', 'ash', 'dash', 'zsh', 'busybox']);
const DECLARING = new Set(['export', 'declare', 'local', 'readonly', 'typeset']);
const DEEPEST_NESTING = 8;
const MOST_LAUNCHES = 32;
/** Conditions that are tried both ways; of later ones, both branches are followed and what they change is not known. */
const MOST_CHOICES = 5;
/** How much script may be run, in characters: scripts that run each other many times over have an end. */
const BUDGET = 500_000;

/**
 * Follows a command line through shells, wrappers and scripts that are part of the scan to the servers that it starts. Branches
 * whose condition is not known are both followed: several launches may come of it, of which one will happen.
 */
export function followCommand(words: readonly Word[], environment: ReadonlyMap<string, string>, files: ContainerFiles, world: ShellWorld): Launch[] {
  const launches: Launch[] = [];
  // Each run decides the conditions that nobody knows in another way: first all of them hold, in the end none.
  const choices: boolean[] = [];
  do {
    const run = new ShellRun(world, environment, files.copy(), choices);
    run.command(words, 0);
    launches.push(...run.launches);
    while (choices.at(-1) === false) choices.pop();
    if (choices.length > 0) choices[choices.length - 1] = false;
  } while (choices.length > 0 && launches.length < MOST_LAUNCHES);
  return launches;
}

/** Runs a script for what it does to the files, which are changed. */
export function runScript(path: string, environment: ReadonlyMap<string, string>, files: ContainerFiles, world: ShellWorld): void {
  const run = new ShellRun(world, environment, files);
  run.command(
    [
      { text: 'sh', source: { input: 'default', of: 'the image' } },
      { text: path, source: { input: 'default', of: 'the image' } },
    ],
    0,
  );
  files.become(run.files);
}

class ShellRun {
  readonly launches: Launch[] = [];
  readonly #world: ShellWorld;
  #budget = BUDGET;
  #choice = 0;
  readonly #choices: boolean[] | undefined;
  readonly #mayBeEmpty = (text: string): boolean => this.#world.pool.mayBeEmpty(text);
  readonly #frame: Frame;
  readonly #expansion: ShellExpansion;

  constructor(world: ShellWorld, environment: ReadonlyMap<string, string>, files: ContainerFiles, choices?: boolean[]) {
    this.#world = world;
    this.#choices = choices;
    const state = { variables: new Map(environment), lists: new Map(), files, hasEnded: false };
    this.#frame = { state, positional: [], source: () => ({ input: 'default', of: 'the shell' }) };
    this.#expansion = new ShellExpansion(this.#frame, world);
  }

  get files(): ContainerFiles {
    return this.#frame.state.files;
  }

  /** Runs a command whose words are expanded already. */
  command(words: readonly Word[], depth: number): void {
    const [first, ...rest] = words;
    if (first === undefined || depth > DEEPEST_NESTING) return;
    const program = baseName(first.text);
    if (this.#world.isServer(first.text)) {
      this.#launch(first.text, rest);
    } else if (SHELLS.has(program)) {
      this.#shell(rest, depth);
    } else if (WRAPPERS.has(program)) {
      this.#wrapped(program, rest, depth);
    } else if (this.#frame.state.files.read(first.text) !== undefined) {
      this.#script(first, rest, depth);
    }
  }

  #launch(program: string, words: readonly Word[]): void {
    if (this.launches.length >= MOST_LAUNCHES) return;
    const environment = new Map<string, string>();
    for (const [name, value] of this.#frame.state.variables) if (value !== undefined) environment.set(name, value);
    this.launches.push({ program, words, environment, files: this.#frame.state.files.copy() });
    this.#frame.state.hasEnded = true;
  }

  #shell(words: readonly Word[], depth: number): void {
    const at = words.findIndex(({ text }) => !/^[-+]/.test(text) && !/^(?:sh|pipefail|errexit|nounset|xtrace)$/.test(text));
    const script = words[at];
    if (script === undefined) return;
    if (words.slice(0, at).some(({ text }) => /^-[a-z]*c[a-z]*$/.test(text))) {
      // The word after the script is `$0`.
      this.#run(script.text, () => script.source, words.slice(at + 2), depth);
    } else this.#script(script, words.slice(at + 1), depth);
  }

  #script(script: Word, words: readonly Word[], depth: number): void {
    const file = this.#frame.state.files.readLines(script.text);
    if (file !== undefined) this.#run(file.text, (line) => file.sourceOf(line), words, depth);
  }

  #run(text: string, source: (line: number) => Source, positional: readonly Word[], depth: number): void {
    this.#budget -= text.length + 100;
    const node = this.#budget < 0 ? undefined : parseShell(text);
    if (node === undefined) return;
    const before = { source: this.#frame.source, positional: this.#frame.positional };
    this.#frame.source = source;
    this.#frame.positional = positional;
    this.#execute(node, depth + 1);
    this.#frame.source = before.source;
    this.#frame.positional = before.positional;
  }

  #wrapped(program: string, words: readonly Word[], depth: number): void {
    if (program === 'eval') {
      this.#run(words.map(({ text }) => text).join(' '), () => words[0]?.source ?? this.#frame.source(1), this.#frame.positional, depth);
      return;
    }
    for (const { text } of words) {
      const assignment = program === 'env' ? /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(text) : null;
      if (assignment !== null) this.#frame.state.variables.set(assignment[1] ?? '', assignment[2]);
    }
    const script = program === 'su' || program === 'runuser' ? words.findIndex(({ text }) => text === '-c') : -1;
    if (script !== -1) {
      const word = words[script + 1];
      if (word !== undefined) this.#run(word.text, () => word.source, [], depth);
      return;
    }
    const at = words.findIndex(({ text }) => this.#isProgram(text));
    if (at !== -1) this.command(words.slice(at), depth + 1);
    if (program === 'exec' && words.length > 0) this.#frame.state.hasEnded = true;
  }

  #isProgram(text: string): boolean {
    return this.#world.isServer(text) || SHELLS.has(baseName(text)) || WRAPPERS.has(baseName(text)) || this.#frame.state.files.read(text) !== undefined;
  }

  /** Undefined where nothing tells whether it succeeds. */
  #execute(node: ShellNode, depth: number): boolean | undefined {
    if (this.#frame.state.hasEnded || depth > 200) return undefined;
    switch (node.type) {
      case 'command':
        return this.#simple(node.words, node.redirects, node.line, depth);
      case 'list':
        return this.#list(node.items, depth);
      case 'if':
        return this.#if(node.branches, node.otherwise, depth);
      case 'not': {
        const status = this.#execute(node.node, depth + 1);
        return status === undefined ? undefined : !status;
      }
      case 'loop':
        return this.#perhaps(() => this.#execute(node.body, depth));
      case 'case':
        for (const branch of node.branches) this.#perhaps(() => this.#execute(branch, depth));
        return undefined;
      case 'function':
        return true;
    }
  }

  #list(items: Extract<ShellNode, { type: 'list' }>['items'], depth: number): boolean | undefined {
    let status: boolean | undefined = true;
    for (const { node, after } of items) {
      if (this.#frame.state.hasEnded) return status;
      if (after === '&&' || after === '||') {
        const isDue = status === undefined ? undefined : after === '&&' ? status : !status;
        if (isDue === true) status = this.#execute(node, depth);
        else if (isDue === undefined) {
          this.#perhaps(() => this.#execute(node, depth));
          status = undefined;
        }
      } else status = this.#execute(node, depth);
    }
    return status;
  }

  #if(branches: Extract<ShellNode, { type: 'if' }>['branches'], otherwise: ShellNode | undefined, depth: number): boolean | undefined {
    const [branch, ...rest] = branches;
    if (branch === undefined) return otherwise === undefined ? true : this.#execute(otherwise, depth);
    const isDue = this.#execute(branch.condition, depth) ?? this.#choose();
    if (isDue === true) return this.#execute(branch.body, depth);
    if (isDue === false) return this.#if(rest, otherwise, depth);
    const before = copyState(this.#frame.state);
    this.#execute(branch.body, depth);
    const after = this.#frame.state;
    this.#frame.state = before;
    this.#if(rest, otherwise, depth);
    this.#frame.state = joinStates(after, this.#frame.state, this.#world.pool);
    return undefined;
  }

  /** How this run decides a condition that is not known; undefined where it does not. */
  #choose(): boolean | undefined {
    if (this.#choices === undefined || this.#choice >= MOST_CHOICES) return undefined;
    if (this.#choice === this.#choices.length) this.#choices.push(true);
    return this.#choices[this.#choice++];
  }

  /** Runs what may or may not run: what it changes is not known afterwards. */
  #perhaps(run: () => unknown): undefined {
    const before = copyState(this.#frame.state);
    run();
    this.#frame.state = joinStates(this.#frame.state, before, this.#world.pool);
  }

  #simple(words: readonly ShellWord[], redirects: readonly Redirect[], line: number, depth: number): boolean | undefined {
    let from = 0;
    for (; from < words.length; from++) if (!this.#expansion.assign(words[from] ?? [])) break;
    const source = this.#frame.source(line);
    const expanded = words.slice(from).flatMap((word) => this.#expansion.expand(word, source));
    const [first, ...rest] = expanded.map(({ text }) => text);
    if (first === undefined) return true;
    const program = baseName(first);
    if (DECLARING.has(first)) {
      for (const word of words.slice(from + 1)) this.#expansion.assign(word);
      return true;
    }
    redirectOutput(program, rest, redirects, source, this.#frame.state.files, this.#expansion);
    switch (program) {
      case '[':
        return decideTest(rest.slice(0, -1), this.#frame.state.files, this.#mayBeEmpty);
      case '[[':
        return decideTest(rest.at(-1) === ']]' ? rest.slice(0, -1) : rest, this.#frame.state.files, this.#mayBeEmpty);
      case 'test':
        return decideTest(rest, this.#frame.state.files, this.#mayBeEmpty);
      case 'false':
        return false;
      case 'exit':
      case 'return':
        this.#frame.state.hasEnded = true;
        return undefined;
      case 'unset':
        for (const name of rest) this.#frame.state.variables.set(name, undefined);
        return true;
      case 'shift':
        this.#frame.positional = this.#frame.positional.slice(Number(rest[0] ?? '1') || 1);
        return true;
      case 'set':
        if (rest[0] === '--') this.#frame.positional = expanded.slice(2);
        return true;
      case '.':
      case 'source': {
        const [script] = expanded.slice(1);
        if (script !== undefined) this.#script(script, this.#frame.positional, depth);
        return true;
      }
      case 'cp':
      case 'mv':
      case 'ln':
      case 'install':
        copyFile(rest, this.#frame.state.files);
        return true;
      case 'sed':
        if (rest.some((word) => /^-[a-zA-Z]*i|^--in-place/.test(word))) loseFiles(rest, this.#frame.state.files);
        return true;
    }
    if (EDITORS.test(program)) loseFiles(rest, this.#frame.state.files);
    this.command(expanded, depth);
    return program === 'grep' || program === 'redis-cli' || program === 'valkey-cli' || program === 'pg_isready' ? undefined : true;
  }
}
