// Reports as operations ask for them.
import type { AccountId, EpochMs } from '../../base/brand.ts'
import type { Report, ReportRebuild } from '../../contract/report-operations.ts'
import type { ReportFacet, ReportFigure, ReportInterval } from '../../contract/report-figures.ts'

export type FacetFilter = Partial<Readonly<Record<Exclude<ReportFacet, 'account'>, string>>>

export interface ReportWish {
  readonly from: EpochMs
  readonly to: EpochMs
  readonly zone: string
  readonly interval: ReportInterval
  readonly by: ReportFacet | null
  readonly account: AccountId | null
  readonly filter: FacetFilter
  readonly order: ReportFigure
  readonly limit: number
  /** So many rows of the list are passed over. */
  readonly after: number
  readonly compare: boolean
}

export interface ReportDesk {
  /** Rejects with a Fault where it is not kept. */
  query(wish: ReportWish): Promise<Report>
  /** On a stopped home it is done before this resolves. */
  rebuild(): Promise<ReportRebuild>
}
