import { isPasswordFlag, isSecretValue, mayBePasswordFlag, mayHold, namesSecret, privateKeySpans, type SecretSpan, secretSpans, takesSecret } from '../sensitive.ts';
import type { Positions, Step } from './positions.ts';

/** Longer scalars with escapes or folded lines are masked as a whole: nobody reads on in one. */
const LONGEST_DECODED = 64 * 1024;

/** Keys that stand for the name beside them or above them. */
const NAME_KEYS = ['name', 'Name', 'key', 'Key', 'variable', 'path'] as const;
const VALUE_KEYS = new Set(['value', 'Value', 'default', 'defaultValue', 'literal', 'plaintext']);

const SECRET_DATA = ['data', 'stringData'];

/** Base64 of anything, and nobody reads on in it. */
const BINARY_DATA = 'binaryData';

const ASSIGNMENT = /^([A-Za-z_][\w.-]{0,100})=(.+)$/s;

/** As Kubernetes fills it in, and as the password of an address. */
const REFERENCE = /^\$\(([\w.-]{1,200})\)$/;
const PASSWORD_REFERENCE = /:\$\(([\w.-]{1,200})\)@/g;

const FEW_REFERENCES = 50;

/** A longer stretch of a line is looked at closely: it may have been cut inside a scalar. */
const LONGEST_PLAIN = 2000;

/** A copy of the whole object as text, env values and a Secret's data included. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Whether a value below a key may be a secret because of that key. Documents have the same few hundred keys. */
const tellingKeys = new Map([...VALUE_KEYS, ...SECRET_DATA, BINARY_DATA, LAST_APPLIED].map((key) => [key, true]));
const MOST_KEYS = 10_000;

/**
 * Where the secrets of a document stand. What is around a value decides: its key, the name beside it, the flag before it, the
 * Secret that it is in, the alias that takes it elsewhere. What has no such thing around it is judged by its shape.
 */
export class DocumentSecrets {
  readonly #text: string;
  readonly #positions: Positions;
  /** In a list of Secrets the items may leave out what they are. */
  readonly #isSecret: boolean;
  #anchored: ReadonlySet<number> | undefined;
  #privateKeySpans: readonly SecretSpan[] | undefined;
  #decodedKeys: Map<number, string> | undefined;
  #suspects: readonly number[] | undefined;
  #insideTexts: Map<number, readonly SecretSpan[]> | undefined;
  #referredNames: ReadonlySet<string> | undefined;

  constructor(text: string, positions: Positions, isSecret: boolean) {
    this.#text = text;
    this.#positions = positions;
    this.#isSecret = isSecret;
  }

  /** Offsets in the document's text; may overlap. */
  within(from: number, to: number): readonly SecretSpan[] {
    const line = this.#text.slice(from, to);
    // Most lines have nothing of what every secret has, and then neither has a part of them.
    const mayHoldSecret = mayHold(line);
    // Nine of ten lines need no walk, which takes ten times as long.
    if (!mayHoldSecret && to - from <= LONGEST_PLAIN && !this.#isSuspect(from, to)) return NONE;
    const found: SecretSpan[] = [];
    this.#positions.walk(from, to, (node, way, isKey) => {
      if (this.#positions.isAlias(node)) return;
      const start = this.#positions.start(node);
      const end = this.#positions.end(node);
      if (!isKey && (this.#isSecretPlace(node, way) || this.#isAnchored(node, way))) found.push({ from: start, to: end });
      else if (!this.#positions.isVerbatim(node)) found.push(...this.#insideText(node, start, end));
      else if (mayHoldSecret || start < from || end > to) found.push(...this.#insideWord(start, end));
    });
    // Comments, and what looks like a secret across the borders of scalars.
    if (mayHoldSecret) for (const span of secretSpans(line)) found.push({ from: from + span.from, to: from + span.to });
    for (const span of this.#privateKeys()) if (span.from < to && span.to > from) found.push(span);
    return found;
  }

  /** Whether part of a line may be a secret though the line has nothing that secrets are told by. */
  #isSuspect(from: number, to: number): boolean {
    if (this.#privateKeys().length > 0 || this.#anchoredSecrets().size > 0) return true;
    this.#suspects ??= this.#findSuspects();
    const suspects = this.#suspects;
    let low = 0;
    let high = suspects.length / 2;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((suspects[middle * 2 + 1] as number) <= from) low = middle + 1;
      else high = middle;
    }
    return (suspects[low * 2] ?? to) < to;
  }

  /**
   * In the order of the text, where each stretch begins and ends that may be a secret by its surroundings, or that takes more than a
   * line to read. A quick look at all keys, which leaves most documents with nothing: what is told here need not be a secret.
   */
  #findSuspects(): readonly number[] {
    const positions = this.#positions;
    if (!positions.isCollection(0)) return [0, this.#text.length];
    const found: number[] = [];
    positions.visit((value, key, before) => {
      const isSuspect = key === undefined ? this.#isFlag(before) || this.#mayHoldFlag(value) : this.#isTelling(key);
      const isThere = positions.start(value) >= 0;
      if (!isSuspect && (!isThere || positions.isCollection(value) || positions.isVerbatim(value))) return true;
      const first = key === undefined || positions.start(key) < 0 ? value : key;
      if (isThere || first !== value) found.push(positions.start(first), Math.max(positions.end(first), positions.end(value)));
      return false;
    });
    return found;
  }

  #isTelling(key: number): boolean {
    const name = this.#verbatim(key);
    if (name === undefined) return true;
    let isTelling = tellingKeys.get(name);
    if (isTelling === undefined) {
      isTelling = namesSecret(name);
      if (tellingKeys.size < MOST_KEYS) tellingKeys.set(name, isTelling);
    }
    return isTelling;
  }

  /** Whether the item behind it may be a secret. */
  #isFlag(item: number | undefined): boolean {
    if (item === undefined || this.#positions.isCollection(item)) return false;
    const word = this.#verbatim(item);
    return word === undefined || (word.startsWith('-') && !word.includes('='));
  }

  #mayHoldFlag(item: number): boolean {
    return mayBePasswordFlag(this.#verbatim(item) ?? '');
  }

  #verbatim(node: number): string | undefined {
    if (!this.#positions.isVerbatim(node)) return undefined;
    return this.#text.slice(this.#positions.start(node), this.#positions.end(node));
  }

  /** Whether a value is a secret because of where it stands. */
  #isSecretPlace(node: number, way: readonly Step[]): boolean {
    const keys = this.#keysOf(way);
    if (keys.includes(LAST_APPLIED) || keys.includes(BINARY_DATA)) return true;
    if (way.some(({ collection }, at) => SECRET_DATA.includes(keys[at] ?? '') && this.#isSecretObject(collection))) return true;
    const text = this.#read(node);
    const isFlagged = this.#isFlagged(text, way);
    const assignment = text.includes('=') ? ASSIGNMENT.exec(text) : null;
    const isAssigned = assignment !== null && namesSecret(assignment[1] ?? '');
    const isNamed = this.#isNamed(way, keys) || (way.at(-1)?.key !== undefined && this.#referred().has(this.#nameOf(way, keys)));
    // Asked last, for it is the most to ask, and few values are in such a place.
    if (!(isFlagged || isAssigned || isNamed) || !isSecretValue(text)) return false;
    return isFlagged || !isAssigned || isSecretValue(assignment[2] ?? '');
  }

  #isFlagged(text: string, way: readonly Step[]): boolean {
    const last = way.at(-1);
    if (last === undefined || last.key !== undefined) return false;
    const programs = (): string[] => this.#programs(last.collection, way.at(-2));
    return (last.before !== undefined && takesSecret(this.#read(last.before).trim(), programs())) || (mayBePasswordFlag(text) && isPasswordFlag(text, programs()));
  }

  #isNamed(way: readonly Step[], keys: readonly (string | undefined)[]): boolean {
    // Compose lists the names of secrets under `secrets`.
    return namesSecret(this.#nameOf(way, keys)) && !(keys[0] === 'services' && way.at(-1)?.key === undefined && keys.includes('secrets'));
  }

  /** Variables that a password is taken from, whatever they are called. */
  #referred(): ReadonlySet<string> {
    this.#referredNames ??= this.#findReferred();
    return this.#referredNames;
  }

  #findReferred(): ReadonlySet<string> {
    const found = new Set<string>();
    const visit = (node: number, way: readonly Step[], isKey: boolean): void => {
      if (isKey || this.#positions.isAlias(node)) return;
      const text = this.#read(node);
      for (const [, name = ''] of text.matchAll(PASSWORD_REFERENCE)) found.add(name);
      const whole = REFERENCE.exec(text)?.[1];
      const assignment = ASSIGNMENT.exec(text.replace(/^--?/, ''));
      const assigned = assignment !== null && namesSecret(assignment[1] ?? '') ? REFERENCE.exec(assignment[2] ?? '')?.[1] : undefined;
      if (assigned !== undefined) found.add(assigned);
      if (whole !== undefined && (this.#isFlagged(text, way) || this.#isNamed(way, this.#keysOf(way)))) found.add(whole);
    };
    const places = [...this.#text.matchAll(/\$\(/g)].map(({ index }) => index);
    // Each is found by a walk of its own, which for very many would take longer than to look at everything.
    if (places.length > FEW_REFERENCES) this.#positions.walk(0, Number.MAX_SAFE_INTEGER, visit);
    else for (const place of places) this.#positions.walk(place, place + 1, visit);
    return found;
  }

  #keysOf(way: readonly Step[]): readonly (string | undefined)[] {
    return way.map(({ key }) => (key === undefined ? undefined : this.#key(key)));
  }

  /** The keys above are the same for line after line. */
  #key(node: number): string {
    this.#decodedKeys ??= new Map();
    let key = this.#decodedKeys.get(node);
    if (key === undefined) {
      key = this.#positions.key(node);
      this.#decodedKeys.set(node, key);
    }
    return key;
  }

  /** What a scalar says; of a very long one, how it begins. */
  #read(node: number): string {
    const scalar = this.#positions.target(node);
    const start = this.#positions.start(scalar);
    return this.#positions.end(scalar) - start > LONGEST_DECODED ? this.#text.slice(start, start + LONGEST_DECODED) : (this.#positions.text(node) ?? '');
  }

  #isSecretObject(mapping: number): boolean {
    const kind = this.#positions.member(mapping, 'kind');
    return kind === undefined ? this.#isSecret : this.#positions.text(kind)?.trim() === 'Secret';
  }

  /** What a list of words may begin with (`CMD redis-cli`, `sh -c …`), and what the command does that `args` are for. */
  #programs(list: number, above: Step | undefined): string[] {
    const lists = [list, ...(above === undefined ? [] : ['command', 'entrypoint'].map((key) => this.#positions.member(above.collection, key)))];
    return lists.flatMap((node) => (node === undefined ? [] : this.#positions.firstItems(this.#positions.target(node), 3).map((word) => this.#read(word))));
  }

  /** A value's name: its key, or what stands beside it as `name` or above it, where the key only says that it is the value. */
  #nameOf(way: readonly Step[], keys: readonly (string | undefined)[]): string {
    const at = keys.findLastIndex((key) => key !== undefined);
    const key = keys[at] ?? '';
    if (!VALUE_KEYS.has(key)) return key;
    return this.#nameBeside(way[at]?.collection ?? 0) ?? keys.slice(0, at).findLast((above) => above !== undefined) ?? key;
  }

  #nameBeside(mapping: number): string | undefined {
    for (const candidate of NAME_KEYS) {
      const beside = this.#positions.member(mapping, candidate);
      const name = beside === undefined ? undefined : this.#positions.text(beside);
      if (name !== undefined) return name.slice(name.lastIndexOf('/') + 1);
    }
    return undefined;
  }

  /** Values that an alias puts where they are secrets. */
  #isAnchored(node: number, way: readonly Step[]): boolean {
    const anchored = this.#anchoredSecrets();
    return anchored.size > 0 && (anchored.has(node) || way.some(({ collection }) => anchored.has(collection)));
  }

  #anchoredSecrets(): ReadonlySet<number> {
    this.#anchored ??= this.#positions.hasAliases ? this.#findAnchored() : NOTHING;
    return this.#anchored;
  }

  #findAnchored(): ReadonlySet<number> {
    const anchored = new Set<number>();
    this.#positions.walk(0, Number.MAX_SAFE_INTEGER, (node, way, isKey) => {
      if (isKey || !this.#positions.isAlias(node)) return;
      const target = this.#positions.target(node);
      if (this.#isSecretPlace(node, way)) anchored.add(target);
      for (const value of this.#mergedSecrets(target, way)) anchored.add(value);
    });
    return anchored;
  }

  /** `{name: PASSWORD, <<: *x}`: what comes in by a merge stands beside a name, or in a Secret, that is not where it was written. */
  #mergedSecrets(target: number, way: readonly Step[]): number[] {
    const merge = way.findLast(({ key }) => key !== undefined);
    if (merge?.key === undefined || this.#positions.key(merge.key) !== '<<') return [];
    const kinds = this.#isSecretObject(merge.collection) ? SECRET_DATA : [];
    const values = namesSecret(this.#nameBeside(merge.collection) ?? '') ? [...VALUE_KEYS] : [];
    return [...kinds, ...values].flatMap((key) => this.#positions.member(target, key) ?? []);
  }

  #insideWord(start: number, end: number): readonly SecretSpan[] {
    // The lines that are shown of a long text are looked at as such.
    if (end - start > LONGEST_DECODED) return NONE;
    return secretSpans(this.#text.slice(start, end)).map(({ from, to }) => ({ from: start + from, to: start + to }));
  }

  /** Of a text of several lines, which is looked at as a whole and once, whichever of its lines are shown. */
  #insideText(node: number, start: number, end: number): readonly SecretSpan[] {
    if (end - start > LONGEST_DECODED) return this.#positions.isBlock(node) ? NONE : [{ from: start, to: end }];
    this.#insideTexts ??= new Map();
    let spans = this.#insideTexts.get(node);
    if (spans === undefined) {
      spans = this.#insideWord(start, end);
      // What escapes or folded lines hide from a look at the text itself.
      if (secretSpans(this.#read(node)).length > spans.length) spans = [{ from: start, to: end }];
      this.#insideTexts.set(node, spans);
    }
    return spans;
  }

  /** The lines of a private key look like nothing by themselves, wherever the excerpt begins. */
  #privateKeys(): readonly SecretSpan[] {
    this.#privateKeySpans ??= privateKeySpans(this.#text);
    return this.#privateKeySpans;
  }
}

const NONE: readonly SecretSpan[] = [];
const NOTHING: ReadonlySet<number> = new Set();
