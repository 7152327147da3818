// Names of addresses that receivers take for those of home connections. Pure.

/** Made of the address, or in the words by which providers call what they give away by the thousand. */
export function isGeneric(name: string, address: string): boolean {
  if (
    /(?:^|[.-])(?:dyn(?:amic)?|dhcp|pool|dsl|adsl|ppp|cable|dial-?up|cust(?:omer)?|client|unassigned|generic|static)(?:[.-]|\d|$)/.test(
      name,
    )
  )
    return true
  if (address.includes(':')) return false
  const parts = address.split('.')
  const plain = name.replaceAll(/[^0-9]+/g, ' ').split(' ')
  const follows = (wanted: readonly string[]): boolean => ` ${plain.map(Number).join(' ')} `.includes(` ${wanted.join(' ')} `)
  return follows(parts) || follows(parts.toReversed()) || name.includes(parts.map((part) => part.padStart(3, '0')).join(''))
}
