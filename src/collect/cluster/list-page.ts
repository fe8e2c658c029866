import type { Json } from '../../model/json.ts';

/** One page of a list. Its items are made one by one: each is garbage before the next, and a page never stands in memory as a whole. */
export interface ListPage {
  readonly items: Iterable<Json>;
  /** Token of the next page; empty on the last one. */
  readonly next: string;
}

const ITEMS = '"items":[';
/** Items of the API's own kinds begin with their metadata. Within a JSON text no string can hold this: its quotes would be escaped. */
const START = '{"metadata":{"';
const BOUNDARY = `},${START}`;
const END = '}]}';

/** Takes apart a page as API servers write it; undefined where it is written otherwise. */
export function readListPage(text: string): ListPage | undefined {
  const start = text.indexOf(ITEMS) + ITEMS.length;
  const end = text.length - (text.endsWith('\n') ? 1 : 0);
  if (!text.startsWith('{"kind":"') || start < ITEMS.length || !text.startsWith(START, start) || !text.startsWith(END, end - END.length)) return undefined;
  const head = JSON.parse(`${text.slice(0, start)}]}`) as { readonly metadata?: { readonly continue?: unknown } };
  const next = head.metadata?.continue;
  return { items: itemsOf(text, start, end - END.length + 1), next: typeof next === 'string' ? next : '' };
}

function* itemsOf(text: string, start: number, end: number): Generator<Json> {
  for (let from = start; from < end; ) {
    const found = itemAt(text, from, end);
    if (found === undefined) {
      yield* JSON.parse(`[${text.slice(from, end)}]`) as Json[];
      return;
    }
    yield found.item;
    from = found.to + 1;
  }
}

/** An item may hold what looks like the beginning of one, a claim template for instance. What breaks off there goes on; beyond so many, it is made with the rest of the page. */
const MOST_INNER = 8;

function itemAt(text: string, from: number, end: number): { item: Json; to: number } | undefined {
  let to = from;
  for (let tries = 0; tries < MOST_INNER && to < end; tries++) {
    const boundary = text.indexOf(BOUNDARY, to);
    to = boundary === -1 || boundary >= end ? end : boundary + 1;
    try {
      return { item: JSON.parse(text.slice(from, to)) as Json, to };
    } catch {
      // No whole object yet.
    }
  }
  return undefined;
}
