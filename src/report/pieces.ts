const ENOUGH = 64 * 1024;

/** Small texts joined to pieces that are worth a write each. */
export function* inPieces(texts: Iterable<string>): Generator<string> {
  let piece = '';
  for (const text of texts) {
    piece += text;
    if (piece.length < ENOUGH) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}
