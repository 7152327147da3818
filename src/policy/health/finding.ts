// One line of what was found about a sender.
import type { HealthFinding } from '../../contract/health.ts'

export function finding(
  aspect: HealthFinding['aspect'],
  subject: string,
  state: HealthFinding['state'],
  wanted: string,
  found: string,
  { mend = null, record = null }: Partial<Pick<HealthFinding, 'mend' | 'record'>> = {},
): HealthFinding {
  return { aspect, subject, state, wanted, found, mend, record }
}
