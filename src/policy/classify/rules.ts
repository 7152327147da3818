// All rules in the order in which they are asked: what is there but takes no mail now, what is about us, and only then that an address is
// not there; vague words come last.
import { BLOCK_RULES, FILTER_RULES, REPUTATION_RULES, SENDER_RULES, SETUP_RULES } from './rules-blocks.ts'
import { CHALLENGE_RULES, FORM_RULES, SPAM_RULES, VIRUS_RULES } from './rules-content.ts'
import { MAILBOX_RULES, UNKNOWN_RULES, VAGUE_RECIPIENT_RULES } from './rules-recipient.ts'
import { AUTO_REPLY_RULES, LIMIT_RULES, POLICY_RULES, PROTOCOL_RULES, TROUBLE_RULES } from './rules-trouble.ts'
import { type ClassifyRule, MEANINGS } from './meanings.ts'

const [unverified = [], ...limits] = LIMIT_RULES.map((rule) => [rule])

/** Receivers name users and hosts that they do not know in what they say of us and of themselves too. */
const NOT_OF_RECIPIENT =
  'too many|harvest|dictionary attack|spam ?trap|in-addr|ip6\\.arpa|\\bnetwork address|<ip>\\]?:? address|unknown host \\[?<ip>|sending from|(?:service|server|system|cluster|host) (?:is |has (?:been )?)?(?:no longer|moved|not in use)'

const ALL: readonly ClassifyRule[] = [
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

/** What a rule may not match beside its own words: those of ours and of the receiver's, where it is about a recipient for ever. */
function guarded(rule: ClassifyRule): ClassifyRule {
  return MEANINGS[rule.means].category === 'Hard' ? { ...rule, unless: [...(rule.unless ?? []), NOT_OF_RECIPIENT] } : rule
}

export const RULES: readonly ClassifyRule[] = ALL.map(guarded)
