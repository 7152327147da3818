// What a change was: in the list in a few lines, and whole with all that is known of it.
import type { ReactNode } from 'react'
import type { AuditRecord } from '../../../../client/src/index.ts'
import { type Difference, differences, withMoments } from '../../../../src/policy/audit/difference.ts'
import { Facts } from '../../parts/layout.tsx'
import { audit as words } from '../../texts/audit.ts'
import { common } from '../../texts/common.ts'
import { number, time } from '../../texts/format.ts'
import './audit.css'

const FEW = 2
const differencesOf = ({ before, after }: AuditRecord): readonly Difference[] =>
  differences(withMoments(before, time), withMoments(after, time))

export function ShortChange({ record }: { readonly record: AuditRecord }): ReactNode {
  const all = differencesOf(record)
  if (all.length === 0) return <span className="hms-muted">{common.none}</span>
  return (
    <ul className="hms-changes">
      {all.slice(0, FEW).map((one) => (
        <li key={one.name}>
          {one.name !== '' && `${one.name}: `}
          {one.before !== undefined && <del>{one.before}</del>} {one.after !== undefined && <ins>{one.after}</ins>}
        </li>
      ))}
      {all.length > FEW && <li className="hms-muted">{words.more(number(all.length - FEW))}</li>}
    </ul>
  )
}

export function Changes({ record }: { readonly record: AuditRecord }): ReactNode {
  const { at, by, via, address, action, operation, subject, account } = record
  const all = differencesOf(record)
  const columns = words.columns
  return (
    <div className="hms-stack">
      <Facts
        rows={[
          [columns.at, time(at)],
          [columns.by, `${by}, ${words.via[via]}`],
          address === null ? null : [columns.from, address],
          [columns.action, action],
          [columns.subject, subject],
          account === null ? null : [columns.account, String(account)],
          operation === null ? null : [columns.operation, <code key="operation">{operation}</code>],
        ]}
      />
      {all.length === 0 ? <p className="hms-muted">{words.noStates}</p> : <ChangeTable all={all} />}
    </div>
  )
}

function ChangeTable({ all }: { readonly all: readonly Difference[] }): ReactNode {
  return (
    <div className="hms-change-table" role="region" aria-label={words.changes} tabIndex={0}>
      <table className="hms-plain-table">
        <caption className="hms-hidden">{words.changes}</caption>
        <thead>
          <tr>
            <th scope="col">{words.field}</th>
            <th scope="col">{words.before}</th>
            <th scope="col">{words.after}</th>
          </tr>
        </thead>
        <tbody>
          {all.map(({ name, before, after }) => (
            <tr key={name}>
              <th scope="row">{name === '' ? words.whole : name}</th>
              <td>{before ?? common.none}</td>
              <td>{after ?? common.none}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
