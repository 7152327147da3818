// `/api/openapi.json` and the pages below `/api/reference`: the interactive reference (swagger-ui, as the build laid it beside the program),
// and what each error code means. Everything comes from here, and no page may load or run anything else.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing } from '../../base/fault.ts'
import type { Answered, WebRequest } from '../../net/web/web-listener.ts'
import { errorsPage } from './errors-page.ts'
import { openapiDocument } from './openapi.ts'

export interface ReferenceOptions {
  readonly version: string
  /** Folder with the files of swagger-ui. */
  readonly assets: string
}

const ROOT = '/api/reference'
export const OPENAPI_PATH = '/api/openapi.json'

/** As swagger-ui calls them. `scripts/build.ts` lays them there. */
const ASSETS: Readonly<Record<string, string>> = {
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'swagger-ui.css': 'text/css; charset=utf-8',
}

/** No script and no style but files from here; calls to this server only. Images: swagger-ui draws some from its style sheet. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

interface Page {
  readonly type: string
  readonly body: string | Buffer
}

interface TaggedPage extends Page {
  readonly etag: string
}

export class ReferencePages {
  readonly #options: ReferenceOptions
  /** Some MB that anybody may ask for: read and hashed once. */
  readonly #known = new Map<string, TaggedPage>()
  #document: string | null = null

  constructor(options: ReferenceOptions) {
    this.#options = options
  }

  /** Null: it is no path of the reference. */
  async answer({ method, path, headers }: Pick<WebRequest, 'method' | 'path' | 'headers'>): Promise<Answered | null> {
    if (path !== OPENAPI_PATH && path !== ROOT && !path.startsWith(`${ROOT}/`)) return null
    if (method !== 'GET' && method !== 'HEAD') return text(405, 'Only GET and HEAD.\n', { allow: 'GET, HEAD' })
    const page = this.#known.get(path) ?? (await this.#look(path))
    if (page === null) return text(404, `There is nothing here. Try ${ROOT}, ${ROOT}/errors or ${OPENAPI_PATH}.\n`)
    const { etag } = page
    const common = { etag, 'cache-control': 'no-cache', 'content-security-policy': POLICY }
    if (headers['if-none-match'] === etag) return { status: 304, headers: common, body: '' }
    return { status: 200, headers: { ...common, 'content-type': page.type }, body: page.body }
  }

  async #look(path: string): Promise<TaggedPage | null> {
    const page = await this.#page(path)
    if (page === null) return null
    const tagged = { ...page, etag: `"${createHash('sha256').update(page.body).digest('base64url').slice(0, 27)}"` }
    this.#known.set(path, tagged)
    return tagged
  }

  async #page(path: string): Promise<Page | null> {
    const { version } = this.#options
    switch (path) {
      case OPENAPI_PATH:
        return { type: 'application/json; charset=utf-8', body: (this.#document ??= JSON.stringify(openapiDocument(version))) }
      case ROOT:
      case `${ROOT}/`:
        return { type: 'text/html; charset=utf-8', body: INTERACTIVE }
      case `${ROOT}/errors`:
        return { type: 'text/html; charset=utf-8', body: errorsPage() }
      case `${ROOT}/start.js`:
        return { type: 'text/javascript; charset=utf-8', body: START }
      case `${ROOT}/pages.css`:
        return { type: 'text/css; charset=utf-8', body: STYLE }
      default:
        return this.#asset(path.slice(ROOT.length + 1))
    }
  }

  async #asset(name: string): Promise<Page | null> {
    const type = Object.hasOwn(ASSETS, name) ? ASSETS[name] : undefined
    if (type === undefined) return null
    try {
      return { type, body: await readFile(join(this.#options.assets, name)) }
    } catch (error) {
      if (isMissing(error)) return null
      throw error
    }
  }
}

function text(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answered {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body }
}

const INTERACTIVE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Management API · Hurricane MTA Server</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${ROOT}/swagger-ui.css">
<link rel="stylesheet" href="${ROOT}/pages.css">
<div id="reference"><noscript>The reference needs JavaScript. <a href="${OPENAPI_PATH}">openapi.json</a> has all of it.</noscript></div>
<script src="${ROOT}/swagger-ui-bundle.js"></script>
<script src="${ROOT}/start.js"></script>
</html>
`

/** A key that is typed in stays in the page: it is kept nowhere. */
const START = `SwaggerUIBundle({
  url: '${OPENAPI_PATH}',
  dom_id: '#reference',
  presets: [SwaggerUIBundle.presets.apis],
  layout: 'BaseLayout',
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: 'none',
  filter: true,
  tryItOutEnabled: true,
  persistAuthorization: false,
  queryConfigEnabled: false,
  validatorUrl: null,
  defaultModelsExpandDepth: 0,
})
`

const STYLE = `:root { color-scheme: light }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: #1c2733; background: #fff }
.codes { max-width: 60rem; margin: 0 auto; padding: 1.5rem }
.codes h1 { font-size: 1.6rem }
.codes dt { margin-top: 1.2rem; font-weight: 600 }
.codes dt code { font-size: 1rem }
.codes dt a { color: inherit; text-decoration: none }
.codes dt span { margin-left: .6rem; color: #5b6b7a; font-weight: 400 }
.codes dd { margin: .2rem 0 0 }
.codes dt:target, .codes dt:target + dd { background: #fff6d6 }
.swagger-ui .info { margin: 2rem 0 1rem }
.swagger-ui .scheme-container { padding: 1rem 0; box-shadow: none; border-bottom: 1px solid #dde3e9 }
.swagger-ui .response-col_links { display: none }
@media (max-width: 600px) {
  .swagger-ui .wrapper { padding: 0 .75rem }
  .swagger-ui .info .title { font-size: 1.6rem }
  .swagger-ui .info .title, .swagger-ui .opblock-summary-path, .swagger-ui td, .swagger-ui p { overflow-wrap: anywhere }
  .swagger-ui .filter .operation-filter-input { width: 100%; box-sizing: border-box }
  .swagger-ui .opblock-tag { flex-wrap: wrap; padding: .5rem 0; font-size: 1.2rem }
  .swagger-ui .opblock-tag small { flex: 1 1 100%; order: 1; padding: 0 }
  .swagger-ui .opblock-section-header, .swagger-ui .table-container, .swagger-ui .responses-inner, .swagger-ui .opblock-body .opblock-description-wrapper { padding: .5rem }
  .swagger-ui .parameters, .swagger-ui .responses-table { table-layout: fixed; width: 100% }
  .swagger-ui .parameters-col_name { width: 34% }
  .swagger-ui .responses-table .response-col_status { width: 3.5rem }
  .swagger-ui .highlight-code, .swagger-ui .model-box, .swagger-ui .curl-command, .swagger-ui pre { max-width: 100%; overflow-x: auto }
  .swagger-ui .parameters input, .swagger-ui .parameters textarea, .swagger-ui .parameters select, .swagger-ui .opblock-body select { min-width: 0; max-width: 100% }
  .swagger-ui .dialog-ux .modal-ux { min-width: 0; width: calc(100vw - 1.5rem) }
  .codes { padding: .75rem }
  .codes dt, .codes dd { overflow-wrap: anywhere }
}
`
