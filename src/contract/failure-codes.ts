// Failure codes and categories: the numbers by which users of the original know why a delivery failed.

export const FAILURE_CODES = {
  1001: 'already suppressed',
  1002: 'blocked by a blocklist',
  1003: 'blocked by a blocklist',
  1004: 'blocked for its content',
  1006: 'too many connections',
  1007: 'virus',
  1011: 'challenge',
  1999: 'blocked for another reason',
  2001: 'invalid address',
  2002: 'invalid domain',
  2003: 'address in a bad format',
  2004: 'address no longer valid',
  2999: 'undeliverable for another reason',
  3001: 'mailbox full',
  3002: 'mailbox inactive',
  3003: 'kept asking to try later',
  3999: 'temporarily undeliverable for another reason',
  4001: 'receiver busy',
  4002: 'protocol trouble',
  4003: 'cannot connect',
  4004: 'too old',
  4006: 'host does not accept mail for the domain',
  4999: 'connection trouble of another kind',
  5001: 'automatic reply',
  5999: 'informational',
  9999: 'unknown',
} as const

export type FailureCode = keyof typeof FAILURE_CODES
