// Figures as a table: the median of the runs and the spread around it.

/** What a run measured; messages a second until the last was … */
interface Measured<T> {
  readonly accepted: T
  /** Delivered; null: the load is not delivered. */
  readonly relayed: T | null
  /** Told of: its last event in its store and the log. */
  readonly told: T
  /** Seconds of processor for 1,000 messages, of the whole tree. */
  readonly processor: T
  readonly peakMiB: T
}

export interface Run extends Measured<number> {
  readonly contender: string
  readonly load: string
}

export interface Figure {
  readonly median: number
  readonly least: number
  readonly most: number
}

export interface Summary extends Measured<Figure> {
  readonly contender: string
  readonly load: string
  readonly runs: number
}

export function figure(values: readonly number[]): Figure {
  const sorted = values.toSorted((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  const median = sorted.length % 2 === 1 ? sorted[half] : ((sorted[half - 1] ?? 0) + (sorted[half] ?? 0)) / 2
  return { median: median ?? 0, least: sorted[0] ?? 0, most: sorted.at(-1) ?? 0 }
}

export function summarize(runs: readonly Run[]): Summary[] {
  const groups = Map.groupBy(runs, ({ contender, load }) => `${load}\0${contender}`)
  return [...groups.values()].map((group) => {
    const relayed = group.flatMap((run) => run.relayed ?? [])
    return {
      contender: group[0]?.contender ?? '',
      load: group[0]?.load ?? '',
      runs: group.length,
      accepted: figure(group.map((run) => run.accepted)),
      relayed: relayed.length === 0 ? null : figure(relayed),
      told: figure(group.map((run) => run.told)),
      processor: figure(group.map((run) => run.processor)),
      peakMiB: figure(group.map((run) => run.peakMiB)),
    }
  })
}

export function spread({ median, least, most }: Figure, digits: number): string {
  const side = Math.max(median - least, most - median)
  return `${median.toFixed(digits)} ±${median === 0 ? 0 : Math.round((side / median) * 100)}%`
}

export function reportTable(summaries: readonly Summary[]): string {
  const lines = [['load', 'server', 'accepted/s', 'relayed/s', 'told/s', 'CPU s/1000', 'peak MiB', 'told ×', 'CPU ×']]
  for (const summary of summaries) {
    const peer = summaries.find(({ load, contender }) => load === summary.load && contender !== summary.contender)
    const ratios =
      peer === undefined || summary.contender !== 'hms'
        ? ['', '']
        : [(summary.told.median / peer.told.median).toFixed(2), (summary.processor.median / peer.processor.median).toFixed(2)]
    lines.push([
      summary.load,
      summary.contender,
      spread(summary.accepted, 0),
      summary.relayed === null ? '' : spread(summary.relayed, 0),
      spread(summary.told, 0),
      spread(summary.processor, 3),
      spread(summary.peakMiB, 0),
      ...ratios,
    ])
  }
  return aligned(lines, 2)
}

/** Columns as wide as their widest cell, the first `left` of them to the left. */
export function aligned(lines: readonly (readonly string[])[], left = 1): string {
  const widths = lines[0]?.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0))) ?? []
  return lines
    .map((line) =>
      line
        .map((cell, i) => (i < left ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
