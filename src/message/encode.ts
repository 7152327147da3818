// Content-Transfer-Encodings (rfc:2045#6.7, #6.8): quoted-printable and base64, both ways, in one pass.

const HEX = '0123456789ABCDEF'
/** Characters of a line, the soft line break included (rfc:2045#6.7). */
const WIDTH = 76

/** Base64 in lines of 76 characters, each with its CRLF. */
export function toBase64Lines(octets: Buffer): Buffer {
  const text = octets.toString('base64')
  const lines: string[] = []
  for (let at = 0; at < text.length; at += WIDTH) lines.push(text.slice(at, at + WIDTH))
  return Buffer.from(lines.length === 0 ? '' : `${lines.join('\r\n')}\r\n`, 'latin1')
}

/** The octets of base64 (rfc:4648#4), with or without line breaks and padding; null: it is none. */
export function fromBase64(text: string): Buffer | null {
  const bare = /[\r\n ]/.test(text) ? text.replaceAll(/[\r\n ]/g, '') : text
  const padding = bare.endsWith('==') ? 2 : bare.endsWith('=') ? 1 : 0
  const octets = Buffer.from(bare, 'base64')
  // The decoder passes over what is none: then there are fewer octets than the text stands for.
  return octets.length === Math.floor(((bare.length - padding) * 3) / 4) && (bare.length - padding) % 4 !== 1 ? octets : null
}

function isPlain(code: number): boolean {
  return code >= 32 && code <= 126 && code !== 61
}

/**
 * Quoted-printable of text whose line ends are CRLF. White space at the end of a line, a dot that begins one and a `From ` there
 * are encoded, so that no relay changes them (rfc:2049#3).
 */
export function toQuotedPrintable(octets: Buffer): Buffer {
  // Three characters an octet and a soft break (three more) every 73 of them is the most.
  const out = Buffer.allocUnsafe(octets.length * 3 + Math.ceil((octets.length * 3) / (WIDTH - 3)) * 3 + 3)
  let at = 0
  let width = 0
  for (let i = 0; i < octets.length; i++) {
    const code = octets[i] ?? 0
    if (code === 13 && octets[i + 1] === 10) {
      out[at++] = 13
      out[at++] = 10
      i++
      width = 0
      continue
    }
    const endsLine = i + 1 >= octets.length || (octets[i + 1] === 13 && octets[i + 2] === 10)
    const asItIs = code === 32 || code === 9 ? !endsLine : isPlain(code) && !(width === 0 && (code === 46 || code === 70))
    const size = asItIs ? 1 : 3
    if (width + size > (endsLine ? WIDTH : WIDTH - 1)) {
      out.write('=\r\n', at, 'latin1')
      at += 3
      width = 0
    }
    if (asItIs) out[at++] = code
    else {
      out[at++] = 61
      out[at++] = HEX.charCodeAt(code >> 4)
      out[at++] = HEX.charCodeAt(code & 15)
    }
    width += size
  }
  return out.subarray(0, at)
}

function hexValue(code: number | undefined): number {
  if (code === undefined) return -1
  if (code >= 48 && code <= 57) return code - 48
  const upper = code & ~32
  return upper >= 65 && upper <= 70 ? upper - 55 : -1
}

/** Undoes quoted-printable; what is none is taken as it is (rfc:2045#6.7, robust decoding). */
export function fromQuotedPrintable(octets: Buffer): Buffer {
  const out = Buffer.allocUnsafe(octets.length)
  let at = 0
  for (let i = 0; i < octets.length; i++) {
    const code = octets[i] ?? 0
    const [high, low] = code === 61 ? [hexValue(octets[i + 1]), hexValue(octets[i + 2])] : [-1, -1]
    if (high >= 0 && low >= 0) {
      out[at++] = high * 16 + low
      i += 2
    } else if (code === 61 && octets[i + 1] === 13 && octets[i + 2] === 10) i += 2
    else out[at++] = code
  }
  return out.subarray(0, at)
}
