// A worker's way to the sums that the desk keeps of reports.
import type { Ms } from '../../base/brand.ts'
import type { Operations } from '../../contract/operations.ts'
import type { ReportSum } from '../../contract/sums.ts'
import type { SumsTaker } from '../../engine/ports/feedback.ts'
import { connectBus } from '../../net/bus/client.ts'

const TIMEOUT: Ms = 10_000

export class SumsLink implements SumsTaker {
  readonly #path: string
  readonly #version: string

  /** `path`: the desk's socket, which is opened for each report: there are few. */
  constructor(path: string, version: string) {
    this.#path = path
    this.#version = version
  }

  async take(sums: readonly ReportSum[]): Promise<void> {
    using client = await connectBus<Operations>(this.#path, { version: this.#version })
    await client.call('reports.take', { sums }, { timeout: TIMEOUT })
  }
}
