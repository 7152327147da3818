// Where an account may post to: patterns such as `https://*.example.com/hooks/`. Nothing is allowed that no pattern names, port and scheme
// included. Pure.

const HOST = String.raw`\*|(?:\*\.)?[a-z\d_-]+(?:\.[a-z\d_-]+)*|\[[\da-f:.]+\]`
const PATTERN = new RegExp(`^(https?)://(${HOST})(?::(\\d{1,5}))?(/[\\w.~:/!$&'()+,;=%-]*)?$`, 'i')
/** Some servers undo them before they look where a path leads, and `..%2f` leads out of the part that was allowed. */
const HIDDEN_SLASH = /%(?:2f|5c)/i

interface PostPattern {
  readonly origin: { readonly scheme: string; readonly host: string; readonly port: string }
  readonly path: string
}

/** In its one form; undefined: it is none. */
export function canonicalPattern(text: string): string | undefined {
  const read = readPattern(text.trim())
  if (read === undefined) return undefined
  const { scheme, host, port } = read.origin
  return `${scheme}://${host}${port === '' ? '' : `:${port}`}${read.path}`
}

function readPattern(text: string): PostPattern | undefined {
  const [, scheme = '', host = '', port = '', path = '/'] = PATTERN.exec(text) ?? []
  if (scheme === '') return undefined
  // A star is no part of a name: it stands for one while the rest is brought into the form that addresses have.
  const named = host === '*' ? 'any' : host.replace(/^\*\./, 'any.')
  const written = `${scheme.toLowerCase()}://${named}${port === '' ? '' : `:${port}`}${path}`
  if (!URL.canParse(written)) return undefined
  const url = new URL(written)
  if (url.port === '0' || url.pathname !== path || url.hostname !== named.toLowerCase()) return undefined
  return { origin: { scheme: scheme.toLowerCase(), host: host.toLowerCase(), port: url.port }, path }
}

const compiled = new WeakMap<readonly string[], readonly PostPattern[]>()

function compile(patterns: readonly string[]): readonly PostPattern[] {
  const known = compiled.get(patterns) ?? patterns.map(readPattern).filter((pattern) => pattern !== undefined)
  compiled.set(patterns, known)
  return known
}

/** `url`: in its one form, as addresses that are posted to have it. */
export function mayPost(patterns: readonly string[], url: string): boolean {
  if (patterns.length === 0) return false
  const { protocol, hostname, port, pathname } = new URL(url)
  return compile(patterns).some(
    ({ origin, path }) =>
      `${origin.scheme}:` === protocol && origin.port === port && namesHost(origin.host, hostname) && isBelow(path, pathname),
  )
}

function namesHost(host: string, name: string): boolean {
  if (host === '*') return true
  return host.startsWith('*.') ? name.endsWith(host.slice(1)) : name === host
}

function isBelow(path: string, asked: string): boolean {
  if (path === '/') return true
  if (HIDDEN_SLASH.test(asked)) return false
  return path.endsWith('/') ? asked.startsWith(path) : asked === path || asked.startsWith(`${path}/`)
}
