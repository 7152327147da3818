// The page docs/reference/rules.md: every setting of delivery rules, from src/contract/rules.ts.
import { RULE_SETTINGS, RULES_BOUNDS, RULES_HISTORY, type RuleSetting } from '../src/contract/rules.ts'
import { expectationOf } from '../src/policy/rules/values.ts'

const FOR: Readonly<Record<RuleSetting['decides'], string>> = {
  connection: 'its connections',
  message: 'each message',
}

export function rulesPage(): string {
  const rows = (Object.entries(RULE_SETTINGS) as [string, RuleSetting][]).map(([name, setting]) => {
    const otherwise = setting.option !== null ? `\`${setting.option}\`` : setting.kind === 'flag' ? String(setting.absent) : 'none'
    return `| \`${name}\` | ${setting.doc} | ${expectationOf(setting)} | ${otherwise} | ${FOR[setting.decides]} |`
  })
  return `${[
    '# Settings of delivery rules',
    '',
    'What a rule can set, from `src/contract/rules.ts`. Any of them may be `unset`, which takes back what an earlier step of the cascade set.',
    'Times and sizes are written as in `hms.yaml`. [The guide](../guides/delivery-rules.md) tells how rules are written and which one counts.',
    '',
    '| setting | what | takes | where no rule sets it | is looked at for |',
    '|---|---|---|---|---|',
    ...rows,
    '',
    'A limit is a number, or `{ limit, per, burst, raise }`:',
    '',
    '- `per`: what it counts by, any of `site`, `domain`, `provider`, `account`, and `source` or `pool`; `[]` is one count for all. Where it is',
    '  left out: `[site, source]`; of a rule by provider `[provider, source]`; of an account `[account, site]`; of an override without a mask `[account]`.',
    '- `burst`: so many may go at once (rates only). Without it a rate is spread evenly.',
    '- `raise: true`: in a rule of an account, it takes the place of the shared limit for this account.',
    '',
    `Bounds of a document: ${RULES_BOUNDS.octets / 2 ** 20} MiB, ${RULES_BOUNDS.rules} rules and masks, ${RULES_BOUNDS.mask} characters of a mask, ${RULES_BOUNDS.name} of a name.`,
    `${RULES_HISTORY.versions} versions are kept, fewer where they have more than ${RULES_HISTORY.octets / 2 ** 20} MiB together.`,
  ].join('\n')}\n`
}
