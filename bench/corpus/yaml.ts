import type { Random } from './random.ts';

/** A value to be written as YAML; keys whose value is undefined are left out. */
export type Node = string | number | boolean | null | Node[] | NodeMap | Note | Shared;
export interface NodeMap {
  [key: string]: Node | undefined;
}

/** How one team writes its YAML. The probabilities say how consistently it does so. */
export interface Style {
  readonly indent: 2 | 4;
  /** List items one step to the right of their key, as prettier does it; kubectl and Helm leave them below the key. */
  readonly indentsLists: boolean;
  readonly quote: '"' | "'";
  /** Of strings that do not need quotes but look as if: URLs, images, quantities. */
  readonly quotesStrings: number;
  readonly flowLists: number;
  readonly flowMaps: number;
  readonly usesAnchors: boolean;
}

/** A remark beside its value: behind a scalar, above anything larger. */
export class Note {
  readonly text: string;
  readonly value: Node;
  constructor(text: string, value: Node) {
    this.text = text;
    this.value = value;
  }
}

/** A value that stands in several places of a document: an anchor and aliases for a team that uses them. */
export class Shared {
  readonly anchor: string;
  readonly value: Node;
  constructor(anchor: string, value: Node) {
    this.anchor = anchor;
    this.value = value;
  }
}

/** One document, without its marker. Own writer, because a dumper has one style and real repositories have all of them. */
export function writeYaml(document: NodeMap, style: Style, random: Random): string {
  const anchored = new Set<Shared>();
  const lines: string[] = [];
  writeMap(document, '', '');
  return `${lines.join('\n')}\n`;

  /** `first` is what stands before the first key: the indent, or the dash of a list item. */
  function writeMap(map: NodeMap, first: string, indent: string): void {
    let lead = first;
    for (const [key, value] of Object.entries(map)) {
      if (value === undefined) continue;
      writeValue(`${lead}${keyText(key)}:`, value, indent, false);
      lead = indent;
    }
  }

  function writeList(list: readonly Node[], indent: string): void {
    for (const item of list) {
      const value = plain(item);
      if (item instanceof Note) lines.push(`${indent}# ${item.text}`);
      // A map in a list begins behind its dash; its other keys stand below its first one.
      if (!isMap(value) || isEmpty(value)) writeValue(`${indent}-`, value, indent, true);
      else if (asFlow(value)) lines.push(`${indent}- ${flowText(value)}`);
      else writeMap(value, `${indent}- `, `${indent}  `);
    }
  }

  function writeValue(head: string, node: Node, indent: string, inList: boolean): void {
    if (node instanceof Note) writeNote(head, node, indent, inList);
    else if (node instanceof Shared) writeShared(head, node, indent, inList);
    else if (typeof node === 'string' && node.includes('\n')) writeLiteral(head, node, indent);
    else if (typeof node === 'string' && node.length > 90 && /^[A-Z][\w ,.;-]+$/.test(node)) writeFolded(head, node, indent);
    else if (node === null || typeof node !== 'object') lines.push(`${head} ${scalar(node, false)}`);
    else if (isEmpty(node) || asFlow(node)) lines.push(`${head} ${flowText(node)}`);
    else {
      lines.push(head);
      const deeper = indent + ' '.repeat(style.indent);
      if (Array.isArray(node)) writeList(node, style.indentsLists || inList ? deeper : indent);
      else writeMap(node, deeper, deeper);
    }
  }

  function writeNote(head: string, { text, value }: Note, indent: string, inList: boolean): void {
    if (isSimple(value)) lines.push(`${head} ${scalar(value, false)} # ${text}`);
    else {
      lines.push(`${indent}# ${text}`);
      writeValue(head, value, indent, inList);
    }
  }

  function writeShared(head: string, node: Shared, indent: string, inList: boolean): void {
    if (!style.usesAnchors) writeValue(head, node.value, indent, inList);
    else if (anchored.has(node)) lines.push(`${head} *${node.anchor}`);
    else {
      anchored.add(node);
      writeValue(`${head} &${node.anchor}`, node.value, indent, inList);
    }
  }

  function writeLiteral(head: string, text: string, indent: string): void {
    const kept = text.endsWith('\n');
    lines.push(`${head} ${kept ? '|' : '|-'}`);
    const step = indent + ' '.repeat(style.indent);
    for (const line of (kept ? text.slice(0, -1) : text).split('\n')) lines.push(line === '' ? '' : step + line);
  }

  function writeFolded(head: string, text: string, indent: string): void {
    lines.push(`${head} >-`);
    let line = '';
    for (const word of text.split(' ')) {
      if (line.length + word.length > 76) {
        lines.push(indent + ' '.repeat(style.indent) + line);
        line = word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    lines.push(indent + ' '.repeat(style.indent) + line);
  }

  function asFlow(node: Node[] | NodeMap): boolean {
    const values = Array.isArray(node) ? node : Object.values(node).filter((value) => value !== undefined);
    if (!values.every(isSimple) || values.length > 4) return false;
    if (values.reduce((length: number, value) => length + String(value).length, 0) > 48) return false;
    return random.chance(Array.isArray(node) ? style.flowLists : style.flowMaps);
  }

  function flowText(node: Node[] | NodeMap): string {
    if (Array.isArray(node)) return `[${node.map((item) => scalar(plain(item), true)).join(', ')}]`;
    const pairs = Object.entries(node).flatMap(([key, value]) => (value === undefined ? [] : [`${keyText(key)}: ${scalar(plain(value), true)}`]));
    return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
  }

  function scalar(node: Node, inFlow: boolean): string {
    if (typeof node !== 'string') return String(node);
    const readsAsText = isPlain(node) && !(inFlow && /[,[\]{}]/.test(node));
    if (readsAsText && !(/[:=$% ]|^\d/.test(node) && random.chance(style.quotesStrings))) return node;
    return quoted(node);
  }

  function keyText(key: string): string {
    return isPlain(key) ? key : quoted(key);
  }

  function quoted(text: string): string {
    return style.quote === "'" || text.includes('"') ? `'${text.replaceAll("'", "''")}'` : `"${text.replaceAll('\\', '\\\\')}"`;
  }
}

function plain(node: Node): Node {
  return node instanceof Note || node instanceof Shared ? plain(node.value) : node;
}

function isMap(node: Node): node is NodeMap {
  return node !== null && typeof node === 'object' && !Array.isArray(node) && !(node instanceof Note) && !(node instanceof Shared);
}

function isSimple(node: Node): node is string | number | boolean | null {
  return node === null || (typeof node !== 'object' && !(typeof node === 'string' && node.includes('\n')));
}

function isEmpty(node: Node[] | NodeMap): boolean {
  return Array.isArray(node) ? node.length === 0 : Object.values(node).every((value) => value === undefined);
}

/** Reads as the same string without quotes, in YAML 1.1 (kubectl) and 1.2 alike. */
function isPlain(text: string): boolean {
  if (!/^(?:[A-Za-z0-9_/.$(]|--?[A-Za-z])/.test(text) || !/^[\w ./@$()+=,%~^?&;:<>{}[\]-]*$/.test(text)) return false;
  if (text.endsWith(' ') || text.endsWith(':') || text.includes(': ')) return false;
  if (/^(?:true|false|yes|no|on|off|y|n|null)$/i.test(text)) return false;
  return !/^[-+.]?\d[\d_.]*(?:e[-+]?\d+)?$|^0[xo]|^\d+(?::\d+)+|^\d{4}-\d\d?-\d\d?|^\.(?:inf|nan)$/i.test(text);
}
