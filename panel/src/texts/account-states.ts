// How an account may stand, apart from the words of its pages: the first page of those who are of one says it, too.
export const accountStates = {
  states: { trial: 'Trial', active: 'Active', limited: 'Limited', held: 'Held', suspended: 'Suspended' },
  stateAbout: {
    trial: 'New: lower limits, no high priority.',
    active: 'Mail is accepted and delivered.',
    limited: 'Being watched: lower limits, no high priority.',
    held: 'Mail is accepted, but none is delivered.',
    suspended: 'Mail is rejected, and queued mail is not delivered.',
  },
} as const
