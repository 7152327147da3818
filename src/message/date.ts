// Dates as messages carry them (rfc:5322#3.3), always in UTC.
import type { EpochMs } from '../base/brand.ts'

/** `Sun, 22 Nov 2026 07:12:00 +0000` */
export function messageDate(at: EpochMs): string {
  return new Date(at).toUTCString().replace('GMT', '+0000')
}
