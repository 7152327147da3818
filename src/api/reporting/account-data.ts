// What `accountData` tells of an account, in the original's names. Plans and bills there are none here: the period is that of the quota of a
// month, the last 30 days; what is not limited is told as the largest number that programs of the original can hold.
import type { AccountId, EpochMs } from '../../base/brand.ts'
import type { QuotaUse } from '../../contract/accounts.ts'
import type { OperationTable } from '../operations/context.ts'
import type { Facts } from './answers.ts'
import { dateTime } from './times.ts'

const NO_LIMIT = 2 ** 31 - 1
const PERIOD = 30 * 86_400_000

export async function accountData(table: OperationTable, id: AccountId, now: EpochMs, offset: number): Promise<Facts> {
  const { use } = await table['account.show']({ id })
  const month = use.find(({ user, quota }: QuotaUse) => user === null && quota === 'messagesPerMonth')
  const [begin, end] = [dateTime(now - PERIOD, offset), dateTime(now, offset)]
  const [messages, allowance] = [month?.used ?? null, month?.limit ?? NO_LIMIT]
  return {
    ServerId: id,
    AccountId: id,
    PlanBillingPeriodStart: begin,
    PlanBillingPeriodEnd: end,
    BillingPeriodStart: begin,
    BillingPeriodEnd: end,
    BillingPeriodMessageCount: messages,
    BillingPeriodBandwidthCountInBytes: null,
    BillingPeriodBandwidthCountInGigabytes: null,
    BillingPeriodApiCount: null,
    ApiAllowance: NO_LIMIT,
    MaxApiAllowance: NO_LIMIT,
    MessageAllowance: allowance,
    MaxMessageAllowance: allowance,
    BandwidthAllowanceInBytes: NO_LIMIT,
    MaxBandwidthAllowanceInBytes: NO_LIMIT,
    BandwidthAllowanceInGigabytes: NO_LIMIT,
    MaxBandwidthAllowanceInGigabytes: NO_LIMIT,
    IsOverApiAllowance: false,
    IsOverBandwidthAllowance: false,
    IsOverMessageAllowance: messages !== null && messages >= allowance,
  }
}
