// Where to after a login: a path of this panel. Nobody is led elsewhere by a link.

const HERE = 'https://panel.invalid'

/** Undefined where it is none, as a browser reads it: it passes over tabs and line breaks, and takes a backslash for a slash. */
export function nextPath(next: unknown): string | undefined {
  return typeof next === 'string' && next.startsWith('/') && URL.canParse(next, HERE) && new URL(next, HERE).origin === HERE
    ? next
    : undefined
}
