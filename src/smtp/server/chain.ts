// Decisions may be immediate or promised. On the hot path they are immediate, and cost no turn of the event loop.

/** `then` of the value: now where it is there, later where it is promised. */
export function chain<T, U>(value: T | Promise<T>, then: (value: T) => U | Promise<U>): U | Promise<U> {
  return value instanceof Promise ? value.then(then) : then(value)
}
