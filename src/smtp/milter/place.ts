// Where a milter listens, in the ways that owners of Postfix and Sendmail write it: `inet:host:port`, `inet:port@host`, `unix:/path`,
// `local:/path`.
import { isIP } from 'node:net'
import { parseDomain } from '../address.ts'

export type MilterPlace =
  | { readonly kind: 'inet'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

/** What the system takes for the path of a socket. */
const LONGEST_PATH = 107

/** Null where it is none. */
export function parseMilterPlace(text: string): MilterPlace | null {
  const [, path] = /^(?:unix|local):(\/.*)$/.exec(text) ?? []
  // oxlint-disable-next-line no-control-regex -- they are what no path here has
  if (path !== undefined) return Buffer.byteLength(path) <= LONGEST_PATH && !/[\u0000-\u001f]/.test(path) ? { kind: 'unix', path } : null
  const sendmail = /^inet6?:(\d{1,5})@(.+)$/.exec(text)
  const postfix = /^inet6?:(.+):(\d{1,5})$/.exec(text)
  const [host, port] = sendmail === null ? [postfix?.[1], postfix?.[2]] : [sendmail[2], sendmail[1]]
  if (host === undefined || port === undefined || Number(port) < 1 || Number(port) > 65_535) return null
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  const named = isIP(bare) === 0 ? (host === bare ? parseDomain(host, false) : undefined) : bare.toLowerCase()
  return named === undefined ? null : { kind: 'inet', host: named, port: Number(port) }
}

/** In the one way that it is kept and shown. */
export function milterPlaceText(place: MilterPlace): string {
  if (place.kind === 'unix') return `unix:${place.path}`
  return `inet:${place.host.includes(':') ? `[${place.host}]` : place.host}:${place.port}`
}
