// What `accountData` tells of an account, in the original's names. Plans and bills there are none here: the period is that of the quota of a
// month, the last 30 days, to the hour; what is not limited is told as the largest number that programs of the original can hold.
import type { AccountId, EpochMs } from '../../base/brand.ts'
import type { OperationTable } from '../operations/context.ts'
import type { Facts } from './answers.ts'
import { dateTime } from './times.ts'

const NO_LIMIT = 2 ** 31 - 1
const HOUR = 3_600_000
const PERIOD = 30 * 24 * HOUR
const GIGABYTE = 1_000_000_000

export async function accountData(table: OperationTable, id: AccountId, now: EpochMs, offset: number): Promise<Facts> {
  const from = Math.floor((now - PERIOD) / HOUR) * HOUR
  const [{ use }, { total }] = await Promise.all([
    table['account.show']({ id }),
    table['report.query']({ account: id, from: new Date(from).toISOString() }),
  ])
  const { messages, octets } = total.figures
  const month = use.find(({ user, quota }) => user === null && quota === 'messagesPerMonth')
  const [begin, end, allowance] = [dateTime(from, offset), dateTime(now, offset), month?.limit ?? NO_LIMIT]
  return {
    ServerId: id,
    AccountId: id,
    PlanBillingPeriodStart: begin,
    PlanBillingPeriodEnd: end,
    BillingPeriodStart: begin,
    BillingPeriodEnd: end,
    BillingPeriodMessageCount: messages,
    BillingPeriodBandwidthCountInBytes: octets,
    BillingPeriodBandwidthCountInGigabytes: Math.round(octets / GIGABYTE),
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
    IsOverMessageAllowance: (month?.used ?? messages) >= allowance,
  }
}
