// Which log is read, as the address says it; whatever stands there is judged.
import { type AccountSearch, accountOf } from '../../app/account-search.ts'

export interface LogSearch extends AccountSearch {
  /** `2026-11-22`; left out: today. */
  readonly day?: string
  readonly find?: string
}

const LONGEST = 200

export function logSearchOf(given: Readonly<Record<string, unknown>>): LogSearch {
  const { day, find } = given
  return {
    ...accountOf(given),
    ...(typeof day === 'string' && isDay(day) && { day }),
    ...(typeof find === 'string' && find !== '' && { find: find.slice(0, LONGEST) }),
  }
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))
}

/** As the API has it. */
export const plainDay = (day: string): string => day.replaceAll('-', '')
