export type { CountableShare } from './due.ts'
export { recountHours } from './due.ts'
export { UsageCounter, type UsageCounterOptions, type UsageProgress } from './usage-counter.ts'
