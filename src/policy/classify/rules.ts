// All rules in the order in which they are asked: what is there but takes no mail now, what is about us, and only then that an address is
// not there; vague words come last.
import { BLOCK_RULES, FILTER_RULES, REPUTATION_RULES, SENDER_RULES, SETUP_RULES } from './rules-blocks.ts'
import { CHALLENGE_RULES, FORM_RULES, SPAM_RULES, VIRUS_RULES } from './rules-content.ts'
import { MAILBOX_RULES, UNKNOWN_RULES, VAGUE_RECIPIENT_RULES } from './rules-recipient.ts'
import { AUTO_REPLY_RULES, LIMIT_RULES, POLICY_RULES, PROTOCOL_RULES, TROUBLE_RULES } from './rules-trouble.ts'
import type { ClassifyRule } from './meanings.ts'

const [unverified = [], ...limits] = LIMIT_RULES.map((rule) => [rule])

export const RULES: readonly ClassifyRule[] = [
  ...unverified,
  ...MAILBOX_RULES,
  ...CHALLENGE_RULES,
  ...BLOCK_RULES,
  ...VIRUS_RULES,
  ...REPUTATION_RULES,
  ...UNKNOWN_RULES,
  ...SETUP_RULES,
  ...SENDER_RULES,
  ...FILTER_RULES,
  ...limits.flat(),
  ...FORM_RULES,
  ...SPAM_RULES,
  ...VAGUE_RECIPIENT_RULES,
  ...PROTOCOL_RULES,
  ...TROUBLE_RULES,
  ...AUTO_REPLY_RULES,
  ...POLICY_RULES,
]
