// What receivers look at when an address connects to them: its name, and whether that name leads back to it.
import type { HealthFinding, RecordToPublish } from '../../contract/health.ts'
import { listName } from './blocklists.ts'
import type { SourceFacts } from './facts.ts'
import { finding } from './finding.ts'
import { isGeneric } from './reverse-name.ts'

export function judgeReverse({ name, address, isPublic, helo, names, back }: SourceFacts): HealthFinding {
  const wanted = 'a PTR name that resolves back to it'
  if (address === null || !isPublic)
    return finding('reverse-name', address ?? `the exit ${name}`, 'unknown', wanted, 'receivers see another address in its place', {
      mend: 'Name the addresses that mail leaves from in the delivery rules (sources), as receivers see them.',
    })
  const say = (state: HealthFinding['state'], found: string, more: Partial<Pick<HealthFinding, 'mend' | 'record'>> = {}): HealthFinding =>
    finding('reverse-name', address, state, wanted, found, more)
  if (names === null) return say('unknown', 'no name server answers')
  const isV6 = address.includes(':')
  const [first] = names
  if (first === undefined) {
    const record: RecordToPublish = {
      type: 'PTR',
      name: listName({ zone: isV6 ? 'ip6.arpa' : 'in-addr.arpa' }, address),
      value: `${helo}.`,
    }
    return say('missing', 'no PTR record found', { mend: 'Ask the provider of the IP address to publish the record.', record })
  }
  if (back.length === 0) {
    const record: RecordToPublish = { type: isV6 ? 'AAAA' : 'A', name: first, value: address }
    return say('wrong', `${names.join(', ')}, which does not resolve back to it`, { mend: 'Publish the record.', record })
  }
  if (back.every((one) => isGeneric(one, address)))
    return say('wrong', `${back.join(', ')}, a name such as home connections have`, { mend: 'Ask for a reverse name of your own.' })
  if (back.includes(helo.toLowerCase())) return say('ok', `${back.join(', ')}, which resolves back to it`)
  const mend = `It greets as ${helo}. Some receivers want both names to be the same: set host.name, or helo of the source, to ${back[0]}.`
  return say('ok', `${back.join(', ')}, which resolves back to it`, { mend })
}
