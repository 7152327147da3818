// The frame of the pages before the login.
import { type ReactNode, useEffect } from 'react'
import { Logo } from '../../parts/icons.tsx'
import { Card } from '../../parts/layout.tsx'
import { common } from '../../texts/common.ts'
import '../../parts/command.css'
import '../../styles/shell.css'

export function Door({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactNode {
  useEffect(() => {
    document.title = `${title} · ${common.product}`
  }, [title])
  return (
    <main className="hms-door">
      <div className="hms-door-brand">
        <span className="hms-brand">
          <Logo size={32} />
          {common.product}
        </span>
      </div>
      <Card>
        <div className="hms-stack">
          <h1>{title}</h1>
          {children}
        </div>
      </Card>
    </main>
  )
}
