// Figures over time, as lines: own SVG, some hundred lines of which would be thousands of a library. Behind each chart is its table, which says
// the same to whoever does not see, or wants the numbers; the pointer and the arrow keys read single times off.
import { Button } from '@mantine/core'
import { useElementSize } from '@mantine/hooks'
import { type KeyboardEvent, type PointerEvent, type ReactNode, useId, useState } from 'react'
import { common } from '../texts/common.ts'
import { hourOf, number, roughly, timeShort } from '../texts/format.ts'
import { Icon } from './icons.tsx'
import { linesOf, roundTop, ticksOf } from './chart-shape.ts'
import './chart.css'

export interface Series {
  readonly name: string
  /** Of the colours --hms-series-1 to 5. */
  readonly color: 1 | 2 | 3 | 4 | 5
  /** Null: not known for that time. */
  readonly values: readonly (number | null)[]
}

export interface ChartProps {
  readonly label: string
  readonly times: readonly number[]
  readonly series: readonly Series[]
  readonly format?: (value: number) => string
  readonly timeLabel?: (at: number) => string
  readonly height?: number
}

const EDGE = { left: 52, right: 12, top: 10, bottom: 24 }

export function SeriesChart(props: ChartProps): ReactNode {
  const { label, times, series, format = number, timeLabel = hourOf } = props
  const [isTable, setTable] = useState(false)
  const isEmpty = series.every(({ values }) => values.every((value) => value === null || value === 0))
  return (
    <figure className="hms-chart">
      <div className="hms-spread">
        <ul className="hms-legend">
          {series.map(({ name, color }) => (
            <li key={name}>
              <span className="hms-swatch" data-color={color} />
              {name}
            </li>
          ))}
        </ul>
        <Button
          variant="subtle"
          color="gray"
          size="compact-xs"
          className="hms-quiet"
          leftSection={<Icon name={isTable ? 'chart' : 'table'} size={14} />}
          onClick={() => setTable(!isTable)}
        >
          {isTable ? common.chart.asChart : common.chart.asTable}
        </Button>
      </div>
      {isTable ? (
        <ChartTable label={label} times={times} series={series} format={format} />
      ) : (
        <div className="hms-chart-place">
          <Lines {...props} format={format} timeLabel={timeLabel} />
          {isEmpty && <p className="hms-chart-empty hms-muted">{common.chart.nothing}</p>}
        </div>
      )}
    </figure>
  )
}

function Lines({ label, times, series, format = number, timeLabel = hourOf, height = 220 }: ChartProps): ReactNode {
  const { ref, width } = useElementSize()
  const [at, setAt] = useState<number | null>(null)
  const title = useId()
  const top = roundTop(Math.max(0, ...series.flatMap(({ values }) => values.map((value) => value ?? 0))))
  const last = Math.max(1, times.length - 1)
  const x = (n: number): number => EDGE.left + (n / last) * Math.max(0, width - EDGE.left - EDGE.right)
  const y = (value: number): number => EDGE.top + (1 - value / top) * (height - EDGE.top - EDGE.bottom)
  const point = (event: PointerEvent<SVGSVGElement>): void => {
    const { left } = event.currentTarget.getBoundingClientRect()
    const n = Math.round(((event.clientX - left - EDGE.left) / Math.max(1, width - EDGE.left - EDGE.right)) * last)
    setAt(Math.min(last, Math.max(0, n)))
  }
  const key = ({ key }: KeyboardEvent): void => {
    if (key === 'ArrowRight') setAt(Math.min(last, (at ?? -1) + 1))
    if (key === 'ArrowLeft') setAt(Math.max(0, (at ?? last + 1) - 1))
    if (key === 'Escape') setAt(null)
  }
  return (
    <div ref={ref} className="hms-chart-lines">
      <svg
        width={Math.max(width, 1)}
        height={height}
        role="img"
        aria-labelledby={title}
        tabIndex={0}
        onPointerMove={point}
        onPointerLeave={() => setAt(null)}
        onKeyDown={key}
        onBlur={() => setAt(null)}
      >
        <title id={title}>{label}</title>
        {[0, 0.25, 0.5, 0.75, 1].map((part) => (
          <g key={part}>
            <line className="hms-chart-grid" x1={EDGE.left} x2={width - EDGE.right} y1={y(top * part)} y2={y(top * part)} />
            {part * 2 === Math.round(part * 2) && (
              <text className="hms-chart-text" x={EDGE.left - 8} y={y(top * part) + 4} textAnchor="end">
                {format === number ? roughly(top * part) : format(top * part)}
              </text>
            )}
          </g>
        ))}
        {ticksOf(times.length, width).map((n) => (
          <text key={n} className="hms-chart-text" x={x(n)} y={height - 6} textAnchor={n === 0 ? 'start' : n === last ? 'end' : 'middle'}>
            {timeLabel(times[n] ?? 0)}
          </text>
        ))}
        {series.map(({ name, color, values }) => (
          <path key={name} className="hms-chart-line" data-color={color} d={linesOf(values, x, y)} />
        ))}
        {at !== null && <line className="hms-chart-cross" x1={x(at)} x2={x(at)} y1={EDGE.top} y2={height - EDGE.bottom} />}
        {at !== null &&
          series.map(({ name, color, values }) => {
            const value = values[at]
            return value === null || value === undefined ? null : (
              <circle key={name} className="hms-chart-dot" data-color={color} cx={x(at)} cy={y(value)} r={3.5} />
            )
          })}
      </svg>
      {at !== null && (
        <div className="hms-chart-tip" role="status" style={x(at) > width / 2 ? { right: width - x(at) + 10 } : { left: x(at) + 10 }}>
          <strong>{timeShort(times[at] ?? 0)}</strong>
          {series.map(({ name, color, values }) => (
            <span key={name}>
              <span className="hms-swatch" data-color={color} />
              {name}
              <b>{valueText(values[at], format)}</b>
            </span>
          ))}
        </div>
      )}
    </div>
  )
}

const valueText = (value: number | null | undefined, format: (value: number) => string): string =>
  value === null || value === undefined ? common.none : format(value)

function ChartTable({ label, times, series, format = number }: ChartProps): ReactNode {
  return (
    <div className="hms-chart-table" tabIndex={0} role="region" aria-label={label}>
      <table className="hms-plain-table">
        <caption className="hms-hidden">{label}</caption>
        <thead>
          <tr>
            <th scope="col">{common.chart.time}</th>
            {series.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times.map((at, n) => (
            <tr key={at}>
              <th scope="row">{timeShort(at)}</th>
              {series.map(({ name, values }) => (
                <td key={name}>{valueText(values[n], format)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
