// What reports of DMARC and TLS are asked by, as it stands in the address of the page.
export const DAYS = [7, 30, 90, 400] as const
export type Days = (typeof DAYS)[number]

export interface SumsSearch {
  /** Left out: 30. */
  readonly days?: Days
  readonly domain?: string
}

export function searchOf(given: Readonly<Record<string, unknown>>): SumsSearch {
  const days = DAYS.find((one) => one === Number(given['days']))
  const domain = typeof given['domain'] === 'string' ? given['domain'].trim().toLowerCase() : ''
  return { ...(days !== undefined && days !== 30 && { days }), ...(domain !== '' && { domain }) }
}
