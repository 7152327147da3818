// A DNS record in the forms that people paste: what a provider's web form asks for, and a line of a zone file.

export interface TextRecord {
  readonly name: string
  readonly value: string
}

/** rfc:1035#3.3.14: a TXT record is strings of at most 255 octets each. */
const LONGEST_STRING = 255

export function zoneLine({ name, value }: TextRecord): string {
  const strings: string[] = []
  for (let at = 0; at < value.length; at += LONGEST_STRING)
    strings.push(`"${value.slice(at, at + LONGEST_STRING).replaceAll(/["\\]/g, '\\$&')}"`)
  return `${name.replace(/\.?$/, '.')} 3600 IN TXT ${strings.length > 1 ? `( ${strings.join(' ')} )` : (strings[0] ?? '""')}`
}

export function pasteable(record: TextRecord): string {
  return [
    'In the form of a DNS provider:',
    '  type   TXT',
    `  name   ${record.name}`,
    `  value  ${record.value}`,
    'In a zone file:',
    `  ${zoneLine(record)}`,
    '',
  ].join('\n')
}
