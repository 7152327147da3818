// What a home keeps, as operations ask for it.
import type { DiskUse } from '../../contract/data-kept.ts'

export interface DataDesk {
  use(): Promise<DiskUse>
}
