// Macros in the names of SPF records (rfc:7208#7): `%{i}` and its like. What is no macro stays as it is.

export interface MacroFacts {
  readonly address: string
  readonly sender: string
  readonly helo: string
}

const MOST_NAME = 253

export function expandMacros(text: string, { address, sender, helo }: MacroFacts, domain: string): string {
  const at = sender.lastIndexOf('@')
  const values: Readonly<Record<string, string>> = {
    s: sender,
    l: at < 0 ? 'postmaster' : sender.slice(0, at),
    o: at < 0 ? sender : sender.slice(at + 1),
    d: domain,
    i: dotted(address),
    h: helo,
    v: address.includes(':') ? 'ip6' : 'in-addr',
  }
  const expanded = text.replace(
    /%(?:\{([a-z])(\d{0,3})(r?)([.\-+,/_=]*)\}|([%_-]))/gi,
    (whole, letter, digits, reversed, delimiters, escape) => {
      if (escape !== undefined) return { '%': '%', _: ' ', '-': '%20' }[escape as string] ?? ''
      const value = values[(letter as string).toLowerCase()]
      if (value === undefined) return whole as string
      const parts = value.split(new RegExp(`[${delimiters === '' ? '.' : (delimiters as string).replace(/[\\\]^-]/g, '\\$&')}]`))
      if (reversed !== '') parts.reverse()
      return (digits === '' ? parts : parts.slice(-Math.max(1, Number(digits)))).join('.')
    },
  )
  // rfc:7208#7.3: what is too long loses labels on the left.
  let name = expanded
  while (name.length > MOST_NAME && name.includes('.')) name = name.slice(name.indexOf('.') + 1)
  return name.toLowerCase().replace(/\.$/, '')
}

/** IPv4 as it is, IPv6 as 32 hexadecimal digits with dots between them. */
export function dotted(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail = ''] = address.split('::')
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'))
  const [first, last] = [groups(head), groups(tail)]
  const missing = address.includes('::') ? 8 - first.length - last.length : 0
  return [...first, ...Array.from({ length: missing }, () => '0'), ...last]
    .map((group) => group.padStart(4, '0'))
    .join('')
    .split('')
    .join('.')
}
