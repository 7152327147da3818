// What programs of the system say of its clock: chronyd by its command, the kernel by that of systemd. None of them needs to be there.
import type { Ms } from '../../base/brand.ts'

export const CHRONY = ['chronyc', '-n', '-c', 'tracking'] as const
export const TIMEDATE = ['timedatectl', 'show', '--property=NTPSynchronized', '--value'] as const

/** Of the fields with commas between them that `chronyc -c tracking` writes. */
const [OFFSET, LEAP, FIELDS] = [4, 13, 14] as const

/** How far the clock is off by chronyd, whichever way; `unkept`: it has no server that it goes by. Null: that cannot be told. */
export function readChrony(text: string): Ms | 'unkept' | null {
  const fields = text.trim().split(',')
  if (fields.length !== FIELDS) return null
  if (/^not synchroni[sz]ed$/i.test(fields[LEAP] ?? '')) return 'unkept'
  const offset = Number(fields[OFFSET])
  return fields[OFFSET] === '' || Number.isNaN(offset) ? null : Math.round(Math.abs(offset) * 1000)
}

/** Whether the kernel says that somebody keeps its clock (adjtimex(2), whoever does it); null: that cannot be told. */
export function readTimedate(text: string): boolean | null {
  const said = text.trim()
  return said === 'yes' ? true : said === 'no' ? false : null
}
