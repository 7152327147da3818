// Where a listener of the settings is reached from the machine that this page is on.

export interface Place {
  readonly host: string
  readonly port: number
}

/** As the settings have listeners: `[127.0.0.1:2525, [::]:25]`. */
const LISTENER = /(\[[^\]]+\]|[\w.-]+|\*):([1-9]\d*)/
const EVERYWHERE = new Set(['0.0.0.0', '::', '*'])

/** The first of them; one at all addresses is reached where the page is from. */
export function placeOf(listen: string | undefined, page: string, usual: number): Place {
  const [, name, port] = LISTENER.exec(listen ?? '') ?? []
  const host = name?.replaceAll(/[[\]]/g, '') ?? page
  return { host: EVERYWHERE.has(host) ? page : host, port: port === undefined ? usual : Number(port) }
}
