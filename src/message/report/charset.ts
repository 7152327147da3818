// Text of octets whose charset is named, named wrongly or not at all. What is no such charset is read as UTF-8 where it is valid, as
// windows-1252 otherwise: a wrong letter never hides an address or a code.
import { isAscii, isUtf8 } from 'node:buffer'
import { TextDecoder } from 'node:util'

/** Names that mailers write and the encoding standard does not know. */
const ALIASES: Readonly<Record<string, string>> = {
  cp932: 'shift_jis',
  'cp-932': 'shift_jis',
  ms932: 'shift_jis',
  'iso-2022-jp-ms': 'iso-2022-jp',
  'iso-2022-jp-1': 'iso-2022-jp',
  cp936: 'gbk',
  'gb_2312-80': 'gbk',
  cp949: 'euc-kr',
  ks_c_5601: 'euc-kr',
  'x-gbk': 'gbk',
  'x-mac-roman': 'macintosh',
  cp1250: 'windows-1250',
  koi8: 'koi8-r',
  'win-1251': 'windows-1251',
}
const decoders = new Map<string, TextDecoder | null>()
const MOST_DECODERS = 100

function decoderOf(label: string): TextDecoder | null {
  const known = decoders.get(label)
  if (known !== undefined) return known
  let decoder: TextDecoder | null = null
  try {
    decoder = new TextDecoder(ALIASES[label] ?? label)
  } catch {
    // No charset that anybody knows.
  }
  if (decoders.size < MOST_DECODERS) decoders.set(label, decoder)
  return decoder
}

/** Whether ASCII octets may mean something else in it. */
const isStateful = (label: string): boolean => /^(?:iso-2022|utf-16|hz)/.test(label)

/** Never throws. `label`: as in the header, or null. */
export function decodeText(octets: Buffer, label: string | null): string {
  const name = (label ?? '').trim().toLowerCase().slice(0, 40)
  if (isAscii(octets) && !isStateful(name)) {
    const text = octets.toString('latin1')
    return text.includes('\u001b$@') || text.includes('\u001b$B') ? new TextDecoder('iso-2022-jp').decode(octets) : text
  }
  const decoder = name === '' ? null : decoderOf(name)
  const isGuess = decoder === null || decoder.encoding.startsWith('windows-') || decoder.encoding === 'utf-8'
  if (isGuess && isUtf8(octets)) return octets.toString('utf8')
  if (decoder === null || decoder.encoding === 'utf-8') return new TextDecoder('windows-1252').decode(octets)
  return decoder.decode(octets)
}
