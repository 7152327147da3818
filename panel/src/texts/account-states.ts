// How an account may stand, apart from the words of its pages: the first page of those who are of one says it, too.
export const accountStates = {
  states: { trial: 'Trial', active: 'Active', limited: 'Limited', held: 'Held', suspended: 'Suspended' },
  stateAbout: {
    trial: 'New: lower limits, no high priority.',
    active: 'Its mail is taken and sent.',
    limited: 'Watched: lower limits, no high priority.',
    held: 'Its mail is taken, and none of it leaves.',
    suspended: 'Its mail is refused, and what is in the queue does not leave.',
  },
} as const
