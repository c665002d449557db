/** `line` in pieces of at most `width` characters, broken between words; all but the first are indented. */
export function wrapped(line: string, width: number): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const word of line.split(' ')) {
    if (piece !== '' && piece.length + 1 + word.length > width) {
      pieces.push(piece);
      piece = `  ${word}`;
    } else piece = piece === '' ? word : `${piece} ${word}`;
  }
  return [...pieces, piece];
}
