// Text of a filter, cut into lines at LF with whatever CR stand before it. By hand: a pattern such as /\r*\n/ takes time by the square of a run
// of CR, and a megabyte of them would stop the server for half an hour.

export function linesOf(text: string): readonly string[] {
  const lines = text.split('\n')
  return lines.map((line, n) => (n < lines.length - 1 ? withoutEnd(line, '\r') : line))
}

/** Without the run of this character that it ends with. */
export function withoutEnd(text: string, character: string): string {
  let end = text.length
  while (end > 0 && text[end - 1] === character) end--
  return text.slice(0, end)
}
