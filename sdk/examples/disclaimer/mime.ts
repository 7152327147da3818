// Just enough of MIME to put a text below what people read of a message: its parts found, their transfer encodings and charsets kept. All of it
// works on one character an octet (latin1), so that what is not touched stays octet for octet.

export interface Addition {
  readonly text: string
  /** ASCII: what is not is written as character references. */
  readonly html: string
}

export interface Entity {
  /** `Content-Type`; empty: text/plain in ASCII. */
  readonly type: string
  /** `Content-Transfer-Encoding`; empty: 7bit. */
  readonly encoding: string
  readonly body: string
}

/** The same part with the text below it. Null: there is nothing in it that people read, or nothing that this understands. */
export function extended(entity: Entity, addition: Addition, depth = 0): Entity | null {
  const kind = mediaOf(entity.type)
  if (kind === 'text/plain') return withText(entity, addition.text)
  if (kind === 'text/html') return withHtml(entity, addition.html)
  if (!kind.startsWith('multipart/') || depth > MOST_DEEP) return null
  const boundary = parameterOf(entity.type, 'boundary')
  return boundary === null ? null : withParts(entity, { boundary, kind, addition, depth })
}

/** Whether any octet that changes breaks a signature, or nothing can be read: S/MIME and PGP. */
export function isSealed(type: string, body: string): boolean {
  const kind = mediaOf(type)
  if (kind === 'multipart/signed' || kind === 'multipart/encrypted' || /^application\/(?:x-)?pkcs7-mime$/.test(kind)) return true
  return (
    /^-----BEGIN PGP (?:SIGNED )?MESSAGE-----/m.test(body) ||
    /^content-type:\s*(?:multipart\/signed|application\/(?:x-)?pkcs7-mime)/im.test(body)
  )
}

const MOST_DEEP = 10
const LONGEST_LINE = 76
/** What is read there is one of these; in all others it is the first part. */
const ALTERNATIVES = 'multipart/alternative'

interface Within {
  readonly boundary: string
  readonly kind: string
  readonly addition: Addition
  readonly depth: number
}

function withParts(entity: Entity, { boundary, kind, addition, depth }: Within): Entity | null {
  const escaped = boundary.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
  // Each piece ends before the line end that belongs to the next delimiter; every second one is a delimiter.
  const pieces = entity.body.split(new RegExp(String.raw`((?:^|\r\n)--${escaped}(?:--)?[ \t]*(?=\r\n|$))`))
  let isDone = false
  for (let n = 2; n < pieces.length - 1; n += 2) {
    if (isDone && kind !== ALTERNATIVES) break
    const changed = withPart(pieces[n] ?? '', addition, depth)
    if (changed === null) continue
    pieces[n] = changed
    isDone = true
  }
  return isDone ? { ...entity, body: pieces.join('') } : null
}

/** `part`: from the line end behind its delimiter on. */
function withPart(part: string, addition: Addition, depth: number): string | null {
  const end = part.startsWith('\r\n\r\n') ? 0 : part.indexOf('\r\n\r\n')
  if (end < 0) return null
  const header = part.slice(0, end)
  if (/^content-disposition:\s*attachment/im.test(header)) return null
  const entity = {
    type: fieldOf(header, 'Content-Type'),
    encoding: fieldOf(header, 'Content-Transfer-Encoding'),
    body: part.slice(end + 4),
  }
  const changed = extended(entity, addition, depth + 1)
  if (changed === null) return null
  const typed = changed.type === entity.type ? header : withField(header, 'Content-Type', changed.type)
  const named = changed.encoding === entity.encoding ? typed : withField(typed, 'Content-Transfer-Encoding', changed.encoding)
  return `${named}\r\n\r\n${changed.body}`
}

function withText(entity: Entity, text: string): Entity | null {
  const charset = (parameterOf(entity.type, 'charset') ?? 'us-ascii').toLowerCase()
  const octets = decoded(entity)
  if (octets === null) return null
  const below = belowOf(octets, text)
  const isAscii = /^[\r\n\t -~]*$/.test(text)
  const isUtf8 = charset === 'utf-8' || charset === 'utf8'
  if (isUtf8 || (isAscii && !charset.startsWith('utf-16'))) return encoded(entity, octets + utf8(below))
  try {
    // In its own charset the text may not be written: all of it becomes UTF-8.
    const whole = new TextDecoder(charset, { fatal: true }).decode(Buffer.from(octets, 'latin1')) + below
    const type = `text/plain; charset=utf-8${/format\s*=\s*"?flowed/i.test(entity.type) ? '; format=flowed' : ''}`
    return encoded({ ...entity, type, encoding: 'quoted-printable' }, utf8(whole))
  } catch {
    return null
  }
}

/** A line of its own after an empty one; a part of several ends without a line end. */
function belowOf(octets: string, text: string): string {
  const lines = text.replaceAll(/\r?\n/g, '\r\n')
  return octets.endsWith('\r\n') ? `\r\n${lines}\r\n` : `\r\n\r\n${lines}`
}

function withHtml(entity: Entity, html: string): Entity | null {
  if (parameterOf(entity.type, 'charset')?.toLowerCase().startsWith('utf-16') === true) return null
  const octets = decoded(entity)
  if (octets === null) return null
  const at = octets.toLowerCase().lastIndexOf('</body>')
  return encoded(entity, at < 0 ? octets + belowOf(octets, html) : `${octets.slice(0, at)}${html}\r\n${octets.slice(at)}`)
}

function decoded({ encoding, body }: Entity): string | null {
  switch (encoding.trim().toLowerCase()) {
    case '':
    case '7bit':
    case '8bit':
      return body
    case 'base64':
      return Buffer.from(body, 'base64').toString('latin1')
    case 'quoted-printable':
      return body
        .split('\r\n')
        .map(withoutEnd)
        .join('\r\n')
        .replaceAll('=\r\n', '')
        .replaceAll(/=([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    default:
      return null
  }
}

/** Spaces at the end of a line were added on the way. */
function withoutEnd(line: string): string {
  let end = line.length
  while (end > 0 && ' \t'.includes(line.charAt(end - 1))) end--
  return line.slice(0, end)
}

/** In the encoding that it had; what was 7bit and is so no more becomes quoted-printable. */
function encoded(entity: Entity, octets: string): Entity {
  const encoding = entity.encoding.trim().toLowerCase()
  if (encoding === 'base64') {
    const lines =
      Buffer.from(octets, 'latin1')
        .toString('base64')
        .match(/.{1,76}/g) ?? []
    return { ...entity, body: `${lines.join('\r\n')}${entity.body.endsWith('\r\n') ? '\r\n' : ''}` }
  }
  const isSeven = encoding === '' || encoding === '7bit'
  if (encoding === '8bit' || (isSeven && !/[\u0080-\u00ff]/.test(octets))) return { ...entity, body: octets }
  return { ...entity, encoding: 'quoted-printable', body: octets.split('\r\n').map(quotedLine).join('\r\n') }
}

/** rfc:2045#6.7: lines of at most 76 characters, no space at their end. */
function quotedLine(line: string): string {
  const coded = line.replaceAll(/[^\t -<>-~]|[\t ]$/g, (char) => `=${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
  const cut: string[] = []
  let at = 0
  while (coded.length - at > LONGEST_LINE) {
    let end = at + LONGEST_LINE - 1
    // Not within =XX.
    while (coded.slice(end - 2, end).includes('=')) end--
    cut.push(`${coded.slice(at, end)}=`)
    at = end
  }
  return [...cut, coded.slice(at)].join('\r\n')
}

function utf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

function mediaOf(type: string): string {
  return type === '' ? 'text/plain' : (type.split(';')[0] ?? '').trim().toLowerCase()
}

function parameterOf(type: string, name: string): string | null {
  const found = new RegExp(String.raw`;\s*${name}\s*=\s*(?:"([^"]*)"|([^\s;"]+))`, 'i').exec(type)
  return found?.[1] ?? found?.[2] ?? null
}

/** Unfolded; empty where there is none. `header`: begins with a line end. */
function fieldOf(header: string, name: string): string {
  const found = new RegExp(String.raw`\r\n${name}:((?:[^\r\n]|\r\n[ \t])*)`, 'i').exec(header)
  return (found?.[1] ?? '').replaceAll('\r\n', '').trim()
}

function withField(header: string, name: string, value: string): string {
  const field = new RegExp(String.raw`\r\n${name}:(?:[^\r\n]|\r\n[ \t])*`, 'i')
  return field.test(header) ? header.replace(field, `\r\n${name}: ${value}`) : `${header}\r\n${name}: ${value}`
}
