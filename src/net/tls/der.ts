// The few forms of DER (ITU-T X.690) that a certificate is made of.

export const SEQUENCE = 0x30
export const SET = 0x31
export const OCTET_STRING = 0x04
export const UTF8_STRING = 0x0c

/** One element: its tag, its length in the shortest form, its content. */
export function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content)
  if (body.length < 0x80) return Buffer.concat([Buffer.of(tag, body.length), body])
  const length: number[] = []
  for (let rest = body.length; rest > 0; rest >>>= 8) length.unshift(rest & 0xff)
  return Buffer.concat([Buffer.of(tag, 0x80 | length.length, ...length), body])
}

/** `1.2.840.10045.4.3.2`. */
export function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  const octets: number[] = []
  for (const arc of [first * 40 + second, ...rest]) {
    const base128 = [arc & 0x7f]
    for (let more = arc >>> 7; more > 0; more >>>= 7) base128.unshift((more & 0x7f) | 0x80)
    octets.push(...base128)
  }
  return der(0x06, Buffer.from(octets))
}

/** A positive INTEGER of these octets; the first must not be zero nor have its top bit set. */
export function integer(...octets: readonly number[]): Buffer {
  return der(0x02, Buffer.from(octets))
}

export function boolean(value: boolean): Buffer {
  return der(0x01, Buffer.of(value ? 0xff : 0))
}

/** A BIT STRING of whole octets, or with `unused` bits at its end. */
export function bitString(content: Uint8Array, unused = 0): Buffer {
  return der(0x03, Buffer.of(unused), content)
}

/** rfc:5280#4.1.2.5: UTCTime through 2049, GeneralizedTime from then on. */
export function time(at: Date): Buffer {
  const digits = at.toISOString().replace(/\D/g, '').slice(0, 14)
  return at.getUTCFullYear() < 2050 ? der(0x17, Buffer.from(`${digits.slice(2)}Z`)) : der(0x18, Buffer.from(`${digits}Z`))
}

/** A context-specific tag around whole elements. */
export function explicit(number: number, ...content: readonly Uint8Array[]): Buffer {
  return der(0xa0 | number, ...content)
}

/** A context-specific tag in place of a primitive element's own. */
export function implicit(number: number, content: Uint8Array): Buffer {
  return der(0x80 | number, content)
}
