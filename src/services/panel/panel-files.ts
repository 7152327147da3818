// The Control Panel's files, as the build laid and compressed them. Only names that were there at the first look are served; those below
// `/assets/` name their content and are kept by browsers for good. Every other path that a browser asks for as a page is the panel's own to show.
import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative } from 'node:path'
import { isMissing } from '../../base/fault.ts'
import type { Answered, WebRequest } from '../../net/web/web-listener.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}
const PAGE = '/index.html'
/** What the build left in the page for the nonce. */
const NONCE_PLACE = 'HMS-NONCE'

/**
 * Scripts, styles, images and calls: from here, and nothing else. A style element counts with the nonce of its page alone (those of the parts
 * that the panel is made of: what depends on the width of the window), a style attribute never.
 */
const policyOf = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "style-src-attr 'none'",
    "img-src 'self'",
    "connect-src 'self'",
    "frame-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

const PAGE_HEADERS = { 'cross-origin-opener-policy': 'same-origin', 'permissions-policy': 'camera=(), geolocation=(), microphone=()' }

type Asked = Pick<WebRequest, 'path' | 'headers'>
const CODINGS = [
  { name: 'br', suffix: '.br' },
  { name: 'gzip', suffix: '.gz' },
] as const

export class PanelFiles {
  readonly #folder: string
  #names: Promise<ReadonlySet<string>> | null = null
  /** Some MB, of names that are known. */
  readonly #read = new Map<string, Promise<Buffer>>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Null: it is none of them. */
  async answer({ path, headers }: Asked): Promise<Answered | null> {
    const names = await (this.#names ??= namesBelow(this.#folder))
    if (path !== PAGE && names.has(path) && !path.endsWith('.br') && !path.endsWith('.gz')) return this.#file(path, headers, names)
    if (!names.has(PAGE) || !(path === '/' || wantsPage(headers))) return null
    return this.#page()
  }

  async #page(): Promise<Answered> {
    const nonce = randomBytes(16).toString('base64')
    const text = (await this.#octets(PAGE)).toString().replaceAll(NONCE_PLACE, nonce)
    const own = { 'content-type': TYPES['.html'] ?? '', 'content-security-policy': policyOf(nonce) }
    return { status: 200, headers: { ...PAGE_HEADERS, ...own }, body: text }
  }

  async #file(path: string, headers: Asked['headers'], names: ReadonlySet<string>): Promise<Answered> {
    const accepted = codingsOf(headers['accept-encoding'])
    const coding = CODINGS.find(({ name, suffix }) => accepted.has(name) && names.has(path + suffix))
    return {
      status: 200,
      headers: {
        'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
        'cache-control': path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
        vary: 'accept-encoding',
        ...(coding !== undefined && { 'content-encoding': coding.name }),
      },
      body: await this.#octets(path + (coding?.suffix ?? '')),
    }
  }

  #octets(path: string): Promise<Buffer> {
    const known = this.#read.get(path)
    if (known !== undefined) return known
    const read = readFile(join(this.#folder, path))
    this.#read.set(path, read)
    // What could not be read once may be there the next time.
    read.catch(() => this.#read.delete(path))
    return read
  }
}

/** Links and addresses that are typed in are asked for so; scripts and programs ask for something else. */
function wantsPage({ accept = '' }: Asked['headers']): boolean {
  return accept.includes('text/html')
}

function codingsOf(header: string | string[] | undefined): ReadonlySet<string> {
  const text = Array.isArray(header) ? header.join() : (header ?? '')
  const wanted = text.split(',').filter((one) => !/;\s*q=0(?:\.0*)?\s*$/.test(one))
  return new Set(wanted.map((one) => one.split(';')[0]?.trim().toLowerCase() ?? ''))
}

async function namesBelow(folder: string): Promise<ReadonlySet<string>> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    return new Set(files.map((entry) => `/${relative(folder, join(entry.parentPath, entry.name))}`))
  } catch (error) {
    if (isMissing(error)) return new Set()
    throw error
  }
}
