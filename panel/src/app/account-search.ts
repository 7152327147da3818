// The account that a list is about, as it stands in the address of its page.
export interface AccountSearch {
  /** Left out: all that the person sees. */
  readonly account?: number
}

/** Of whatever stands in the address: what is no account is left out. */
export function accountOf(given: Readonly<Record<string, unknown>>): AccountSearch {
  const account = Number(given['account'])
  return Number.isInteger(account) && account >= 1000 ? { account } : {}
}
