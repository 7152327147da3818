// What `hms status` tells of the disk: how long it lasts, and what of the home is on it.
import type { DataUse, DiskUse } from '../../../contract/data-kept.ts'
import { table } from '../../output/table.ts'
import { counted, octets } from '../../output/when.ts'

/** Who plans is not helped by more. */
const LONGEST = 3650

export function diskRows({ disk, counted: kept, most }: DiskUse): [string, string][] {
  const { bytes, free, perDay } = disk
  const grows = perDay === null ? 'how fast it fills is known after a day' : lasting(disk)
  return [
    ['disk', `${octets(free)} of ${octets(bytes)} free, ${grows}`],
    ['kept', `${octets(kept)} of at most ${octets(most)} (data.bytes)`],
  ]
}

function lasting({ perDay, daysLeft }: DiskUse['disk']): string {
  if (perDay === null || daysLeft === null) return 'it does not fill'
  const days = daysLeft > LONGEST ? 'more than ten years' : counted(Math.floor(daysLeft), 'day')
  return `${octets(perDay)} less a day: full in ${days}`
}

export function dataTable({ kinds }: DiskUse, width: number): string {
  return table(
    kinds.filter(({ bytes }) => bytes > 0),
    [
      { title: 'DATA', of: ({ kind }) => kind },
      { title: 'BYTES', of: ({ bytes }) => octets(bytes), right: true },
      { title: 'A DAY', of: growth, right: true },
      { title: 'SINCE', of: ({ oldest }) => oldest },
    ],
    width,
    'The home keeps nothing.',
  )
}

function growth({ perDay }: DataUse): string | null {
  if (perDay === null) return null
  return perDay < 0 ? `-${octets(-perDay)}` : `+${octets(perDay)}`
}
