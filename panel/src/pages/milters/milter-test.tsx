// A milter is tried with a message that is no mail: what it says to each step, and what it would change.
import { Button, Select } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { MilterTrial, MilterTrialStep } from '../../../../client/src/index.ts'
import { MILTER_SAMPLES, type MilterSample } from '../../../../src/contract/milters.ts'
import { api } from '../../app/api.ts'
import { AsCommand } from '../../parts/command.tsx'
import { CodeLine } from '../../parts/copy.tsx'
import { Card, Empty, Notice } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { number } from '../../texts/format.ts'
import { milters } from '../../texts/milters.ts'

const words = milters.test
const CHOICES = MILTER_SAMPLES.map((value) => ({ value, label: words.samples[value] }))
const TONES = { accepted: 'ok', rejected: 'info', deferred: 'info', discarded: 'info', quarantined: 'info', failed: 'bad' } as const

export function TestMilter({ name }: { readonly name: string }): ReactNode {
  const [sample, setSample] = useState<MilterSample>('plain')
  const testing = useMutation({ mutationFn: () => api.routes.milterTest(name, { sample }) })
  return (
    <Card title={words.title} about={words.about}>
      <div className="hms-stack">
        <div className="hms-row">
          <Select
            aria-label={words.sample}
            allowDeselect={false}
            data={CHOICES}
            value={sample}
            onChange={(value) => value !== null && setSample(value)}
          />
          <Button variant="default" loading={testing.isPending} onClick={() => testing.mutate()}>
            {words.run}
          </Button>
        </div>
        {testing.error !== null && <ProblemNotice error={testing.error} />}
        <div role="status" className="hms-stack">
          {testing.data !== undefined && <Result {...testing.data} />}
        </div>
        <AsCommand hms={`milter test ${name} --sample ${sample}`} call={`POST /milters/${name}/test`} body={{ sample }} />
      </div>
    </Card>
  )
}

const columns = words.columns
const COLUMNS: readonly Column<MilterTrialStep>[] = [
  { id: 'step', title: columns.step, isFixed: true, cell: ({ step }) => <code>{step}</code> },
  { id: 'answer', title: columns.answer, isFixed: true, cell: ({ answer }) => <span className="hms-break">{answer}</span> },
  { id: 'took', title: columns.took, isFixed: true, isNumber: true, cell: ({ took }) => milters.milliseconds(number(Math.round(took))) },
]

function Result({ outcome, words: said, steps, changes }: MilterTrial): ReactNode {
  return (
    <>
      <Notice tone={TONES[outcome]} title={words.outcomes[outcome]}>
        {said !== '' && <p className="hms-break">{said}</p>}
      </Notice>
      {changes.length > 0 && <CodeLine text={changes.join('\n')} what={words.changes} />}
      <DataTable
        name="milter-steps"
        label={words.steps}
        columns={COLUMNS}
        rows={steps}
        keyOf={(one) => String(steps.indexOf(one))}
        empty={<Empty icon="clock" title={words.noSteps} />}
      />
    </>
  )
}
