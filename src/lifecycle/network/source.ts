// What receivers look at when an address of ours connects to them: whether it is ours at all, its name, and whether that name is its own.
import { networkInterfaces } from 'node:os'
import { isPublicAddress } from '../../net/address-guard.ts'
import { isGeneric } from '../../policy/health/reverse-name.ts'
import type { NetworkCheck } from './check.ts'
import { type Names, sameAddress } from './names.ts'

export interface Source {
  readonly address: string
  /** False: an address by which others see us, as behind NAT; no interface has it. */
  readonly isLocal: boolean
}

/** Every address of this machine that is not loopback or link-local. */
export function localAddresses(): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  return all.filter(({ internal, address }) => !internal && !address.toLowerCase().startsWith('fe80:')).map(({ address }) => address)
}

/** `configured`: `delivery.source_address`. `outside`: what the owner says that others see. */
export function sourcesOf(configured: string, outside: readonly string[]): readonly Source[] {
  if (outside.length > 0) return outside.map((address) => ({ address, isLocal: false }))
  return (configured === '' ? localAddresses() : [configured]).map((address) => ({ address, isLocal: true }))
}

export async function checkSource({ address, isLocal }: Source, helo: string, names: Names): Promise<readonly NetworkCheck[]> {
  const name = `source ${address}`
  if (isLocal && !localAddresses().some((own) => sameAddress(own, address)) && !isLoopback(address)) {
    const mend = 'Give the address to an interface, or set delivery.source_address to one of this machine.'
    return [{ name, state: 'fail', what: `No interface of this machine has ${address}.`, mend }]
  }
  if (isLocal && !isPublicAddress(address)) {
    const mend = 'Name the address that they see: hms doctor --network --address ADDRESS.'
    return [{ name, state: 'warn', what: `${address} is no public address: receivers see another one in its place.`, mend }]
  }
  const ptr = await checkReverse(name, address, names)
  return ptr.names === null ? [ptr.check] : [ptr.check, await checkHelo(name, { address, helo, ptr: ptr.names, names })]
}

const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.')

/** `names`: those that lead back to the address; null where nothing more can be said. */
async function checkReverse(
  name: string,
  address: string,
  names: Names,
): Promise<{ check: NetworkCheck; names: readonly string[] | null }> {
  const found = await names.ptr(address)
  if (found === null) {
    const what = `No name server answers for the reverse name of ${address}.`
    return { check: { name, state: 'warn', what, mend: 'Try again, or set dns.servers.' }, names: null }
  }
  const isV6 = address.includes(':')
  if (found.length === 0) {
    const other = isV6 ? ' Until then deliver by IPv4: set delivery.source_address.' : ''
    const mend = `Whoever gave you the address sets its reverse name (PTR), to host.name.${other}`
    return { check: { name, state: 'fail', what: `${address} has no reverse name: most receivers refuse it.`, mend }, names: null }
  }
  const back: string[] = []
  for (const one of found.slice(0, 10)) if (await names.leadsTo(one, address)) back.push(one)
  if (back.length === 0) {
    const what = `${address} is called ${found.join(', ')}, and no such name leads back to it.`
    return { check: { name, state: 'fail', what, mend: `Give ${found[0]} an ${isV6 ? 'AAAA' : 'A'} record with ${address}.` }, names: null }
  }
  const generic = back.every((one) => isGeneric(one, address))
  const what = `${address} is called ${back.join(', ')}, which leads back to it.`
  if (!generic) return { check: { name, state: 'ok', what }, names: back }
  const mend = 'Receivers take such names for those of home connections. Ask for a reverse name of your own.'
  return { check: { name, state: 'warn', what, mend }, names: back }
}

async function checkHelo(
  name: string,
  { address, helo, ptr, names }: { address: string; helo: string; ptr: readonly string[]; names: Names },
): Promise<NetworkCheck> {
  if (ptr.includes(helo.toLowerCase())) return { name, state: 'ok', what: `It greets as ${helo}, its reverse name.` }
  const mend = `Set host.name to ${ptr[0]}, or the reverse name to ${helo}.`
  const what = `It greets as ${helo}, and its reverse name is ${ptr.join(', ')}`
  if (await names.leadsTo(helo, address)) return { name, state: 'warn', what: `${what}: both lead to it, but they differ.`, mend }
  return { name, state: 'fail', what: `${what}: the name in the greeting does not lead to ${address}.`, mend }
}
