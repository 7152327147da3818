// What runs now, where the program lies, whose releases are taken, and how the last change ended.
import type { ReactNode } from 'react'
import type { LifecycleView } from '../../../../client/src/index.ts'
import { Card, Facts } from '../../parts/layout.tsx'
import { timeShort } from '../../texts/format.ts'
import { versions } from '../../texts/versions.ts'

const words = versions.now

export function NowCard({ view }: { readonly view: LifecycleView }): ReactNode {
  const { version, runtime, root, keys, change } = view
  return (
    <Card>
      <Facts
        rows={[
          [words.version, <strong key="version">{version}</strong>],
          [words.runtime, runtime],
          [words.root, root ?? words.checkout],
          [words.keys, keys.length === 0 ? words.noKeys : keys.join(', ')],
          change === null ? null : [words.last, <Change key="change" change={change} />],
        ]}
      />
    </Card>
  )
}

function Change({ change }: { readonly change: NonNullable<LifecycleView['change']> }): ReactNode {
  const { from, to, startedAt, step, backup, outcome, reason } = change
  const texts = versions.change
  return (
    <>
      <div>
        {texts.upgrade(from, to)}, {timeShort(startedAt)}: {outcome === null ? texts.under : texts.outcome[outcome]}
        {outcome === null && ` (${texts.step(step)})`}
      </div>
      {reason !== null && <div className="hms-ink-bad">{reason}</div>}
      {backup !== null && (
        <div className="hms-muted hms-small hms-break">
          {texts.backup}: {backup}
        </div>
      )}
    </>
  )
}
