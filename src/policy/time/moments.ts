// Moments as people and programs write them: `2026-12-24T18:00:00+01:00` (rfc:3339), or by the clocks of a zone `2026-12-24 18:00 Europe/Vienna`.
import type { EpochMs } from '../../base/brand.ts'
import { asUtc, instantsOf, isZone, type LocalTime } from './zones.ts'

const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(?:([Zz])|([+-])(\d\d):(\d\d)|\s+(\S+))$/

/** Undefined: it is none. Of a time that comes twice the first, and for one that never comes the moment at which clocks go past it. */
export function parseMoment(text: string): EpochMs | undefined {
  const match = DATE_TIME.exec(text.trim())
  if (match === null) return undefined
  const [, year, month, day, hour, minute] = match.map(Number)
  const local = { year, month, day, hour, minute, second: Number(match[6] ?? 0) } as LocalTime
  if (!isTime(local)) return undefined
  const [zulu, sign, hours, minutes, zone] = match.slice(7)
  if (zulu !== undefined) return asUtc(local)
  if (zone !== undefined) return isZone(zone) ? instantsOf(local, zone)[0] : undefined
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined
  const ahead = (Number(hours) * 60 + Number(minutes)) * 60_000
  return asUtc(local) - (sign === '-' ? -ahead : ahead)
}

/** A date that there is, and a time; a leap second is the one before it. */
function isTime(local: LocalTime): boolean {
  if (local.hour > 23 || local.minute > 59 || local.second > 60) return false
  const shown = new Date(asUtc({ ...local, hour: 0, minute: 0, second: 0 }))
  return shown.getUTCMonth() === local.month - 1 && shown.getUTCDate() === local.day && local.year >= 1970
}
