// Lines of a document of rules with their numbers, and lines in which two documents differ.
import { type ReactNode, useEffect, useRef } from 'react'
import type { RulesLine } from '../../../../client/src/index.ts'
import { rules } from '../../texts/rules.ts'

const words = rules.history
const SIGNS = { same: ' ', added: '+', removed: '−' } as const

export function DifferingLines({ lines, label }: { readonly lines: readonly RulesLine[]; readonly label: string }): ReactNode {
  return (
    <div className="hms-rules-lines" tabIndex={0} role="region" aria-label={label}>
      <table>
        <tbody>
          {lines.map(({ kind, text, before, after }) => (
            <tr key={`${before ?? ''} ${after ?? ''}`} data-kind={kind}>
              <td className="hms-rules-number">{before}</td>
              <td className="hms-rules-number">{after}</td>
              <td className="hms-rules-number">
                <span aria-hidden="true">{SIGNS[kind]}</span>
                <span className="hms-hidden">{words.kinds[kind]}</span>
              </td>
              <td>{text}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

interface LinesProps {
  readonly lines: readonly { readonly n: number; readonly text: string }[]
  readonly meant: number | undefined
  readonly label: string
}

/** `meant`: the line that somebody came for is brought into sight. */
export function DocumentLines({ lines, meant, label }: LinesProps): ReactNode {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (meant !== undefined) box.current?.querySelector(`[data-line="${meant}"]`)?.scrollIntoView({ block: 'center' })
  }, [meant])
  return (
    <div ref={box} className="hms-rules-lines" tabIndex={0} role="region" aria-label={label}>
      <table>
        <tbody>
          {lines.map(({ n, text }) => (
            <tr key={n} data-line={n} {...(n === meant && { 'data-meant': true })}>
              <td className="hms-rules-number">{n}</td>
              <td>{text}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
