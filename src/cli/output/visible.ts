// Text from outside (replies, addresses, subjects) on its way to a terminal. An escape sequence in a peer's reply could
// retitle the window, clear the screen or forge a line; direction marks could reorder what is read, marks that
// take no room could make two names look like one.

// eslint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0001}-\u{e007f}]/gu

/** The text with every control, direction and zero-width character written out as `\x1b` or `\u202e`. */
export function visible(text: string): string {
  return text.replace(UNSAFE, (char) => {
    const code = char.codePointAt(0) ?? 0
    if (code < 256) return `\\x${code.toString(16).padStart(2, '0')}`
    return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`
  })
}

/** The same where line ends are part of the text (a header, a help page). */
export function visibleLines(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => line.split('\t').map(visible).join('\t'))
    .join('\n')
}
